import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Approval, ApprovalQuestion, AskedBack, GivenApproval } from '../schemas/approval.js';
import type { ApprovalRecord } from '../schemas/approval-record.js';
import type { Halt, HaltStatus } from '../schemas/halt.js';
import type { BatchPlace, TurnWanted } from '../schemas/merge-turn.js';
import { TURN_WANTED } from '../schemas/merge-turn.js';
import type { ScopeTerms } from '../schemas/scope.js';
import type { Actor } from '../schemas/signal.js';
import type { Allowance, TrancheAnswer, TrancheReturned, TrancheWanted } from '../schemas/tranche.js';
import { MISSION_FUNDS, TRANCHE_RETURNED, TRANCHE_WANTED } from '../schemas/tranche.js';
import type { Order } from './messages.js';

// The typed messages of what missions share: halts, budgets, approvals, merge queues.

// every workflow: the interceptor of workflows/halts.ts listens

export const halted = defineSignal<[Halt]>('halted');
/** `until`: ISO 8601. */
export const haltLifted = defineSignal<[Halt & { readonly until: string }]>('haltLifted');

// halt

export const resumeAll = defineUpdate<HaltStatus, [Order]>('resumeAll');

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
