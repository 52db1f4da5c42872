import type { Approval } from '../schemas/approval.js';
import {
  attributesOf,
  decode,
  type Execution,
  firstPayload,
  isClosed,
  type RunTree,
  resultOf,
} from '../schemas/history.js';
import type { Outcome, StageTime } from '../schemas/outcome.js';
import type { Plan } from '../schemas/plan.js';
import { type PackedPlans, unpackPlans } from '../schemas/plan-versions.js';
import type { TaskResult } from '../schemas/turn.js';
import type { WorkItem } from '../schemas/work-item.js';
import { type Chain, chainsOf } from './chains.js';
import { failureText, stepsOf } from './history-steps.js';
import { type StoryStep, sessionRoles, storyStep } from './story-steps.js';
import { duration } from './text.js';

// What a mission did, told from its histories alone: the same from Temporal and from the archive. Pure.

/** A workflow of the mission, over all the runs that it continued as. */
export interface WorkStory {
  readonly workflowId: string;
  /** Workflow type: `mission`, `task`, `approval`, `review`, … */
  readonly type: string;
  readonly startedAt: string;
  /** Undefined while it runs. */
  readonly endedAt?: string;
  /** How it ended, in a few words; empty while it runs. */
  readonly ended: string;
  readonly task?: TaskResult;
  readonly approval?: Approval;
  readonly steps: readonly StoryStep[];
  readonly parts: readonly WorkStory[];
}

export interface MissionStory {
  readonly item: string;
  readonly title: string;
  readonly repo: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly runs: number;
  readonly stages: readonly StageTime[];
  readonly plans: readonly Plan[];
  readonly mission: WorkStory;
  readonly outcome?: Outcome;
  /** Runs and children that nobody remembers any more: what they did is not in this story. */
  readonly forgotten: readonly Execution[];
}

/** `trees`: the runs of the mission, oldest first, at least one. */
export function tellMission(trees: readonly RunTree[], forgotten: readonly Execution[] = []): MissionStory {
  const mission = chainsOf(trees);
  const first = mission.runs[0]?.history.events[0];
  const { item } = ((first && firstPayload(first, 'input')) ?? {}) as { readonly item?: WorkItem };
  const result = resultOfChain(mission) as Outcome | undefined;
  const stages = result?.stages ?? stagesOf(mission);
  const roles = sessionRoles(trees.flatMap(({ root, children }) => [root, ...children]));
  const told = tell(mission, (chain) =>
    chain.runs.flatMap(({ history }) => stepsOf(history).map((step) => storyStep(step, { stages, roles }))),
  );
  return {
    item: item?.key ?? told.workflowId,
    title: item?.title ?? '',
    repo: item?.repo ?? '',
    startedAt: told.startedAt,
    ...(told.endedAt !== undefined && { endedAt: told.endedAt }),
    runs: mission.runs.length,
    stages,
    plans: plansOf(mission),
    mission: told,
    ...(result && { outcome: result }),
    forgotten: [...forgotten, ...trees.flatMap((tree) => tree.forgotten)],
  };
}

function tell(chain: Chain, stepsOfChain: (chain: Chain) => StoryStep[]): WorkStory {
  const [first] = chain.runs;
  const last = chain.runs.at(-1);
  const end = last && isClosed(last.history) ? last.history.events.at(-1) : undefined;
  const result = resultOfChain(chain);
  const task = chain.type === 'task' ? (result as TaskResult | undefined) : undefined;
  const approval = chain.type === 'approval' ? (result as Approval | undefined) : undefined;
  return {
    workflowId: chain.workflowId,
    type: chain.type,
    startedAt: first?.history.events[0]?.eventTime ?? '',
    ...(end && { endedAt: end.eventTime }),
    ended: end ? howEnded(end, result) : '',
    ...(task && { task }),
    ...(approval && { approval }),
    steps: stepsOfChain(chain),
    parts: chain.parts.map((part) => tell(part, stepsOfChain)),
  };
}

function howEnded(end: RunTree['root']['history']['events'][number], result: unknown): string {
  if (end.eventType !== 'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED') return failureText(end);
  const { state, result: word, outcome, because, firstFindingMs } = (result ?? {}) as Record<string, unknown>;
  const said = [word, state, outcome].find((one) => typeof one === 'string') ?? 'done';
  const first = typeof firstFindingMs === 'number' ? `, first report after ${duration(firstFindingMs)}` : '';
  return `${typeof because === 'string' ? `${said}: ${because}` : String(said)}${first}`;
}

function resultOfChain({ runs }: Chain): unknown {
  const last = runs.at(-1);
  return last && resultOf(last.history);
}

/** While the mission runs: as it showed its stages to Temporal. */
function stagesOf({ runs }: Chain): StageTime[] {
  const events = runs.flatMap(({ history }) => history.events);
  const shown = events.flatMap((event) => {
    const { searchAttributes } = attributesOf(event) as {
      readonly searchAttributes?: { readonly indexedFields?: Readonly<Record<string, { readonly data?: string }>> };
    };
    const stage = decode(searchAttributes?.indexedFields?.SignalboxStage);
    const upsert = event.eventType === 'EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES';
    return upsert && typeof stage === 'string' ? [{ stage, at: event.eventTime }] : [];
  });
  const changes = shown.filter(({ stage }, index) => stage !== shown[index - 1]?.stage);
  const end = events.at(-1)?.eventTime ?? '';
  return changes.map(({ stage, at }, index) => ({
    stage,
    startedAt: at,
    ms: Date.parse(changes[index + 1]?.at ?? end) - Date.parse(at),
  }));
}

/** Every version, whichever step made it, and those that a run took over from the run before. */
function plansOf({ runs }: Chain): Plan[] {
  const plans = new Map<number, Plan>();
  for (const { history } of runs) {
    const first = history.events[0];
    const input = first ? firstPayload(first, 'input') : undefined;
    const { state } = (input ?? {}) as { readonly state?: { readonly plans?: PackedPlans } };
    for (const plan of unpackPlans(state?.plans ?? [])) plans.set(plan.version, plan);
    for (const { result } of stepsOf(history)) {
      const { plan } = (result ?? {}) as { readonly plan?: Plan };
      if (typeof plan?.version === 'number' && Array.isArray(plan.tasks)) plans.set(plan.version, plan);
    }
  }
  return [...plans.values()].sort((one, other) => one.version - other.version);
}
