import type { BlobRef } from '../schemas/blob-ref.js';
import { parse, RefusedInput } from '../schemas/parse.js';
import type { Plan, PlanTask } from '../schemas/plan.js';
import { endOf } from '../schemas/plan-end.js';
import { planProblems } from '../schemas/plan-rules.js';
import { CriticOutput, PlannerOutput } from '../schemas/role-output.js';
import type { WorkItem } from '../schemas/work-item.js';
import { loadBlueprint } from './host.js';
import { type DraftRules, draftProblems, gatesOfDraft, isDocument, protectedNotes } from './plan-draft-rules.js';
import { type BaseTests, confirmedSurveys, failingTests, planHash } from './plan-parts.js';
import type { TaskReport } from './planner.js';
import type { Blobs } from './ports.js';
import { plain } from './tool-text.js';

/** Told back at once; a planner that has more to mend hears of it with its next draft. */
const PROBLEMS = 20;

export interface PreviousPlan {
  readonly plan: Plan;
  readonly reports: readonly TaskReport[];
}

export interface DraftInput extends Omit<BaseTests, 'blueprint'> {
  /** What the planner handed in, a `PlannerOutput`. */
  readonly output: BlobRef;
  readonly item: WorkItem;
  readonly blueprint: BlobRef;
  readonly version: number;
  /** False: its questions become risks of the plan, because nobody is left to answer them. */
  readonly mayAsk: boolean;
  /** The plan that did not work out. */
  readonly previous?: PreviousPlan;
}

/** A plan that may run; what to mend first; or what only the reporter can say. */
export type DraftOutcome =
  | { readonly plan: Plan; readonly hash: string }
  | { readonly problems: readonly string[] }
  | { readonly questions: readonly string[] };

export function createPlanDraftActivities({ blobs }: { readonly blobs: Blobs }) {
  async function read(output: BlobRef): Promise<unknown> {
    return cleaned(JSON.parse((await blobs.get(output)).toString()));
  }

  return {
    /** Makes a plan of a planner's draft, or says what keeps it from being one. Never adds a task of its own to it. */
    async adoptPlan(input: DraftInput): Promise<DraftOutcome> {
      const draft = parsed(await read(input.output));
      if ('problems' in draft) return draft;
      if (draft.questions.length > 0 && input.mayAsk) return { questions: draft.questions };
      const blueprint = await loadBlueprint(blobs, input.blueprint);
      const { surveys, baseline, previous } = input;
      const known = { blueprint, surveys, baseline };
      const failing = await failingTests(blobs, await confirmedSurveys(blobs, known), known);
      const rules: DraftRules = { blueprint, failing, ...(previous && { previous }) };
      const plan = planOf(draft, input, rules);
      const problems = [...draftProblems(draft.tasks, rules), ...planProblems(plan)];
      return problems.length > 0 ? { problems: problems.slice(0, PROBLEMS) } : { plan, hash: planHash(plan) };
    },

    /** What a critic wants changed; empty when it accepts the plan. */
    async readObjections({ output }: { readonly output: BlobRef }): Promise<readonly string[]> {
      const { verdict, objections } = parse(CriticOutput, await read(output), 'what the critic handed in');
      if (verdict === 'accept') return [];
      if (objections.length === 0) return ['the critic wants another plan and does not say why'];
      return objections.map(
        ({ task, problem, change }) => `${task === undefined ? '' : `${task}: `}${problem} ${change}`,
      );
    },
  };
}

export type PlanDraftActivities = ReturnType<typeof createPlanDraftActivities>;

/** Every text without what controls a terminal or hides; what is empty then is refused as empty. */
export function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return plain(value).trim();
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, cleaned(inside)]));
}

function parsed(output: unknown): PlannerOutput | { readonly problems: readonly string[] } {
  try {
    return parse(PlannerOutput, output, 'the plan');
  } catch (error) {
    if (error instanceof RefusedInput) return { problems: error.problems.slice(0, PROBLEMS) };
    throw error;
  }
}

function planOf(draft: PlannerOutput, { item, version, previous }: DraftInput, rules: DraftRules): Plan {
  const kept = keptTasks(previous);
  const ids = new Set(kept.map(({ id }) => id));
  const changes = draft.tasks.filter(({ id }) => !ids.has(id)).map((task) => changeTask(task, rules));
  const all = [...kept, ...changes];
  return {
    version,
    goal: item.title,
    because: previous ? replacement(previous) : `${changes.length} tasks for ${draft.criteria.length} criteria`,
    assumptions: [...draft.assumptions],
    risks: [
      ...draft.risks,
      ...draft.questions.map((question) => `not answered: ${question}`),
      ...changes.flatMap((task) => protectedNotes(task, rules.blueprint)),
    ],
    tasks: [
      ...all,
      ...endOf(
        all.map(({ id }) => id),
        rules.blueprint,
        endSuffix(previous, version),
      ),
    ],
    criteria: [...draft.criteria],
    ...(draft.outcome !== undefined && { outcome: draft.outcome }),
    risk: draft.risk,
  };
}

/** Changes that have passed or are under way: whatever a draft says of them, they stay as they are. */
function keptTasks(previous: PreviousPlan | undefined): PlanTask[] {
  const states = new Map(previous?.reports.map(({ node, state }) => [node, state]));
  return (previous?.plan.tasks ?? []).filter(
    ({ id, kind }) => kind === 'change' && ['passed', 'running'].includes(states.get(id) ?? ''),
  );
}

function changeTask(task: PlannerOutput['tasks'][number], { blueprint }: DraftRules): PlanTask {
  const { id, title, goal, acceptance, needs, touches, module, proof, targets, size } = task;
  return {
    id,
    kind: 'change',
    title,
    goal,
    acceptance: [...acceptance],
    needs: [...needs],
    touches: [...touches],
    gates: gatesOfDraft(task, blueprint),
    ...(module !== undefined && { module }),
    targets: [...targets],
    role: touches.every(isDocument) ? 'writer' : task.role,
    proof,
    // A draft with a larger one is refused.
    size: size === 'large' ? 'medium' : size,
  };
}

function replacement({ reports }: PreviousPlan): string {
  const failed = reports.filter(({ state }) => state !== 'passed' && state !== 'running' && state !== 'waiting');
  return `instead of what did not work out: ${failed.map(({ node }) => node).join(', ') || 'the plan as a whole'}`;
}

/** An end that has run keeps its result under its id; the next one needs another. */
function endSuffix(previous: PreviousPlan | undefined, version: number): string {
  const ends = new Set(previous?.plan.tasks.filter(({ kind }) => kind !== 'change').map(({ id }) => id));
  const ran = previous?.reports.some(({ node, state }) => ends.has(node) && state !== 'waiting') ?? false;
  return ran ? `-${version}` : '';
}
