import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { SESSION_EVENT, SESSION_TOLD, type SessionWord } from '../schemas/agent-session.js';
import type { Approval, ApprovalQuestion, AskedBack, GivenApproval } from '../schemas/approval.js';
import type { ApprovalRecord } from '../schemas/approval-record.js';
import type { Estimate, Spend } from '../schemas/budget.js';
import type { Claim, ClaimAnswer, DedupeStatus, Kin } from '../schemas/claim.js';
import type { Halt, HaltStatus } from '../schemas/halt.js';
import type { IncidentStatus } from '../schemas/incident.js';
import { type BatchPlace, TURN_WANTED, type TurnWanted } from '../schemas/merge-turn.js';
import type { Cost } from '../schemas/money.js';
import type { Outcome } from '../schemas/outcome.js';
import type { PlanTask, TaskState } from '../schemas/plan.js';
import type { PackedPlans } from '../schemas/plan-versions.js';
import type { ScopeTerms } from '../schemas/scope.js';
import type { Actor, Signal } from '../schemas/signal.js';
import { THREAD_MOVED, type ThreadPlace } from '../schemas/thread.js';
import {
  type Allowance,
  MISSION_FUNDS,
  TRANCHE_RETURNED,
  TRANCHE_WANTED,
  type TrancheAnswer,
  type TrancheReturned,
  type TrancheWanted,
} from '../schemas/tranche.js';
import type { Turn } from '../schemas/turn.js';
import type { FoldedSource, ItemSource } from '../schemas/work-item.js';
import type { TurnView } from './agent-state.js';
import type { MissionBudgetState } from './mission-budget.js';
import type { Grant } from './purse.js';

// The typed messages of every workflow: shared by the workflows and by whoever talks to them. Updates are validated
// before they are accepted; what they refuse leaves no trace in the history.

export interface WaitingOn {
  readonly who: string;
  readonly what: string;
  /** ISO 8601. */
  readonly since: string;
}

// every workflow: the interceptor of workflows/halts.ts listens

export const halted = defineSignal<[Halt]>('halted');
/** `until`: ISO 8601. */
export const haltLifted = defineSignal<[Halt & { readonly until: string }]>('haltLifted');

// halt

export const resumeAll = defineUpdate<HaltStatus, [Order]>('resumeAll');

// triage/<dedupe key>

/** The one argument of `triage`; what happened comes as `signalReceived`. */
export interface TriageInput {
  readonly dedupeKey: string;
  readonly source: Signal['source'];
  readonly subject: string;
  /** How long it stays after its last work to recognise late redeliveries. */
  readonly dedupeMs: number;
  /** Events after which to continue as new; the server's own suggestion always counts. */
  readonly historyLimit?: number;
  /** When a reporter who was asked and does not answer is reminded, once. */
  readonly remindMs?: number;
  /** After so long without a decision it looks up when to tell somebody. */
  readonly lookMs?: number;
}

export const signalReceived = defineSignal<[Signal]>('signalReceived');

export interface TriageStatus {
  readonly dedupeKey: string;
  /** `folded`: another triage's mission is about the same fault. `split`: each of its parts is an item of its own. */
  readonly stage: 'assessing' | 'asking' | 'running' | 'done' | 'ignored' | 'folded' | 'declined' | 'split';
  readonly because: string;
  readonly item?: string;
  /** What was folded into it, by `<source>/<item>`. */
  readonly alsoFrom?: readonly string[];
  /** Like it, but another fault as far as is known. */
  readonly near?: readonly Kin[];
  /** Into which it was folded. */
  readonly into?: Kin;
  /** What it was split into, by `<source>/<item>`. */
  readonly parts?: readonly string[];
  /** What a model proposes: a person says yes, or anything else and it is worked on as it is. */
  readonly proposal?: { readonly kind: 'decline' | 'split'; readonly because: string };
  readonly missing: readonly string[];
  /** Deliveries that were folded into this triage without effect. */
  readonly folded: number;
  readonly waitingOn?: WaitingOn;
}
export const triageStatus = defineQuery<TriageStatus>('triageStatus');

