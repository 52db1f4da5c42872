import { byRole, type FakeCall, type FakeReply, type FakeScript } from '../../fakes/models/script.js';
import { submit, using } from './talks.js';

// PAR-202, one task in a few turns. What is said depends on the number of the turn alone, so that a call which is made
// again is answered in the same way.

export interface DestinationOptions {
  /** By default the change does all that the ticket says; `exact` forgets the small letters. */
  readonly exact?: boolean;
  readonly risk?: 'low' | 'medium';
  /** Seconds that the command of the coder takes. */
  readonly seconds?: number;
  /** Sees every call of the coder, and may answer in its place. */
  readonly coder?: (call: FakeCall) => FakeReply | undefined | Promise<FakeReply | undefined>;
}

const TOUCHES = [
  'service/src/server.ts',
  'service/src/shipments.ts',
  'service/src/countries.txt',
  'service/test/to.test.ts',
];

const TEST = `import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Shipments } from '../src/shipments.js';

it('lists the shipments to one country', () => {
  const shipments = new Shipments();
  shipments.add({ id: 'P1', destination: 'CH', grams: 500 });
  shipments.add({ id: 'P2', destination: 'DE', grams: 500 });
  assert.deepEqual(shipments.list('CH').map(({ id }) => id), ['P1']);
  assert.equal(shipments.list().length, 2);
});
`;

export function destinationScript({
  exact = false,
  risk = 'low',
  seconds = 0,
  coder,
}: DestinationOptions = {}): FakeScript {
  const wanted = exact ? 'destination' : 'destination?.toUpperCase()';
  const turns: readonly FakeReply[] = [
    using(['read', { path: 'service/src/shipments.ts' }], ['read', { path: 'service/src/server.ts' }]),
    using(
      [
        'edit',
        {
          path: 'service/src/shipments.ts',
          old: 'list(): TrackedShipment[] {\n    return [...this.#shipments.values()].map(',
          new: `list(destination?: string): TrackedShipment[] {\n    const wanted = ${wanted};\n    const all = [...this.#shipments.values()];\n    return all.filter((each) => wanted === undefined || each.destination === wanted).map(`,
        },
      ],
      [
        'edit',
        {
          path: 'service/src/server.ts',
          old: 'shipments.list()',
          new: "shipments.list(url.searchParams.get('destination') ?? undefined)",
        },
      ],
      ['edit', { path: 'service/test/to.test.ts', old: '', new: TEST }],
    ),
    // Twice from the same tree would be seen: the file would have two lines.
    using(
      ['run', { command: `echo CH >>src/countries.txt; sleep ${seconds}`, in: 'service' }],
      ['read', { path: 'service/src/countries.txt' }],
    ),
    submit({ summary: 'The list of shipments can be asked for one country' }),
  ];
  return byRole({
    planner: () =>
      submit({
        criteria: [{ text: 'destination narrows the list', check: 'a test of the service' }],
        questions: [],
        assumptions: [],
        risks: [],
        risk,
        tasks: [
          {
            ...{ id: 'filter', title: 'Shipments to one country', goal: 'The list takes a destination.', needs: [] },
            ...{
              acceptance: ['destination narrows the list'],
              touches: TOUCHES,
              module: 'service',
              proof: 'gates',
              size: 'small',
            },
          },
        ],
      }),
    critic: () => submit({ verdict: 'accept', objections: [] }),
    coder: async (call) => {
      const own = await coder?.(call);
      const turn = own ?? turns[call.turn];
      if (!turn) throw new Error(`the coder has nothing more to say at turn ${call.turn}: ${call.lastUser}`);
      return turn;
    },
    reviewer: () => submit({ risk: 'low', riskBecause: 'small', findings: [] }),
  });
}
