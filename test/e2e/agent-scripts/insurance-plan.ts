import { answersOf, briefOf, must, submit, type Talk, using } from './talks.js';

// Those who plan PAR-201 and those who judge its parts.

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
export const planner: Talk = async function* (call) {
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

export const critic: Talk = async function* (call) {
  const lacksTax = !briefOf(call).includes('"tax"');
  yield submit({
    verdict: lacksTax ? 'revise' : 'accept',
    objections: lacksTax ? [{ problem: 'Nobody takes the tax off the insurance.', change: 'Add a task for it.' }] : [],
  });
};

const TOLD_IN = 'return max(MIN_INSURANCE_CENTS, percent_of(value_cents, INSURANCE_PERCENT)) if value_cents else 0';

/** Objects twice to the rates, and takes back what it was wrong about. */
export const reviewer: Talk = async function* (call) {
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