/** The reporter's answer, given at the CLI instead of at the source. */
export const answerTriage = defineUpdate<{ readonly accepted: true }, [{ readonly text: string; readonly by: Actor }]>(
  'answerTriage',
);

/** Ends what triage is at: a question that nobody has to answer any more, or the mission that it is about to start. */
export const cancelTriage = defineUpdate<{ readonly accepted: true }, [Order]>('cancelTriage');

/** To the triage that leads: another one follows it. Refused when there is no work any more that could take it in. */
export const foldSource = defineUpdate<{ readonly accepted: true }, [FoldedSource]>('foldSource');
/** To the triage that leads, and to its mission: a person has said that it is another fault. */
export const sourceUnfolded = defineSignal<[Pick<FoldedSource, 'kind' | 'item'>]>('sourceUnfolded');

/** To a triage that follows: what it follows has ended before there was work that took it in. */
export const leadEnded = defineSignal('leadEnded');

/** What a person says about where a triage has put its item; the work that is under way is ended, and kept. */
export type TriageCorrection =
  | { readonly kind: 'split' }
  | { readonly kind: 'merge'; readonly into: string }
  | { readonly kind: 'move'; readonly repo: string }
  /** Yes to what is proposed. */
  | { readonly kind: 'accept' };
export const correctTriage = defineUpdate<{ readonly accepted: true }, [Order & { readonly to: TriageCorrection }]>(
  'correctTriage',
);

// incident/<group or fault>

/** However many came together. */
export const alertsReceived = defineSignal<[readonly Signal[]]>('alertsReceived');
/** What became of the work that it asked for. */
export const incidentWork =
  defineSignal<[{ readonly stage: TriageStatus['stage']; readonly because: string }]>('incidentWork');
export const incidentStatus = defineQuery<IncidentStatus>('incidentStatus');
/** As it was before answers were signed; only in histories. */
export type LegacyIncidentAnswer = Order & { readonly open: boolean };
/** The answer to its question, have it worked on or leave it: signed by the gateway. Everything else is refused. */
export const decideIncident = defineUpdate<IncidentStatus, [ApprovalRecord | LegacyIncidentAnswer]>('decideIncident');
/** Whether it waits for this person of people.yaml, by their key. */
export const incidentWaitsFor = defineUpdate<boolean, [{ readonly person: string }]>('incidentWaitsFor');

// dedupe

export const claimItem = defineUpdate<ClaimAnswer, [Claim]>('claimItem');
export const claimClosed = defineSignal<[{ readonly key: string; readonly because: string }]>('claimClosed');
export const splitClaim = defineUpdate<{ readonly done: boolean }, [{ readonly key: string }]>('splitClaim');
export const mergeClaims = defineUpdate<Kin, [{ readonly claim: Claim; readonly into: string }]>('mergeClaims');
export const moveClaim = defineUpdate<void, [{ readonly key: string }]>('moveClaim');
export const dedupeStatus = defineQuery<DedupeStatus>('dedupeStatus');

// request/<id>

/** Something that was asked for in a chat by a command: it has no message of its own until one is posted. */
export interface RequestInput {
  readonly message: { readonly channel: string; readonly text: string; readonly blocks: string };
  /** To triage, about the message. */
  readonly signal: Omit<Signal, 'subject'>;
}

// thread/<work item>

/** Its mission looks otherwise now. */
export const threadMoved = defineSignal<[unknown]>(THREAD_MOVED);
/** Null while there is none. */
export const threadStatus = defineQuery<ThreadPlace | null>('threadStatus');

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

// budget/<scope>, and between it and the missions that share it

export const trancheWanted = defineSignal<[TrancheWanted, ScopeTerms]>(TRANCHE_WANTED);
export const trancheReturned = defineSignal<[TrancheReturned, ScopeTerms]>(TRANCHE_RETURNED);
/** To a mission: the answer to what it wanted, and another one when there is money again. */
export const trancheGranted = defineSignal<[TrancheAnswer]>('trancheGranted');
/** Of a mission: at most so much was spent or may yet be; null where no models are configured. */
export const missionFunds = defineQuery<Allowance | null>(MISSION_FUNDS);

