import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import picomatch from 'picomatch';
import type { BlobRef } from '../schemas/blob-ref.js';
import { Plan } from '../schemas/plan.js';
import { planProblems } from '../schemas/plan-rules.js';
import type { Survey, SurveyedTest } from '../schemas/repair.js';
import type { Cases, Verdict } from '../schemas/verdict.js';
import type { WorkItem } from '../schemas/work-item.js';
import { parcelsSurveys } from '../test/parcels-surveys.js';
import { createPlannerActivities, type PlanInput, type PlanOutcome } from './planner.js';
import { createTriageActivities } from './triage.js';

const gate = { in: '.', command: 'x', timeout: '5m' };
const blueprint: PlanInput['blueprint'] = {
  modules: {},
  gates: [
    { ...gate, name: 'service-tests', module: 'service' },
    { ...gate, name: 'rates-tests', module: 'rates' },
    { ...gate, name: 'lint' },
  ],
  scenarios: [{ ...gate, name: 'end-to-end' }],
};

interface Ask {
  readonly item: WorkItem;
  readonly surveys: readonly Survey[];
  readonly notes?: readonly string[];
  readonly previous?: PlanInput['previous'];
  readonly version?: number;
  /** What the base's reports said, by gate. */
  readonly cases?: Readonly<Record<string, Cases>>;
}

/** Plans with surveys that are kept as blobs, as in a mission. */
async function planOf({ item, surveys, notes = [], version = 1, previous, cases = {} }: Ask): Promise<PlanOutcome> {
  const kept = new Map(surveys.map((survey, n) => [String(n), Buffer.from(JSON.stringify(survey))]));
  const ref = (sha256: string): BlobRef => ({ sha256, bytes: 0, mediaType: 'application/json' });
  const refs = [...kept.keys()].map(ref);
  const baseline = Object.fromEntries(
    Object.entries(cases).map(([gate, known]): [string, Verdict] => {
      kept.set(gate, Buffer.from(JSON.stringify(known)));
      const verdict = { tree: 't', outcome: 'fail', reason: '', exitCode: 1, durationMs: 1, cached: false } as const;
      return [gate, { ...verdict, gate, failing: known.failing, cases: ref(gate) }];
    }),
  );
  const { planMission } = createPlannerActivities({
    blobs: { put: async () => ref('0'), get: async ({ sha256 }) => kept.get(sha256) ?? Buffer.alloc(0) },
  });
  const outcome = await planMission({
    item,
    blueprint,
    surveys: refs,
    baseline,
    version,
    notes,
    ...(previous && { previous }),
  });
  if ('plan' in outcome) {
    expect(planProblems(outcome.plan)).toEqual([]);
    expect(Plan.parse(outcome.plan)).toEqual(outcome.plan);
  }
  return outcome;
}

/** A ticket of the examples, read by triage. */
async function ticket(name: string): Promise<WorkItem> {
  const file = new URL(`../examples/tickets/${name}.json`, import.meta.url);
  const { identifier, title, description, labels } = JSON.parse(readFileSync(file, 'utf8'));
  const { assess } = createTriageActivities({
    label: 'signalbox',
    repos: [{ name: 'parcels', match: [] }],
    trackers: {
      linear: {
        item: async () => ({
          key: identifier,
          source: { kind: 'linear', id: identifier },
          title,
          text: description,
          labels,
          comments: [],
        }),
        labelled: async () => [],
      },
    },
  });
  const assessment = await assess({ source: 'linear', subject: identifier, answers: [] });
  if (assessment.status !== 'ready') throw new Error(`${name} is ${assessment.status}`);
  return assessment.item;
}

function tasksOf(outcome: PlanOutcome, kind = 'change') {
  if (!('plan' in outcome)) throw new Error(outcome.cannotDo);
  return outcome.plan.tasks.filter((task) => task.kind === kind);
}

const touched = (outcome: PlanOutcome) =>
  tasksOf(outcome)
    .flatMap(({ touches }) => touches)
    .sort();

