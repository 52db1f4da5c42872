import type { FakeModels } from '../../fakes/models/fake-models.js';
import type { FakeCall } from '../../fakes/models/script.js';
import { answersOf, type Beat, briefOf, must, submit, type Talk, type Talks, using } from './talks.js';

// How models carry PAR-201 when nothing goes right at first. Every talk checks what it is told on the way.

export interface Beats {
  /** The coder of the rates is at work and goes on after `steered`. */
  readonly atWork: Beat;
  readonly steered: Beat;
}

export const STEER = 'Values above 5,000 euros are not insured: refuse them';

const CRITERIA = [
  { text: '500 euros cost 5 euros, 50 euros cost 2 euros', check: 'tests of insurance_cents' },
  { text: 'A parcel without a value costs what it cost', check: 'the tests that exist' },
  { text: 'No value-added tax on the insurance', check: 'a test of quote' },
  { text: 'POST /quotes hands valueCents on', check: 'a test of the service' },
  { text: 'The service adds up the insurance', check: 'a test of the service' },
];

const task = (id: string, more: Readonly<Record<string, unknown>>) => ({
  id,
  title: `Insurance: ${id}`,
  goal: `Do the part "${id}" of the insurance, as the ticket says.`,
  acceptance: [`the criteria about ${id} hold`],
  needs: [],
  proof: 'gates',
  size: 'small',
  ...more,
});

const RATES = task('rates', {
  module: 'rates',
  touches: ['rates/rates/surcharge.py', 'rates/rates/quote.py'],
  proof: 'test-first',
});
const SERVICE = task('service', { module: 'service', touches: ['service/src/**', 'service/test/**'] });
const TAX = task('tax', {
  module: 'rates',
  needs: ['rates'],
  touches: ['rates/rates/tax.py', 'rates/rates/quote.py', 'rates/tests/test_insurance_tax.py'],
});
const VALUE = task('value', {
  module: 'service',
  touches: ['service/src/server.ts', 'service/src/rates-client.ts', 'service/test/value.test.ts'],
});
const TOTAL = task('total', {
  module: 'service',
  touches: ['service/src/insurance.ts', 'service/test/insurance.test.ts'],
});

const plan = (...tasks: readonly object[]) =>
  submit({
    criteria: CRITERIA,
    questions: [],
    assumptions: ['Values are in euro cents'],
    risks: [],
    risk: 'low',
    tasks,
  });

/** Reads, is sent back by the rules, then by the critic; the second time it replaces what was too large. */
const planner: Talk = async function* (call) {
  must(briefOf(call).includes('Parcels can be insured'), 'the ticket', call);
  if (briefOf(call).includes('The plan before')) {
    must(briefOf(call).includes('too large for one task'), 'why the plan before did not work out', call);
    yield plan(VALUE, TOTAL, TAX);
    return;
  }
  let next = yield using(
    ['read', { path: 'rates/rates/quote.py' }],
    ['read', { path: 'service/src/server.ts' }],
    ['list', { path: 'rates', depth: 3 }],
  );
  must(answersOf(next).includes('carriage = tariff_cents(zone, grams)'), 'the file that it read', next);
  must(answersOf(next).includes("case 'POST /quotes'"), 'the other file that it read', next);
  next = yield plan(
    { ...RATES, touches: ['rates/rates/**'] },
    { ...SERVICE, proof: 'existing-tests', targets: ['test/value.test.ts::hands the value over'] },
    { ...TAX, needs: [] },
  );
  must(next.lastUser.includes('run side by side and both touch'), 'that two tasks clash', next);
  must(next.lastUser.includes('no test of service fails on the base'), 'that there is no such target', next);
  next = yield plan(RATES, SERVICE);
  must(next.lastUser.includes('Nobody takes the tax off the insurance'), 'what the critic objects to', next);
  yield plan(RATES, SERVICE, TAX);
};

const critic: Talk = async function* (call) {
  const lacksTax = !briefOf(call).includes('"tax"');
  yield submit({
    verdict: lacksTax ? 'revise' : 'accept',
    objections: lacksTax ? [{ problem: 'Nobody takes the tax off the insurance.', change: 'Add a task for it.' }] : [],
  });
};