export interface BudgetStatus {
  readonly scope: string;
  /** What the configuration says. */
  readonly terms: ScopeTerms;
  /** By people, for this period. */
  readonly added: Allowance;
  /** ISO 8601; null: it holds for good. */
  readonly periodEnds: string | null;
  /** In this period, as far as it is known. */
  readonly spent: Allowance;
  /** What was spent, and what may be. */
  readonly out: Allowance;
  /** Of the limit: what is out. */
  readonly share: number;
  readonly holders: readonly {
    /** Its workflow id. */
    readonly holder: string;
    readonly granted: Allowance;
    readonly spent: Allowance;
    /** It wants more, and there is none. */
    readonly waits: boolean;
  }[];
}
export const budgetStatus = defineQuery<BudgetStatus>('budgetStatus');
/** For the present period. */
export const raiseBudget = defineUpdate<BudgetStatus, [Order & Allowance]>('raiseBudget');

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

// agent-session/<id>

export const sessionEvent = defineSignal<[Signal]>(SESSION_EVENT);
export const sessionTold = defineSignal<[SessionWord]>(SESSION_TOLD);

// approval/<work item>/<n>

export interface ApprovalStatus {
  readonly question: ApprovalQuestion;
  readonly state: 'open' | Approval['outcome'];
  readonly askedAt: string;
  readonly reminders: number;
  /** Steps of the escalation that were reached. */
  readonly escalated?: number;
  /** Whose yes counts so far. */
  readonly given?: readonly GivenApproval[];
  readonly talk?: readonly AskedBack[];
  /** To whom it was handed over last, in words. */
  readonly heldBy?: string;
  /** Whoever decided, and why. */
  readonly by?: Actor;
  readonly reason?: string;
}
export const approvalStatus = defineQuery<ApprovalStatus>('approvalStatus');
/** As it was before answers were signed; only in histories. */
export interface LegacyAnswer {
  readonly decision: 'approve' | 'reject';
  readonly head: string;
  readonly by: Actor;
  readonly reason: string;
}
/** Signed by the gateway, and verified before it counts. Everything else is refused. */
export const answerApproval = defineUpdate<ApprovalStatus, [ApprovalRecord | LegacyAnswer]>('answerApproval');
/** The answer to what somebody asked back: it has no authority, and is shown to whoever decides. */
export const replyApproval = defineUpdate<ApprovalStatus, [Order]>('replyApproval');
/** Whether this person of people.yaml, by their key, could say yes now and has not yet. */
export const approvalWaitsFor = defineUpdate<boolean, [{ readonly person: string }]>('approvalWaitsFor');
/** Somebody has written on the ticket: what, is read there. */
export const approvalTouched = defineSignal<[{ readonly delivery: string }]>('approvalTouched');
/** The head moved: whatever is answered from now on would be about something else. */
export const approvalStale = defineSignal<[{ readonly head: string }]>('approvalStale');

// merge-queue/<repo>

export const turnWanted = defineSignal<[TurnWanted]>(TURN_WANTED);
/** To whoever wanted it. */
export const turnGiven = defineSignal<[{ readonly key: string; readonly batch?: BatchPlace }]>('turnGiven');
export const turnReturned = defineSignal<[{ readonly key: string }]>('turnReturned');

/** Since the queue began. */
export interface BatchCounts {
  /** Changes that were validated together and are green. */
  readonly changes: number;
  /** Runs of all gates that this took, bisections included. */
  readonly validations: number;
  /** Changes that a bisection has found to be red together with those before. */
  readonly culprits: number;
}

interface TurnAtQueue {
  readonly item: string;
  readonly priority: number;
  /** ISO 8601. */
  readonly since: string;
}
export interface MergeQueueStatus {
  readonly repo: string;
  readonly holder?: TurnAtQueue;
  /** In the order in which they get their turn. */
  readonly waiting: readonly TurnAtQueue[];
  /** Turns given so far. */
  readonly given: number;
  /** Of these, how many were never handed back. */
  readonly lost: number;
  /** Validated together. */
  readonly batches?: BatchCounts;
}
export const mergeQueueStatus = defineQuery<MergeQueueStatus>('mergeQueueStatus');
