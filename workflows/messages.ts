import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Estimate, Spend } from '../schemas/budget.js';
import type { Cost } from '../schemas/money.js';
import type { Outcome } from '../schemas/outcome.js';
import type { PlanTask, TaskState } from '../schemas/plan.js';
import type { PackedPlans } from '../schemas/plan-versions.js';
import type { Actor } from '../schemas/signal.js';
import type { Allowance } from '../schemas/tranche.js';
import type { Turn } from '../schemas/turn.js';
import type { FoldedSource, ItemSource } from '../schemas/work-item.js';
import type { TurnView } from './agent-state.js';
import type { MissionBudgetState } from './mission-budget.js';
import type { Grant } from './purse.js';

// The typed messages of missions and the work below them; messages-triage.ts has those of what comes in, and
// messages-standing.ts those of what missions share. Shared by the workflows and by whoever talks to them. Updates are
// validated before they are accepted; what they refuse leaves no trace in the history.

export interface WaitingOn {
  readonly who: string;
  readonly what: string;
  /** ISO 8601. */
  readonly since: string;
}

// mission/<work item>

/** Another item tells of the same work: from here on it is written back to as well. Told twice, it counts once. */
export const sourceFolded = defineSignal<[FoldedSource]>('sourceFolded');

export interface TaskView {
  readonly task: PlanTask;
  readonly state: TaskState;
  readonly detail: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly tried: number;
  /** Gate or scenario name -> what its last verdict said. */
  readonly gates: Readonly<Record<string, string>>;
}

export interface MissionStatus {
  readonly item: string;
  readonly title: string;
  readonly repo: string;
  readonly source?: ItemSource;
  /** By the id at the source. */
  readonly requester?: Actor;
  readonly pullRequest?: { readonly number: number; readonly url: string };
  readonly stage: string;
  readonly since: string;
  readonly startedAt: string;
  readonly paused: boolean;
  /** Since when everything is halted, ISO 8601. */
  readonly halted?: string;
  readonly waitingOn?: WaitingOn;
  readonly planVersion: number;
  readonly tasks: readonly TaskView[];
  readonly notes: readonly string[];
  /** Earlier ones, which only the archive has. */
  readonly notesDropped?: number;
  /** Where models are configured; `share` of the limit is given out or spent, `spent` is what has ended. */
  readonly budget?: {
    readonly limit: Allowance;
    readonly share: number;
    readonly spent: Spend;
    readonly estimate?: Estimate;
  };
  /** What is granted and spent so far, by the workflow id of the work; where models are configured. */
  readonly holders?: MissionBudgetState['holders'];
  /** What an agent asks: the oldest question that is open. */
  readonly asked?: Pick<Question, 'node' | 'question' | 'options'>;
  /** Started by `signalbox run`: `attached` while it belongs to its person, `handed-over` from then on. */
  readonly run?: 'attached' | 'handed-over';
  readonly outcome?: Outcome;
}
export const missionStatus = defineQuery<MissionStatus>('missionStatus');

/** Every version of the plan, oldest first; `unpackPlans` reads them. */
export const missionPlans = defineQuery<PackedPlans>('missionPlans');

export interface Order {
  readonly by: Actor;
  readonly text: string;
}
/** Guidance for the next plan or iteration. */
export const steerMission = defineUpdate<MissionStatus, [Order]>('steerMission');
export const pauseMission = defineUpdate<MissionStatus, [Order]>('pauseMission');
export const resumeMission = defineUpdate<MissionStatus, [Order]>('resumeMission');
export const cancelMission = defineUpdate<MissionStatus, [Order]>('cancelMission');
/** More money for a mission; also the answer when it asks for it. */
export const addBudget = defineUpdate<MissionStatus, [Order & { readonly usd: number }]>('addBudget');
/** The answer to what an agent asked. */
export const answerMission = defineUpdate<MissionStatus, [Order]>('answerMission');

/** The next prompt of an interactive run; guidance for the agents while a task is under way. */
export const promptMission = defineUpdate<MissionStatus, [Order]>('promptMission');
/** From here on an interactive run needs nobody: it proves the change, and merges it where nobody has to be asked. */
export const handOver = defineUpdate<MissionStatus, [Order]>('handOver');

/** Something happened on its branch or pull request: it looks there again. Nothing in it is believed. */
export const changeTouched = defineSignal<[{ readonly delivery: string }]>('changeTouched');
/** An answer by a button or a comment on the pull request that counts for nothing. Equal keys are one. */
export const answerRefused =
  defineSignal<[{ readonly key: string; readonly question: string; readonly who: string; readonly said: string }]>(
    'answerRefused',
  );

// Between a mission and the work that it pays for; the holder is a workflow id.

export const fundsWanted =
  defineSignal<[{ readonly holder: string; readonly wanted: Allowance; readonly spent: Cost }]>('fundsWanted');
export const fundsGranted = defineSignal<[Grant]>('fundsGranted');
export const fundsReturned = defineSignal<[{ readonly holder: string; readonly spent: Cost }]>('fundsReturned');

/** No provider that may be used has quota left: the holder sleeps. */
export const quotaAwaited = defineSignal<[{ readonly holder: string; readonly what: string }]>('quotaAwaited');
export const quotaBack = defineSignal<[{ readonly holder: string }]>('quotaBack');

/** What an agent asks people, by way of its mission. */
export interface Question {
  /** The task that waits for the answer. */
  readonly holder: string;
  readonly node: string;
  readonly question: string;
  readonly options: readonly string[];
}
export const questionAsked = defineSignal<[Question]>('questionAsked');

// task/<work item>/<node>

export interface TaskStatus {
  readonly node: string;
  readonly stage: string;
  readonly turns: readonly Turn[];
  /** The last turns of its agents. */
  readonly agentTurns?: readonly TurnView[];
  /** Of its calls of models so far. */
  readonly cost?: Cost;
}
export const taskStatus = defineQuery<TaskStatus>('taskStatus');
/** Guidance from the mission, taken into the next iteration. */
export const taskSteered = defineSignal<[string]>('taskSteered');
/** `false` also wakes what waits for a provider's quota, reviews included. */
export const taskPaused = defineSignal<[boolean]>('taskPaused');
/** Null: nobody answered in time. */
export const questionAnswered = defineSignal<[string | null]>('questionAnswered');

// review/<work item>/<node>/<round>

export interface LensView {
  /** `missing`: it will not report, and that is not a pass. */
  readonly state: 'reading' | 'reported' | 'missing';
  readonly detail: string;
  readonly findings: number;
}
export interface ReviewStatus {
  readonly item: string;
  readonly node: string;
  readonly round: number;
  /** By lens. */
  readonly lenses: Readonly<Record<string, LensView>>;
  /** The last turns of its reviewers. */
  readonly turns: readonly TurnView[];
}
export const reviewStatus = defineQuery<ReviewStatus>('reviewStatus');
