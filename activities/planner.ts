import type { Plan, PlanTask } from '../schemas/plan.js';
import { endOf } from '../schemas/plan-end.js';
import { globsOverlap } from '../schemas/plan-rules.js';
import type { Survey, SurveyedTest } from '../schemas/repair.js';
import type { WorkItem } from '../schemas/work-item.js';
import { type BaseTests, confirmedSurveys, freeId, gatesOf, planHash } from './plan-parts.js';
import type { Blobs } from './ports.js';
import { RELEVANT, relevance, wordsOf } from './relevance.js';
import { suspiciousFiles } from './suspicion.js';

export interface TaskReport {
  readonly node: string;
  readonly state: string;
  readonly because: string;
}

export interface PlanInput extends BaseTests {
  readonly item: WorkItem;
  readonly version: number;
  readonly notes: readonly string[];
  /** The plan that did not work out, and how its tasks ended. */
  readonly previous?: { readonly plan: Plan; readonly reports: readonly TaskReport[] };
}

export type PlanOutcome =
  | { readonly plan: Plan; readonly hash: string }
  | { readonly cannotDo: string; readonly evidence: readonly string[] };

const TITLE_CHARACTERS = 120;

/** Leaves room for the numbers of parts within the length of a node's id. */
const SLUG_CHARACTERS = 48;

interface Group {
  readonly module: string;
  readonly file: string;
  readonly tests: readonly SurveyedTest[];
}

export function createPlannerActivities({ blobs }: { readonly blobs: Blobs }) {
  return {
    /**
     * The planner that needs no model: failing tests that the item is about become tasks by the code that they
     * cover; an integration and the blueprint's scenarios follow.
     */
    async planMission(input: PlanInput): Promise<PlanOutcome> {
      const surveys = await confirmedSurveys(blobs, input);
      const outcome = input.previous ? replan(input, input.previous) : firstPlan(input, surveys);
      return 'plan' in outcome ? { plan: outcome.plan, hash: planHash(outcome.plan) } : outcome;
    },
  };
}

export type PlannerActivities = ReturnType<typeof createPlannerActivities>;

function firstPlan(
  input: PlanInput,
  surveys: readonly Survey[],
): { plan: Plan } | { cannotDo: string; evidence: string[] } {
  const failing = surveys.flatMap((survey) => survey.tests.filter((test) => test.outcome === 'fail'));
  const ran = surveys.reduce((sum, survey) => sum + survey.tests.length, 0);
  const unsurveyed = surveys.flatMap(({ module, unsupported }) =>
    unsupported === undefined ? [] : [`the tests of module ${module} can't be surveyed here: ${unsupported}`],
  );
  if (failing.length === 0) {
    return {
      cannotDo: 'no failing test shows the problem, and without a model only what a failing test shows can be mended',
      evidence: [`${ran} tests were run on the base; none fails`, ...unsurveyed],
    };
  }
  const words = wordsOf(textOf(input.item, input.notes));
  const groups = surveys.flatMap(groupsOf);
  const relevant = groups.filter(({ file, tests }) => tests.some((test) => relevance(words, test, file) >= RELEVANT));
  if (relevant.length === 0) {
    return {
      cannotDo:
        'the tests that fail are not about this item, and without a model only what a failing test shows can be mended',
      evidence: [...surveys.flatMap((survey) => unrelated(survey)), ...unsurveyed],
    };
  }
  const changes = changeTasks(relevant, input.blueprint);
  const left = groups.length - relevant.length;
  return {
    plan: {
      version: input.version,
      goal: input.item.title,
      because: `${relevant.length} of ${groups.length} groups of failing tests share names with the item`,
      assumptions: ['failing tests with no file in common have causes of their own', ...input.notes.map(assumptionOf)],
      risks: [...(left > 0 ? [`${left} other groups of tests fail on the base and stay so`] : []), ...unsurveyed],
      tasks: [
        ...changes,
        ...endOf(
          changes.map(({ id }) => id),
          input.blueprint,
        ),
      ],
    },
  };
}

function unrelated(survey: Survey): string[] {
  return survey.tests
    .filter(({ outcome }) => outcome === 'fail')
    .map((test) =>
      suspiciousFiles(survey, test).length > 0
        ? `fails, but shares no name with the item: ${test.id}`
        : `fails, but runs no source of ${survey.module}: ${test.id}`,
    );
}

