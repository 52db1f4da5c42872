import type { FakeModels } from '../../fakes/models/fake-models.js';
import { critic, planner, reviewer } from './insurance-plan.js';
import { tooLarge, totalCoder, valueCoder } from './insurance-service.js';
import { answersOf, type Beat, briefOf, must, submit, type Talk, type Talks, using } from './talks.js';

// How models carry PAR-201 when nothing goes right at first. Every talk checks what it is told on the way.

export interface Beats {
  /** The coder of the rates is at work and goes on after `steered`. */
  readonly atWork: Beat;
  readonly steered: Beat;
}

export const STEER = 'Values above 5,000 euros are not insured: refuse them';

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
