import { expect } from '@jest/globals';
import { stringify } from 'yaml';
import { createPlanDraftActivities, type DraftInput, type DraftOutcome } from '../activities/plan-draft.js';
import type { BlobRef } from '../schemas/blob-ref.js';
import { Plan } from '../schemas/plan.js';
import { planProblems } from '../schemas/plan-rules.js';
import type { PlannerOutput } from '../schemas/role-output.js';
import type { Verdict } from '../schemas/verdict.js';
import type { WorkItem } from '../schemas/work-item.js';
import { memoryBlobs } from './memory-blobs.js';

// Drafts of a planner, and what comes of them.

export const FAILING = 'test/fee.test.ts::fee is due';

const module = { language: 'typescript', runner: 'node-test', sources: ['src/**'], tests: ['test/**'] };
const BLUEPRINT = {
  version: 1,
  modules: { shop: { path: 'shop', ...module }, web: { path: 'web', ...module } },
  gates: [
    { name: 'shop-tests', module: 'shop', command: 'x', report: 'r.xml' },
    { name: 'web-tests', module: 'web', command: 'x' },
    { name: 'lint', command: 'x' },
  ],
  scenarios: [{ name: 'end-to-end', command: 'x' }],
  policy: { protected: ['shop/src/money/**'] },
};

const SURVEYS = [
  {
    module: 'shop',
    tests: [
      { id: FAILING, file: 'shop/test/fee.test.ts', title: 'fee', outcome: 'fail', covered: {}, symbols: [] },
      { id: 'test/a.test.ts::a', file: 'shop/test/a.test.ts', title: 'a', outcome: 'pass', covered: {}, symbols: [] },
    ],
  },
  { module: 'web', tests: [], unsupported: 'no runner' },
];

export const item: WorkItem = {
  key: 'A-1',
  source: { kind: 'cli', id: 'A-1' },
  title: 'A fee for late parcels',
  problem: 'p',
  expected: 'e',
  acceptance: ['a'],
  repo: 'shop',
  type: 'feature',
  severity: 'normal',
  risk: 'low',
  routedBecause: 'r',
};

export type DraftTask = PlannerOutput['tasks'][number];

export const task = (id: string, more: Partial<DraftTask> = {}): DraftTask => ({
  id,
  title: id,
  goal: `do ${id}`,
  acceptance: ['done'],
  needs: [],
  touches: [`shop/src/${id}.ts`],
  module: 'shop',
  role: 'coder',
  proof: 'test-first',
  targets: [],
  size: 'small',
  ...more,
});

export const draft = (tasks: readonly DraftTask[], more: object = {}) => ({
  criteria: [{ text: 'a late parcel costs 5 EUR', check: 'test/fee.test.ts' }],
  questions: [],
  assumptions: [],
  risks: [],
  risk: 'low',
  tasks,
  ...more,
});

/** What comes of a draft, with blobs as in a mission. */
export async function adopt(output: unknown, more: Partial<DraftInput> = {}, cases: readonly string[] = []) {
  const blobs = memoryBlobs();
  const json = (value: unknown): Promise<BlobRef> => blobs.put(JSON.stringify(value), 'application/json');
  const { adoptPlan } = createPlanDraftActivities({ blobs });
  const verdict = {
    gate: '',
    tree: 't',
    outcome: 'fail',
    reason: '',
    exitCode: 1,
    durationMs: 1,
    cached: false,
  } as const;
  const reported: Verdict = { ...verdict, failing: [], cases: await json({ passing: [], failing: cases }) };
  return adoptPlan({
    output: await json(output),
    item,
    blueprint: await blobs.put(stringify(BLUEPRINT), 'application/yaml'),
    surveys: await Promise.all(SURVEYS.map(json)),
    baseline: cases.length > 0 ? { 'web-tests': reported } : {},
    version: 1,
    mayAsk: true,
    ...more,
  });
}

export function planOf(outcome: DraftOutcome): Plan {
  if (!('plan' in outcome)) throw new Error(JSON.stringify(outcome));
  expect(planProblems(outcome.plan)).toEqual([]);
  expect(Plan.parse(outcome.plan)).toEqual(outcome.plan);
  return outcome.plan;
}

export const problemsOf = async (tasks: readonly DraftTask[], more?: Partial<DraftInput>) => {
  const outcome = await adopt(draft(tasks), more);
  return 'problems' in outcome ? outcome.problems : [];
};
