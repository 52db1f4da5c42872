import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import type { BriefPart } from '../schemas/agent.js';
import type { Plan, PlanTask } from '../schemas/plan.js';
import type { WorkItem } from '../schemas/work-item.js';
import { memoryBlobs } from '../test/memory-blobs.js';
import { createPlanBriefActivities, type PlanBriefInput } from './plan-brief.js';
import { planRemarks } from './plan-remarks.js';
import { repoMap } from './repo-map.js';

const BLUEPRINT = {
  version: 1,
  modules: {
    shop: { path: 'shop', language: 'typescript', runner: 'node-test', sources: ['src/**'], tests: ['test/**'] },
  },
  gates: [{ name: 'shop-tests', module: 'shop', command: 'npm test', report: 'r.xml' }],
  scenarios: [{ name: 'end-to-end', command: 'node e2e.mjs' }],
  policy: { protected: ['shop/src/money/**'] },
  budget: { usd: 5 },
};

const failing = {
  id: 'test/fee.test.ts::fee',
  file: 'shop/test/fee.test.ts',
  title: 'fee',
  outcome: 'fail',
  message: 'expected 5\ngot 0',
  covered: {},
  symbols: [],
};

const item: WorkItem = {
  key: 'A-1',
  source: { kind: 'linear', id: '1' },
  title: 'A fee for late parcels',
  problem: 'Late parcels cost nothing.',
  expected: 'A late parcel must cost a fee.',
  acceptance: ['a parcel that is 1 day late costs a fee of 5 EUR'],
  repo: 'shop',
  type: 'feature',
  severity: 'normal',
  risk: 'low',
  routedBecause: 'r',
};

const change = (id: string, more: Partial<PlanTask> = {}): PlanTask => ({
  id,
  kind: 'change',
  title: id,
  goal: id,
  acceptance: ['done'],
  needs: [],
  touches: ['a'],
  gates: [],
  targets: [],
  role: 'coder',
  proof: 'test-first',
  ...more,
});

const planWith = (tasks: readonly PlanTask[], more: Partial<Plan> = {}): Plan => ({
  version: 1,
  goal: 'g',
  because: 'b',
  assumptions: [],
  risks: [],
  tasks: [...tasks],
  criteria: [{ text: 'a parcel that is late costs a fee', check: 'the test "late parcels"' }],
  ...more,
});

/** Title -> text of what somebody is told, and the parts as a history has them. */
async function told(
  ask: (activities: ReturnType<typeof createPlanBriefActivities>, input: PlanBriefInput) => Promise<BriefPart[]>,
) {
  const blobs = memoryBlobs();
  const json = (value: unknown) => blobs.put(JSON.stringify(value), 'application/json');
  const files = ['signalbox.yaml', 'shop/src/fee.ts', 'shop/src/list.ts', 'shop/test/fee.test.ts'];
  const activities = createPlanBriefActivities({ blobs, depot: { list: async () => files } });
  const parts = await ask(activities, {
    item,
    tree: 't',
    blueprint: await blobs.put(stringify(BLUEPRINT), 'application/yaml'),
    surveys: [await json({ module: 'shop', tests: [failing] })],
    baseline: {},
    notes: [],
    spent: 0.25,
  });
  const texts = parts.map(
    async ({ title, text, blob }): Promise<[string, string]> => [
      title,
      text ?? (blob ? (await blobs.get(blob)).toString() : ''),
    ],
  );
  return { parts, texts: Object.fromEntries(await Promise.all(texts)) };
}

