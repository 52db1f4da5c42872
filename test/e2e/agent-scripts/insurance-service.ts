import type { FakeCall } from '../../fakes/models/script.js';
import { briefOf, must, type Talk, using } from './talks.js';

// The coders of the service in PAR-201.

export const tooLarge: Talk = async function* () {
  yield using([
    'split_me',
    {
      because: 'Handing the value on and adding up are two things',
      parts: ['hand valueCents on', 'add up the insurance'],
    },
  ]);
};

const VALUE_TEST = `import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { it } from 'node:test';
import type { ParcelRequest } from '../src/rates-client.js';
import { parcelServer } from '../src/server.js';

it('hands the declared value to the rate library', async () => {
  const asked: ParcelRequest[] = [];
  const server = parcelServer({
    price: async (parcels) => {
      asked.push(...parcels);
      return [{ zone: 'domestic', billableGrams: 500, netCents: 1029, taxPercent: 19 }];
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const to = { street: 'Invalidenstr. 1', postcode: '10115', city: 'Berlin', country: 'DE' };
  const body = JSON.stringify({ origin: 'DE', to, parcels: [{ grams: 500, valueCents: 50_000 }] });
  await fetch(\`http://127.0.0.1:\${(server.address() as AddressInfo).port}/quotes\`, { method: 'POST', body });
  server.close();
  assert.equal(asked[0]?.valueCents, 50_000);
});
`;

/** Reads so much that its conversation is shortened on the way. */
export const valueCoder: Talk = async function* (call) {
  must(briefOf(call).includes('Task value. '), 'its task', call);
  const lock = { path: 'service/package-lock.json' };
  yield using(['read', { ...lock, lines: 500 }], ['read', { ...lock, lines: 501 }], ['read', { ...lock, lines: 502 }]);
  const next = yield using(['read', { ...lock, lines: 503 }], ['read', { path: 'service/src/server.ts' }]);
  must(isShortened(next), 'a conversation that goes on from its summary', next);
  yield using(
    [
      'edit',
      {
        path: 'service/src/rates-client.ts',
        old: '  readonly business?',
        new: '  readonly valueCents?: number;\n  readonly business?',
      },
    ],
    [
      'edit',
      {
        path: 'service/src/server.ts',
        old: "'grams' | 'longestSideCm'",
        new: "'grams' | 'longestSideCm' | 'valueCents'",
      },
    ],
    ['edit', { path: 'service/test/value.test.ts', old: '', new: VALUE_TEST }],
    ['submit', { summary: 'Quotes take the value of a parcel' }],
  );
};

function isShortened({ messages }: FakeCall): boolean {
  return messages[1]?.texts.some((text) => text.startsWith('Summary of my work so far')) === true;
}

const SUM = `export interface Insured {
  readonly insuranceCents?: number;
}

/** What the insurance of all parcels costs together, in cents. */
export function insuranceOf(parcels: readonly Insured[]): number {
  return parcels.reduce((sum, { insuranceCents = 0 }) => sum + insuranceCents, 0);
}
`;
const SUM_TEST = `import assert from 'node:assert/strict';
import { it } from 'node:test';
import { insuranceOf } from '../src/insurance.js';

it('adds up the insurance of the parcels that have one', () => {
  assert.equal(insuranceOf([{ insuranceCents: 500 }, {}, { insuranceCents: 200 }]), 700);
});
`;

export const totalCoder: Talk = async function* () {
  yield using(
    ['edit', { path: 'service/src/insurance.ts', old: '', new: SUM }],
    ['edit', { path: 'service/test/insurance.test.ts', old: '', new: SUM_TEST }],
    ['run', { command: 'node --import tsx --test test/insurance.test.ts', in: 'service' }],
    ['submit', { summary: 'The service can add up the insurance' }],
  );
};