const FIVE = [
  'rates/rates/rounding.py',
  'rates/rates/zones.py',
  'service/src/discount.ts',
  'service/src/events.ts',
  'service/src/pagination.ts',
];

describe('the tickets of the examples', () => {
  it.each([false, true])(
    'PAR-101 is about the five faults, and them alone (another fault there: %s)',
    async (taxFault) => {
      const outcome = await planOf({ item: await ticket('parcels-faults'), surveys: parcelsSurveys({ taxFault }) });
      expect(touched(outcome)).toEqual(FIVE);
      expect(tasksOf(outcome).map(({ targets }) => targets.length)).toEqual([3, 2, 2, 2, 2]);
      expect(tasksOf(outcome)[0]).toMatchObject({ gates: ['service-tests', 'lint'], module: 'service', needs: [] });
      expect(tasksOf(outcome, 'integrate')[0]?.needs).toHaveLength(5);
      expect(tasksOf(outcome, 'scenario')[0]).toMatchObject({ needs: ['integrate'], gates: ['end-to-end'] });
    },
  );

  it.each([false, true])('PAR-102, a feature, is about no failing test (another fault there: %s)', async (taxFault) => {
    const outcome = await planOf({ item: await ticket('parcels-csv-export'), surveys: parcelsSurveys({ taxFault }) });
    expect(outcome).toMatchObject({ cannotDo: expect.stringContaining('not about this item') });
    const { evidence } = outcome as Extract<PlanOutcome, { cannotDo: string }>;
    expect(evidence).toHaveLength(taxFault ? 13 : 11);
    expect(evidence).toContain(
      'fails, but shares no name with the item: tests/test_zones.py::test_zone_of_a_parcel_from_outside_into_the_union_is_import',
    );
  });

  it.each([false, true])('PAR-103 is about the tax rules alone (other faults mended: %s)', async (mended) => {
    const outcome = await planOf({
      item: await ticket('parcels-tax'),
      surveys: parcelsSurveys({ taxFault: true, mended }),
    });
    expect(touched(outcome)).toEqual(['rates/rates/tax.py']);
    if ('plan' in outcome) expect(outcome.plan.risks).toEqual(mended ? [] : [expect.stringMatching(/^5 other groups/)]);
  });

  it('cannot be done when no test fails, and says how many were run', async () => {
    const outcome = await planOf({
      item: await ticket('parcels-csv-export'),
      surveys: parcelsSurveys({ taxFault: false, mended: true }),
    });
    expect(outcome).toMatchObject({
      cannotDo: expect.stringMatching(/^no failing test shows the problem/),
      evidence: ['43 tests were run on the base; none fails'],
    });
  });
});

const item: WorkItem = {
  key: 'A-1',
  source: { kind: 'cli', id: 'A-1' },
  title: 'The basket is wrong',
  problem: 'basket',
  expected: 'basket',
  acceptance: ['basket'],
  repo: 'shop',
  type: 'bug',
  severity: 'normal',
  risk: 'low',
  routedBecause: 'r',
};

function failing(title: string, covered: readonly string[], symbols: readonly string[] = []): SurveyedTest {
  return {
    id: `test/x.test.ts::${title}`,
    file: 'test/x.test.ts',
    title,
    outcome: 'fail',
    covered: Object.fromEntries(covered.map((path) => [path, [1, 2]])),
    symbols: [...symbols],
  };
}