describe('what a planner is told', () => {
  it('is the item, the repo, what is red there, and the money', async () => {
    const { texts } = await told((activities, input) => activities.planBrief(input));
    expect(texts['The work item']).toContain('Acceptance\n- a parcel that is 1 day late costs a fee of 5 EUR');
    expect(texts['Files of the repository']).toContain('shop/src/ fee.ts list.ts');
    expect(texts['Modules, gates and scenarios']).toContain('- shop-tests of module shop, by its report: npm test');
    expect(texts['Modules, gates and scenarios']).toContain('- shop/src/money/**');
    expect(texts['Tests that fail on the base']).toBe('Module shop\n- test/fee.test.ts::fee\n  expected 5\n  got 0');
    expect(texts.Money).toBe('The mission may cost $5.00. So far: $0.2500.');
    expect(Object.keys(texts)).not.toContain('Remarks of rules on the words of the item');
  });

  it('says where it comes from, and only what Signalbox reckons is its own', async () => {
    const { parts } = await told((activities, input) => activities.planBrief(input));
    expect(parts.find(({ title }) => title === 'The work item')).toMatchObject({ from: 'linear A-1' });
    expect(parts.filter(({ own }) => own).map(({ title }) => title)).toEqual(['Money']);
  });

  it('does not make a history grow with what people and repos write', async () => {
    const long = { ...item, problem: 'x'.repeat(100_000) };
    const { parts, texts } = await told((activities, input) =>
      activities.planBrief({ ...input, item: long, notes: Array(500).fill('y'.repeat(400)) }),
    );
    expect(JSON.stringify(parts).length).toBeLessThan(4_000);
    expect(texts['The work item']).toContain(long.problem);
    expect(texts.Notes?.length).toBeLessThan(20_000);
  });

  it('names what is vague in the item', async () => {
    const vague = { ...item, acceptance: ['it looks nice'] };
    const { texts } = await told((activities, input) => activities.planBrief({ ...input, item: vague }));
    expect(texts['Remarks of rules on the words of the item']).toContain('vague: it looks nice ("nice"');
  });

  it('says that a price is unknown, never that it is nothing', async () => {
    const { texts } = await told((activities, input) => activities.planBrief({ ...input, spent: null }));
    expect(texts.Money).toBe('The mission may cost $5.00. So far: cost unknown.');
  });

  it('has the plan before, and how each of its tasks ended', async () => {
    const reports = [{ node: 'fee', state: 'failed', because: 'shop-tests is red: fee' }];
    const { texts } = await told((activities, input) =>
      activities.planBrief({ ...input, previous: { plan: planWith([change('fee')]), reports } }),
    );
    const before = texts['The plan before, and what became of its tasks'];
    expect(before).toContain('- fee failed: shop-tests is red: fee');
    expect(before).toContain('"id": "fee"');
  });
});

describe('what a critic is told', () => {
  it('is the item, the plan, and what rules remark', async () => {
    const plan = planWith([change('fee', { proof: 'gates' })]);
    const { texts } = await told((activities) => activities.criticBrief({ item, plan }));
    expect(JSON.parse(texts['The plan'] ?? '')).toEqual(plan);
    expect(texts['Remarks of rules on the plan']).toBe('- fee changes code, and no test shows what it changes');
  });

  it('has no remarks when there are none', async () => {
    const { texts } = await told((activities) => activities.criticBrief({ item, plan: planWith([change('fee')]) }));
    expect(Object.keys(texts)).toEqual(['The work item', 'The plan']);
  });
});

it('shows planner and critic the pictures of the item, by their address', async () => {
  const blob = { sha256: 'c'.repeat(64), bytes: 9, mediaType: 'image/png' };
  const seen = { ...item, attachments: [{ name: 'sketch.png', blob }] };
  const { criticBrief } = createPlanBriefActivities({ blobs: memoryBlobs(), depot: { list: async () => [] } });
  const parts = await criticBrief({ item: seen, plan: planWith([]) });
  const picture = { title: 'A picture of the work item', from: 'linear A-1', text: 'sketch.png', blob };
  expect(parts.at(-1)).toEqual(picture);
});

describe('remarks on a plan', () => {
  it.each<[string, Plan, RegExp]>([
    [
      'a wish without a criterion',
      planWith([], { criteria: [{ text: 'x', check: 'y' }] }),
      /no criterion is about this wish/,
    ],
    [
      'a vague criterion',
      planWith([], { criteria: [{ text: 'a nice fee for a late parcel', check: 'c' }] }),
      /"nice" can't be observed: a nice fee/,
    ],
    [
      'a vague check',
      planWith([], { criteria: [{ text: 'a fee for a late parcel', check: 'it works.' }] }),
      /"works" can't be observed/,
    ],
    [
      'tasks in a row',
      planWith([change('a'), change('b', { needs: ['a'] }), change('c', { needs: ['b'] })]),
      /every task but the first waits/,
    ],
  ])('are about %s', (_, plan, expected) => {
    expect(planRemarks(plan, item)).toEqual([expect.stringMatching(expected)]);
  });
});

describe('the map of a repository', () => {
  const files = (directories: number, each: number) =>
    Array.from({ length: directories * each }, (_, n) => `src/part-${n % directories}/file-${n}.ts`);

  it('names every file of a small one, by directory', () => {
    expect(repoMap(['b/c.ts', 'a.ts', 'b/a.ts'])).toBe('./ a.ts\nb/ c.ts a.ts');
  });

  it('says of a larger one how many files it left out', () => {
    expect(repoMap(files(10, 1000))).toMatch(/^src\/part-0\/ file-0\.ts .* and 960 more$/m);
  });

  it('never grows over its bound, and says what is missing', () => {
    const map = repoMap(files(5000, 2));
    expect(map.length).toBeLessThan(25_000);
    expect(map).toMatch(/\(2 files\)\nand \d+ more directories$/);
  });

  it('of nothing is empty', () => expect(repoMap([])).toBe(''));
});
