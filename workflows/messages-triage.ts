import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { SessionWord } from '../schemas/agent-session.js';
import { SESSION_EVENT, SESSION_TOLD } from '../schemas/agent-session.js';
import type { ApprovalRecord } from '../schemas/approval-record.js';
import type { Claim, ClaimAnswer, DedupeStatus, Kin } from '../schemas/claim.js';
import type { IncidentStatus } from '../schemas/incident.js';
import type { Actor, Signal } from '../schemas/signal.js';
import type { ThreadPlace } from '../schemas/thread.js';
import { THREAD_MOVED } from '../schemas/thread.js';
import type { FoldedSource } from '../schemas/work-item.js';
import type { Order, WaitingOn } from './messages.js';

// The typed messages of what comes in: triage, incidents, whose work it is, requests and threads in chat.

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

// agent-session/<id>

export const sessionEvent = defineSignal<[Signal]>(SESSION_EVENT);
export const sessionTold = defineSignal<[SessionWord]>(SESSION_TOLD);