const TESTS = {
  percent: '    assert insurance_cents(50_000) == 500\n',
  least: '    assert insurance_cents(5_000) == 200\n    assert insurance_cents(0) == 0\n',
  receipt: `    parcel = {"origin": "DE", "destination": "DE", "postcode": "10115", "grams": 1_000, "valueCents": 50_000}
    priced = quote(parcel)
    assert priced["insuranceCents"] == 500
    assert priced["netCents"] == 529 + 500\n`,
};
const testFile = (importInside: boolean) => {
  const named = 'from rates.surcharge import insurance_cents\n';
  const inside = importInside ? `    ${named}\n` : '';
  return [
    ...(importInside ? [] : [named]),
    'from rates.quote import quote\n',
    `\ndef test_insurance_costs_one_percent():\n${inside}${TESTS.percent}`,
    `\ndef test_insurance_costs_at_least_two_euros():\n${inside}${TESTS.least}`,
    `\ndef test_a_receipt_names_the_insurance():\n${TESTS.receipt}`,
  ].join('\n');
};
export const NEW_TESTS = [
  'tests/test_insurance.py::test_insurance_costs_one_percent',
  'tests/test_insurance.py::test_insurance_costs_at_least_two_euros',
  'tests/test_insurance.py::test_a_receipt_names_the_insurance',
];
const TEST_PATH = 'rates/tests/test_insurance.py';
const PYTEST = 'PYTHONPATH=.deps:. python3 -m pytest -q tests/test_insurance.py';

/** Its first tests do not even load, so they specify nothing. */
const tester: Talk = async function* (call) {
  must(call.tools.includes('edit') && call.tools.includes('run'), 'tools to write tests with', call);
  let next = yield using(
    ['edit', { path: TEST_PATH, old: '', new: testFile(false) }],
    ['edit', { path: 'rates/rates/surcharge.py', old: 'FUEL_PERCENT = 8', new: 'FUEL_PERCENT = 9' }],
    ['run', { command: PYTEST, in: 'rates' }],
  );
  must(answersOf(next).includes('rates/rates/surcharge.py is not yours to change'), 'a refusal of its edit', next);
  must(answersOf(next).includes('cannot import name'), 'the error of its tests', next);
  next = yield submit({ summary: 'Tests of the insurance', tests: NEW_TESTS });
  must(next.lastUser.includes('These did not run, or pass already'), 'that its tests do not run', next);
  next = yield using(
    ['run', { command: `rm ${TEST_PATH}` }],
    ['edit', { path: TEST_PATH, old: '', new: testFile(true) }],
    ['run', { command: PYTEST, in: 'rates' }],
  );
  must(answersOf(next).includes('3 failed'), 'three failing tests', next);
  yield submit({ summary: 'Tests of the insurance that fail for lack of it', tests: NEW_TESTS });
};

const INSURANCE = `

def insurance_cents(value_cents: int) -> int:
    """The price of insuring a parcel; nothing without a declared value."""
    if value_cents > MAX_INSURED_CENTS:
        raise ValueError(f"a value of at most {MAX_INSURED_CENTS} cents can be insured, got {value_cents}")
    return max(MIN_INSURANCE_CENTS, percent_of(value_cents, INSURANCE_PERCENT)) if value_cents else 0
`;
const BULKY = 'return BULKY_CENTS if longest_side_cm >= BULKY_FROM_CM else 0\n';
const TOLD_IN = 'return max(MIN_INSURANCE_CENTS, percent_of(value_cents, INSURANCE_PERCENT)) if value_cents else 0';