describe('a plan', () => {
  it('has one task per suspicious file, with all the tests that point there', async () => {
    const tests = [
      failing('one', ['src/a.ts'], ['basketTotal']),
      failing('two', ['src/a.ts']),
      failing('x', ['src/b.ts']),
    ];
    const outcome = await planOf({ item, surveys: [{ module: 'shop', tests }] });
    expect(tasksOf(outcome).map(({ touches, targets }) => [touches, targets.length])).toEqual([[['src/a.ts'], 2]]);
    if ('plan' in outcome) expect(outcome.plan.risks).toEqual(['1 other groups of tests fail on the base and stay so']);
  });

  it('gives files of one name tasks of their own', async () => {
    const tests = ['src/a/basket.ts', 'src/b/basket.ts', 'src/c/Basket.TS'].map((path) => failing(path, [path]));
    const outcome = await planOf({ item, surveys: [{ module: 'shop', tests }] });
    expect(tasksOf(outcome).map(({ id }) => id)).toEqual(['shop-basket', 'shop-basket-2', 'shop-basket-3']);
  });

  it('lets two modules mend one file one after the other', async () => {
    const tests = [failing('one', ['lib/basket.ts'])];
    const outcome = await planOf({
      item,
      surveys: [
        { module: 'web', tests },
        { module: 'app', tests },
      ],
    });
    expect(tasksOf(outcome).map(({ id, needs }) => [id, needs])).toEqual([
      ['web-basket', []],
      ['app-basket', ['web-basket']],
    ]);
  });

  it('touches a file whose name is a glob, and nothing else', async () => {
    const tests = ['app/[id]/basket.ts', 'app/[slug]/basket.ts'].map((path) => failing(path, [path]));
    const outcome = await planOf({ item, surveys: [{ module: 'shop', tests }] });
    expect(touched(outcome)).toEqual(['app/\\[id\\]/basket.ts', 'app/\\[slug\\]/basket.ts']);
    for (const glob of touched(outcome)) expect(picomatch([glob])('app/i/basket.ts')).toBe(false);
    expect(picomatch(touched(outcome))('app/[id]/basket.ts')).toBe(true);
  });

  it('is about no test that fails in the survey only: the command of the repo decides', async () => {
    const failing = ['::discount > applies from exactly the threshold of ten parcels'];
    const outcome = await planOf({
      item: await ticket('parcels-faults'),
      surveys: parcelsSurveys({ taxFault: false }),
      cases: { 'service-tests': { passing: [], failing } },
    });
    expect(touched(outcome)).toEqual(['rates/rates/rounding.py', 'rates/rates/zones.py', 'service/src/discount.ts']);
  });

  it('says so when failing tests run no source at all', async () => {
    const outcome = await planOf({ item, surveys: [{ module: 'shop', tests: [failing('basket', [])] }] });
    expect(outcome).toMatchObject({ evidence: ['fails, but runs no source of shop: test/x.test.ts::basket'] });
  });

  it('cannot be made from tests that can not be run here, and says why', async () => {
    const mute = { module: 'web', tests: [], unsupported: 'vitest is not installed' };
    const because = "the tests of module web can't be surveyed here: vitest is not installed";
    const passing = { ...failing('basket', ['src/a.ts']), outcome: 'pass' as const };
    expect(await planOf({ item, surveys: [mute, { module: 'shop', tests: [passing] }] })).toMatchObject({
      cannotDo: expect.stringMatching(/^no failing test shows the problem/),
      evidence: ['1 tests were run on the base; none fails', because],
    });
    const unrelated = { module: 'shop', tests: [failing('other', ['src/b.ts'])] };
    expect(await planOf({ item, surveys: [mute, unrelated] })).toMatchObject({
      cannotDo: expect.stringContaining('not about this item'),
      evidence: ['fails, but shares no name with the item: test/x.test.ts::other', because],
    });
    const relevant = { module: 'shop', tests: [failing('x', ['src/basket.ts'])] };
    const outcome = await planOf({ item, surveys: [mute, relevant] });
    expect(touched(outcome)).toEqual(['src/basket.ts']);
    if ('plan' in outcome) expect(outcome.plan.risks).toEqual([because]);
  });

  it('takes in what was asked for on the way', async () => {
    const surveys = [{ module: 'shop', tests: [failing('x', ['src/checkout.ts'])] }];
    expect(await planOf({ item, surveys })).toHaveProperty('cannotDo');
    const outcome = await planOf({ item, surveys, notes: ['look at the checkout too'] });
    expect(touched(outcome)).toEqual(['src/checkout.ts']);
    if ('plan' in outcome) expect(outcome.plan.assumptions).toContain('asked for on the way: look at the checkout too');
  });

  it('always may run, whatever files there are', async () => {
    const names = fc.constantFrom(
      'basket',
      'Basket',
      '[basket]',
      'basket.test',
      '__basket__',
      'b'.repeat(80),
      'ü',
      '*',
    );
    const files = fc.array(fc.tuple(fc.constantFrom('src', 'a/b', 'x(y)'), names, fc.constantFrom('.ts', '.py', '')));
    await fc.assert(
      fc.asyncProperty(fc.array(files, { minLength: 1, maxLength: 3 }), async (modules) => {
        const surveys = modules.map((paths, n) => ({
          module: `m${n}`,
          tests: paths.map((parts, at) =>
            failing(`basket t${at} > x`, [`${parts[0]}/${parts[1]}${parts[2]}`], ['basket']),
          ),
        }));
        const outcome = await planOf({ item, surveys });
        if (!('plan' in outcome)) return;
        const reports = tasksOf(outcome).map(({ id, targets }) => ({
          node: id,
          state: targets.length > 1 ? 'failed' : 'passed',
          because: 'no',
        }));
        await planOf({ item, surveys, version: 2, previous: { plan: outcome.plan, reports } });
      }),
      { numRuns: 100 },
    );
  });
});

