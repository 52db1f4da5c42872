import type { ProofRefs } from '../activities/proof.js';
import type { PersonsRemark } from '../activities/pull-request.js';
import type { SurveyOutcome } from '../activities/repair.js';
import type { Base } from '../activities/repo.js';
import type { Approval } from '../schemas/approval.js';
import type { BlobRef } from '../schemas/blob-ref.js';
import type { Estimate } from '../schemas/budget.js';
import type { Change } from '../schemas/change.js';
import type { SetLink } from '../schemas/change-set.js';
import type { Conflict } from '../schemas/conflict.js';
import type { Finding } from '../schemas/finding.js';
import type { BatchPlace } from '../schemas/merge-turn.js';
import type { Cost } from '../schemas/money.js';
import type { Outcome, StageTime } from '../schemas/outcome.js';
import type { Plan, PlanTask, TaskState } from '../schemas/plan.js';
import type { Satisfaction } from '../schemas/proof.js';
import type { TaskResult } from '../schemas/turn.js';
import type { Verdict } from '../schemas/verdict.js';
import type { FoldedSource } from '../schemas/work-item.js';
import type { CheckMoment } from './change-checks.js';
import type { Order, Question, WaitingOn } from './messages.js';
import type { MissionBudgetState } from './mission-budget.js';

// What a mission knows: plain data that continue-as-new carries.

export interface TaskRecord {
  readonly task: PlanTask;
  state: TaskState;
  detail: string;
  startedAt?: string;
  endedAt?: string;
  tried: number;
  iterations: number;
  verdicts: readonly Verdict[];
  commit?: string;
  tree?: string;
  confidence?: 'high' | 'low';
  question?: string;
  evidence?: TaskResult['evidence'];
  cost?: Cost;
  /** Of the review by models: a person decides on them at the merge. */
  findings?: readonly Finding[];
  /** No other plan can help. */
  final?: boolean;
  /** What its agent handed in last. */
  handedIn?: BlobRef;
}

/** What is known of the base before anything is planned. */
export interface Ground {
  readonly base: Base;
  readonly surveys: readonly SurveyOutcome[];
  /** Verdicts of the base, by gate. */
  readonly baseline: Readonly<Record<string, Verdict>>;
}

export interface MissionStateData {
  readonly startedAt: string;
  stage: string;
  since: string;
  readonly stages: StageTime[];
  paused: boolean;
  cancelled?: Order;
  waitingOn?: WaitingOn;
  readonly notes: string[];
  /** Earlier ones, which only the archive has. */
  notesDropped?: number;
  ground?: Ground;
  readonly plans: Plan[];
  planHash: string;
  replans: number;
  /** By node, in plan order; nodes that a later plan dropped stay, as `replaced`. */
  records: Record<string, TaskRecord>;
  change?: Change;
  /** Tree of the change that the gates have judged. */
  validated?: string;
  /** Where our branch is at the forge; null when we have not made it yet. */
  branchHead: string | null;
  head: readonly Verdict[];
  findings: readonly Finding[];
  readonly approvals: Approval[];
  proof?: ProofRefs;
  outcome?: Outcome;
  /** Where models are configured. */
  budget?: MissionBudgetState;
  /** Of the present plan, made before it was started. */
  estimate?: Estimate;
  /** What its agents have asked, and nobody has answered yet. */
  questions?: AskedQuestion[];
  /** What the hold-out scenarios said of a head. */
  satisfaction?: Satisfaction;
  /** Questions so far. */
  asked?: number;
  /** The planner has asked the reporter: it is done once. */
  askedReporter?: boolean;
  /** What it waits for besides: by scope, money of others; by workflow id, the providers' quota. */
  parked?: Record<string, WaitingOn>;
  /** At its repo's merge queue, while it wants it or has it. */
  turn?: { readonly key: string; given: boolean; batch?: BatchPlace };
  /** Of the change, when it was validated together with others. */
  batch?: BatchPlace;
  /** Conflicts with what others did so far. */
  conflicts?: number;
  /** While a task brings it together; `baseline`: what has to pass on both sides. */
  conflict?: { readonly conflict: Conflict; readonly baseline: Readonly<Record<string, Verdict>> };
  /** What either side of a conflict did, and is undone in what came of it: a person looks at it before the merge. */
  lost?: readonly Finding[];
  /** Heads that were put into the forge's own merge queue and taken out of it, and why. */
  enqueued?: readonly { readonly head: string; readonly because: string }[];
  /** What its change set has told it, where it is one of several repos. */
  set?: { readonly links: readonly SetLink[]; readonly merge: boolean };
  /** The commit that takes a merge back, where that is what it is for. */
  reverts?: { readonly commit: string; readonly tree: string };
  /** Turns wanted so far. */
  turns?: number;
  /** Where a person is at its other end. */
  run?: RunState;
  /** When people were last told something where it came from; ISO 8601. */
  lastWord?: string;
  /** How often they were told that it goes on. */
  beats?: number;
  /** All that is folded into it, once that has changed since it began. */
  alsoFrom?: readonly FoldedSource[];
  /** Of the change, on a forge that has them. */
  pullRequest?: PullRequestState;
}

/** What the mission knows of its pull request, and what it said there. */
export interface PullRequestState {
  readonly number: number;
  readonly url: string;
  /** Edits so far. */
  version: number;
  draft: boolean;
  /** What it shows, to tell whether there is anything new to say. */
  shown: string;
  /** By name: what was said last, of which commit. */
  readonly checks: Record<string, { readonly commit: string; readonly said: string; readonly version: number }>;
  moment: CheckMoment;
  /** Remarks of people, oldest first, with what was answered. */
  readonly remarks: AnsweredRemark[];
  /** Tasks that remarks have led to. */
  rounds: number;
  /** Somebody did something there since it was read last. */
  touched: boolean;
  /** Those who may not write to the repository were told that nothing is done for what they say. */
  toldOutsiders?: boolean;
  /** The forge refused to show something, which was noted once. */
  refused?: boolean;
}

export interface AnsweredRemark extends PersonsRemark {
  answer?: string;
}

/** Of an interactive mission. */
export interface RunState {
  /** Prompts that became a task, the first included. */
  prompts: number;
  /** Prompts that wait for the task before them to end. */
  readonly waiting: Order[];
  handedOver?: Order;
}

export interface AskedQuestion extends Question {
  readonly n: number;
  readonly since: string;
  answer?: string;
}