function groupsOf(survey: Survey): Group[] {
  const byFile = new Map<string, SurveyedTest[]>();
  for (const test of survey.tests.filter(({ outcome }) => outcome === 'fail')) {
    const file = suspiciousFiles(survey, test)[0]?.path;
    if (file) byFile.set(file, [...(byFile.get(file) ?? []), test]);
  }
  return [...byFile].map(([file, tests]) => ({ module: survey.module, file, tests }));
}

/** One task per group; what may write the same file comes one after the other. */
function changeTasks(groups: readonly Group[], blueprint: PlanInput['blueprint']): PlanTask[] {
  const tasks: PlanTask[] = [];
  const taken = new Set<string>();
  for (const group of groups) {
    const task = changeTask(group, blueprint, taken);
    const before = tasks.filter(({ touches: [file = ''] }) => globsOverlap(file, task.touches[0] ?? ''));
    tasks.push({ ...task, needs: before.map(({ id }) => id) });
  }
  return tasks;
}

function changeTask({ module, file, tests }: Group, blueprint: PlanInput['blueprint'], taken: Set<string>): PlanTask {
  const name = file.slice(file.lastIndexOf('/') + 1).replace(/\.[a-z]+$/i, '');
  return {
    id: freeId(slug(`${module}-${name}`), taken),
    kind: 'change',
    title: titleOf(`Mend ${file}`),
    goal: `Make ${tests.length === 1 ? 'the failing test' : `${tests.length} failing tests`} of ${module} pass by a change of ${file}`,
    acceptance: tests.map(({ id }) => `passes: ${id}`),
    needs: [],
    // The name of a file may hold what means something else in a glob.
    touches: [file.replace(/[\\*?[\]{}()!+@|]/g, '\\$&')],
    gates: gatesOf(blueprint, module),
    module,
    targets: tests.map(({ id }) => id),
  };
}

/** Splits what failed with several targets: two faults in one file are two edits, made one after the other. */
function replan(
  input: PlanInput,
  { plan, reports }: NonNullable<PlanInput['previous']>,
): { plan: Plan } | { cannotDo: string; evidence: string[] } {
  const failed = reports.filter(({ state }) => state === 'failed' || state === 'cannot-do');
  const evidence = failed.map(({ node, because }) => `${node}: ${because}`);
  const stuck = failed.filter(({ node }) => (plan.tasks.find(({ id }) => id === node)?.targets.length ?? 0) < 2);
  if (stuck.length > 0) {
    return { cannotDo: `no other plan is left for ${stuck.map(({ node }) => node).join(', ')}`, evidence };
  }
  const taken = new Set(plan.tasks.map(({ id }) => id));
  const parts = new Map(
    failed.map(({ node }) => [node, splitTask(plan.tasks.find(({ id }) => id === node) as PlanTask, taken)]),
  );
  const tasks = plan.tasks.flatMap((task) => parts.get(task.id) ?? [task]);
  return {
    plan: {
      ...plan,
      version: input.version,
      because: `${[...parts.keys()].join(', ')} had more than one fault for one edit: one task per failing test now`,
      assumptions: [...new Set([...plan.assumptions, ...input.notes.map(assumptionOf)])],
      tasks: tasks.map((task) => ({
        ...task,
        needs: task.needs.flatMap((need) => parts.get(need)?.map(({ id }) => id) ?? [need]),
      })),
    },
  };
}

function splitTask(task: PlanTask, taken: Set<string>): PlanTask[] {
  const ids = task.targets.map((_, index) => freeId(`${task.id}-${index + 1}`, taken));
  return task.targets.map((target, index) => ({
    ...task,
    id: ids[index] as string,
    title: titleOf(task.title, ` (${index + 1} of ${task.targets.length})`),
    goal: `Make ${target} pass by a change of ${task.touches.join(', ')}`,
    acceptance: [`passes: ${target}`],
    needs: index === 0 ? task.needs : [ids[index - 1] as string],
    targets: [target],
  }));
}

function assumptionOf(note: string): string {
  return `asked for on the way: ${note}`;
}

function titleOf(text: string, end = ''): string {
  return `${text.slice(0, TITLE_CHARACTERS - end.length)}${end}`;
}

function textOf(item: WorkItem, notes: readonly string[]): string {
  return [item.title, item.problem, item.expected, ...item.acceptance, ...notes].join('\n');
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, SLUG_CHARACTERS);
}