describe('a re-plan', () => {
  const tests = [
    failing('one', ['src/basket.ts']),
    failing('two', ['src/basket.ts']),
    failing('x', ['src/cart-basket.ts']),
  ];
  const surveys = [{ module: 'shop', tests }];

  it('splits a task with several targets into one after the other, and the rest follows them', async () => {
    const first = await planOf({ item, surveys });
    if (!('plan' in first)) throw new Error(first.cannotDo);
    const reports = [{ node: 'shop-basket', state: 'cannot-do', because: 'exhausted' }];
    const second = await planOf({
      item,
      surveys,
      notes: ['n', 'n'],
      version: 2,
      previous: { plan: first.plan, reports },
    });
    if (!('plan' in second)) throw new Error(second.cannotDo);
    expect(second.plan.tasks.map(({ id, needs }) => [id, needs])).toEqual([
      ['shop-basket-1', []],
      ['shop-basket-2', ['shop-basket-1']],
      ['shop-cart-basket', []],
      ['integrate', ['shop-basket-1', 'shop-basket-2', 'shop-cart-basket']],
      ['scenarios', ['integrate']],
    ]);
    expect(second.plan.tasks.slice(0, 2).map(({ targets }) => targets)).toEqual(
      tests.slice(0, 2).map(({ id }) => [id]),
    );
    expect(second.plan.version).toBe(2);
    expect(second.plan.assumptions.filter((text) => text.endsWith(': n'))).toHaveLength(1);
    expect(second.hash).not.toBe(first.hash);
  });

  it('gives up honestly when one failing test alone could not be mended', async () => {
    const first = await planOf({ item, surveys });
    if (!('plan' in first)) throw new Error(first.cannotDo);
    const reports = [
      { node: 'shop-basket', state: 'failed', because: 'gates are red' },
      { node: 'shop-cart-basket', state: 'cannot-do', because: 'exhausted after 200 candidates' },
    ];
    expect(await planOf({ item, surveys, version: 2, previous: { plan: first.plan, reports } })).toEqual({
      cannotDo: 'no other plan is left for shop-cart-basket',
      evidence: ['shop-basket: gates are red', 'shop-cart-basket: exhausted after 200 candidates'],
    });
  });

  it('gives up honestly when the changes pass alone and not together', async () => {
    const first = await planOf({ item, surveys });
    if (!('plan' in first)) throw new Error(first.cannotDo);
    const reports = [{ node: 'integrate', state: 'failed', because: 'conflict' }];
    expect(await planOf({ item, surveys, version: 2, previous: { plan: first.plan, reports } })).toMatchObject({
      cannotDo: 'no other plan is left for integrate',
    });
  });
});