/** The coder of the rates: refused at the tests, steered, red, mended, reviewed. Its provider goes down meanwhile. */
const ratesCoder = (models: FakeModels, { atWork, steered }: Beats): Talk =>
  async function* (call) {
    must(briefOf(call).includes('Tests that must pass, and are not yours to change'), 'its tests', call);
    must(briefOf(call).includes(NEW_TESTS[0] ?? ''), 'their names', call);
    atWork.over();
    await steered.waited;
    let next = yield using(['read', { path: 'rates/rates/surcharge.py' }], ['read', { path: TEST_PATH }]);
    must(next.lastUser.includes(STEER), 'what the operator said', next);
    models.outage('anthropic', true);
    next = yield using(
      ['edit', { path: TEST_PATH, old: '== 500', new: '== 0', all: true }],
      [
        'edit',
        {
          path: 'rates/rates/surcharge.py',
          old: 'BULKY_FROM_CM = 120\n',
          new: 'BULKY_FROM_CM = 120\nINSURANCE_PERCENT = 1\nMIN_INSURANCE_CENTS = 200\nMAX_INSURED_CENTS = 500_000\n',
        },
      ],
      ['edit', { path: 'rates/rates/surcharge.py', old: BULKY, new: `${BULKY}${INSURANCE}` }],
      [
        'edit',
        {
          path: 'rates/rates/quote.py',
          old: 'fuel_cents, remote_cents',
          new: 'fuel_cents, insurance_cents, remote_cents',
        },
      ],
      [
        'edit',
        {
          path: 'rates/rates/quote.py',
          old: '    net = carriage + surcharges\n',
          new: '    insurance = insurance_cents(parcel.get("valueCents", 0))\n    net = carriage + surcharges + insurance\n',
        },
      ],
      [
        'edit',
        {
          path: 'rates/rates/quote.py',
          old: '"grossCents": net + tax,\n',
          new: '"grossCents": net + tax,\n        "insuranceCents": insurance,\n',
        },
      ],
    );
    must(next.provider === 'openai', 'to be asked by way of the other provider', next);
    models.outage('anthropic', false);
    must(answersOf(next).includes(`${TEST_PATH} is not yours to change`), 'a refusal of its edit of the tests', next);
    next = yield submit({ summary: 'Insurance of parcels, named on every receipt', answers: [] });
    must(next.lastUser.includes('rates-tests is red'), 'that the gate is red', next);
    must(next.lastUser.includes('test_a_receipt_names_net_tax_and_gross'), 'which test fails', next);
    must(/<quoted from="gates, sha256:[^>]*>\n[\s\S]*insuranceCents/.test(next.lastUser), 'the log of the gate', next);
    next = yield using(
      ['edit', { path: 'rates/rates/quote.py', old: '        "insuranceCents": insurance,\n', new: '' }],
      [
        'edit',
        {
          path: 'rates/rates/quote.py',
          old: '    return priced\n',
          new: '    if insurance > 0:\n        priced["insuranceCents"] = insurance\n    return priced\n',
        },
      ],
      ['run', { command: 'PYTHONPATH=.deps:. python3 -m pytest -q', in: 'rates' }],
      ['note', { text: 'A receipt without insurance must stay as it is: the scenario compares it as a whole' }],
    );
    must(/\d+ passed/.test(answersOf(next)) && !answersOf(next).includes('failed'), 'passing tests', next);
    next = yield submit({ summary: 'Insurance of parcels, on the receipts of those that have one', answers: [] });
    const found = /- ([0-9a-f]{16}) rates\/rates\/(surcharge|quote)\.py:\d+: /g;
    const ids = new Map([...next.lastUser.matchAll(found)].map(([, id, file]) => [file, id]));
    must(ids.size === 2, 'two findings', next);
    next = yield using([
      'edit',
      {
        path: 'rates/rates/surcharge.py',
        old: '    if value_cents > MAX',
        new: '    if value_cents < 0:\n        raise ValueError(f"expected a value of 0 or more, got {value_cents}")\n    if value_cents > MAX',
      },
    ]);
    yield submit({
      summary: 'Insurance of parcels, on the receipts of those that have one; no negative values',
      answers: [
        { finding: ids.get('surcharge'), answer: 'fixed', reason: 'a negative value is refused' },
        { finding: ids.get('quote'), answer: 'disputed', reason: 'the ticket says: its receipt names no insurance' },
      ],
    });
  };

const TAX_TEST = `from rates.quote import quote

PARCEL = {"origin": "DE", "destination": "DE", "postcode": "10115", "grams": 1_000}


def test_no_tax_is_due_on_the_insurance():
    insured, plain = quote({**PARCEL, "valueCents": 50_000}), quote(PARCEL)
    assert insured["taxCents"] == plain["taxCents"]
    assert insured["grossCents"] == plain["grossCents"] + 500
`;

const taxCoder: Talk = async function* (call) {
  must(briefOf(call).includes('rates: A receipt without insurance must stay as it is'), 'the note of another', call);
  must(briefOf(call).includes('Done before this task'), 'what was done before', call);
  yield using(
    [
      'edit',
      {
        path: 'rates/rates/tax.py',
        old: 'def tax_cents(',
        new: 'def taxable_cents(net_cents: int, insurance_cents: int) -> int:\n    """Insurance is free of value-added tax."""\n    return net_cents - insurance_cents\n\n\ndef tax_cents(',
      },
    ],
    [
      'edit',
      {
        path: 'rates/rates/quote.py',
        old: 'import tax_cents, tax_percent',
        new: 'import tax_cents, tax_percent, taxable_cents',
      },
    ],
    [
      'edit',
      {
        path: 'rates/rates/quote.py',
        old: 'tax_cents(net, percent)',
        new: 'tax_cents(taxable_cents(net, insurance), percent)',
      },
    ],
    ['edit', { path: 'rates/tests/test_insurance_tax.py', old: '', new: TAX_TEST }],
    ['submit', { summary: 'No value-added tax on the insurance' }],
  );
};

const tooLarge: Talk = async function* () {
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
const valueCoder: Talk = async function* (call) {
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

const totalCoder: Talk = async function* () {
  yield using(
    ['edit', { path: 'service/src/insurance.ts', old: '', new: SUM }],
    ['edit', { path: 'service/test/insurance.test.ts', old: '', new: SUM_TEST }],
    ['run', { command: 'node --import tsx --test test/insurance.test.ts', in: 'service' }],
    ['submit', { summary: 'The service can add up the insurance' }],
  );
};

/** Objects twice to the rates, and takes back what it was wrong about. */
const reviewer: Talk = async function* (call) {
  const brief = briefOf(call);
  const clean = { risk: 'low', riskBecause: 'small and tested', findings: [] as object[], earlier: [] as object[] };
  const judged = /Judge each of these in `earlier`/.test(brief);
  if (judged) {
    const ids = [...brief.matchAll(/^([0-9a-f]{16}) rates\/rates\/(surcharge|quote)\.py/gm)];
    must(brief.includes('the author says: disputed, the ticket says'), 'both sides', call);
    const earlier = ids.map(([, finding, file]) => ({
      finding,
      ...(file === 'quote' ? { state: 'withdrawn', why: 'so it does' } : { state: 'resolved', why: 'it is refused' }),
    }));
    yield submit({ ...clean, earlier });
    return;
  }
  if (!brief.includes('+def insurance_cents') || !call.system.includes('Your lens: correctness')) {
    yield submit(clean);
    return;
  }
  const next = yield using(
    ['read', { path: 'rates/rates/surcharge.py' }],
    ['run', { command: 'echo spoiled >rates/rates/quote.py' }],
  );
  must(
    answersOf(next).includes('Undone, outside of what you may change: rates/rates/quote.py'),
    'its edit undone',
    next,
  );
  yield submit({
    ...clean,
    findings: [
      {
        path: 'rates/rates/surcharge.py',
        quote: TOLD_IN,
        claim: 'A negative value is insured',
        why: 'It costs 2 euros',
        severity: 'must',
      },
      {
        path: 'rates/rates/quote.py',
        quote: 'if insurance > 0:',
        claim: 'Zero is not named',
        why: 'Receipts differ',
        severity: 'should',
      },
    ],
  });
};

export function insuranceTalks(models: FakeModels, beats: Beats): Talks {
  return {
    planner,
    critic,
    tester,
    reviewer,
    'coder rates': ratesCoder(models, beats),
    'coder tax': taxCoder,
    'coder service': tooLarge,
    'coder value': valueCoder,
    'coder total': totalCoder,
  };
}
