import { type ActivityOptions, patched, proxyActivities } from '@temporalio/workflow';
import type { ApprovalActivities } from '../activities/approvals.js';
import type { AskBackActivities } from '../activities/ask-back.js';
import type { ChatActivities } from '../activities/chat.js';
import type { ClaimActivities } from '../activities/claims.js';
import type { ConflictActivities } from '../activities/conflicts.js';
import type { EstimateActivities } from '../activities/estimate.js';
import type { HaltActivities } from '../activities/halt.js';
import type { IncidentActivities } from '../activities/incident.js';
import type { IncidentAnalysisActivities } from '../activities/incident-analysis.js';
import type { IncidentAnswerActivities } from '../activities/incident-answer.js';
import type { MergeActivities } from '../activities/merge.js';
import type { ModelActivities } from '../activities/model-call.js';
import type { PlanBriefActivities } from '../activities/plan-brief.js';
import type { PlanDraftActivities } from '../activities/plan-draft.js';
import type { PlannerActivities } from '../activities/planner.js';
import type { ProofActivities } from '../activities/proof.js';
import type { PullRequestActivities } from '../activities/pull-request.js';
import type { RepoActivities } from '../activities/repo.js';
import type { RevertActivities } from '../activities/reverts.js';
import type { ReviewActivities } from '../activities/review.js';
import type { ReviewBriefActivities } from '../activities/review-brief.js';
import type { ReviewFindingsActivities } from '../activities/review-findings.js';
import type { RunActivities } from '../activities/runs.js';
import type { ScopeActivities } from '../activities/scopes.js';
import type { SessionActivities } from '../activities/session.js';
import type { SignalActivities } from '../activities/signals.js';
import type { SubmissionActivities } from '../activities/submission.js';
import type { ThreadActivities } from '../activities/threads.js';
import type { TrackerActivities } from '../activities/tracker.js';
import type { TriageActivities } from '../activities/triage.js';
import type { TriageOpinionActivities } from '../activities/triage-judge.js';
import type { PartActivities } from '../activities/triage-parts.js';
import type { TriageTimeActivities } from '../activities/triage-time.js';
import { MODEL_QUEUE } from '../schemas/names.js';

/** Workers beat for these steps every two seconds (`workers/alive.ts`): one that is silent for so long is gone. */
const GONE = '15 seconds';

const LOCAL: ActivityOptions = {
  // Reads and bookkeeping take seconds; a step that takes longer is stuck.
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: GONE,
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 10 },
};

const VENDOR: ActivityOptions = {
  // One HTTP call, or a few.
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: GONE,
  // A vendor may be away for hours; after a day a person has to look.
  scheduleToCloseTimeout: '24 hours',
  retry: { initialInterval: '1 second', maximumInterval: '5 minutes', maximumAttempts: 400 },
};

/** Steps that any worker can take. */
export const steps = proxyActivities<
  RepoActivities &
    ConflictActivities &
    RevertActivities &
    Pick<ApprovalActivities, 'describeApproval'> &
    EstimateActivities &
    PlanBriefActivities &
    PlanDraftActivities &
    PlannerActivities &
    ReviewActivities &
    ReviewBriefActivities &
    ReviewFindingsActivities &
    ScopeActivities &
    ProofActivities &
    RunActivities &
    SessionActivities &
    SubmissionActivities
>(LOCAL);

/** Whether an answer counts. */
export const answerSteps = proxyActivities<
  Pick<ApprovalActivities, 'verifyAnswer' | 'mayAnswer'> & IncidentAnswerActivities
>({
  // Files, a look at the branch and maybe at who is on call.
  startToCloseTimeout: '20 seconds',
  heartbeatTimeout: GONE,
  // Somebody waits for it, and can answer again.
  scheduleToCloseTimeout: '1 minute',
  retry: { initialInterval: '1 second', maximumInterval: '5 seconds', maximumAttempts: 5 },
});

/** News of a question, in places besides the ticket. */
export const announceSteps = proxyActivities<Pick<ApprovalActivities, 'announceApproval'>>({
  ...VENDOR,
  // A few places, each with a look and a write.
  startToCloseTimeout: '2 minutes',
});

const MODEL: ActivityOptions = {
  taskQueue: MODEL_QUEUE,
  // A call beats every second; ten missed beats are a dead worker.
  heartbeatTimeout: '10 seconds',
};
/** What is silent may have been paid for. */
const SILENT = ['TemporalTimeout:StartToClose', 'TemporalTimeout:Heartbeat'];

/** Calls of models. */
export const modelSteps = proxyActivities<ModelActivities>({
  ...MODEL,
  // A long answer with thinking takes minutes; what takes longer than this hangs.
  startToCloseTimeout: '20 minutes',
  // Providers may be away, or a quota used up, for hours; after a day a person has to look.
  scheduleToCloseTimeout: '24 hours',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: {
    ...{ initialInterval: '2 seconds', maximumInterval: '5 minutes', maximumAttempts: 400 },
    // The next try needs money of its own, so the workflow decides on it.
    nonRetryableErrorTypes: SILENT,
  },
});

/** What a tracker is asked for. */
export const vendorReads = proxyActivities<TriageActivities & AskBackActivities>(VENDOR);

/** One question to a model. Nobody waits long for it: rules have an answer of their own. */
export const opinionSteps = proxyActivities<TriageOpinionActivities & IncidentAnalysisActivities>({
  ...MODEL,
  // One answer of a few thousand tokens.
  startToCloseTimeout: '3 minutes',
  // With the wait for a free worker.
  scheduleToCloseTimeout: '10 minutes',
  retry: {
    ...{ initialInterval: '2 seconds', maximumInterval: '30 seconds', maximumAttempts: 3 },
    nonRetryableErrorTypes: SILENT,
  },
});

/** Items that are begun for the parts of another one. */
export const partSteps = proxyActivities<PartActivities>(LOCAL);

/** The time that triage may take: bookkeeping, and a look at who is on call. */
export const timeSteps = proxyActivities<TriageTimeActivities>(LOCAL);

/** What an incident needs of the outside. */
export const incidentSteps = proxyActivities<IncidentActivities>(LOCAL);

/** Who works on what: asked until it is known, because two missions about one fault cost more than a wait. */
export const claimSteps = proxyActivities<ClaimActivities>({
  // A few updates of workflows, one after the other.
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: GONE,
  // Workers may be away for hours; after a day a person has to look.
  scheduleToCloseTimeout: '24 hours',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 2_000 },
});

type EffectActivities = TrackerActivities & MergeActivities;

const EFFECT: ActivityOptions = {
  ...VENDOR,
  // A look and a write, each with a limit of its own: a push has 40 seconds, the rest less.
  startToCloseTimeout: '2 minutes',
  // An effect beats every second; ten missed beats are a dead worker.
  heartbeatTimeout: '10 seconds',
};

/** What is said in a chat. */
export const chatSteps = proxyActivities<ChatActivities & SignalActivities & ThreadActivities>({
  ...EFFECT,
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});

/** Missions that were begun before went on at once when they were cancelled, whatever was on its way. */
const abandoned = proxyActivities<EffectActivities>(EFFECT);

/** A mission that is cancelled waits until the effect on its way has settled: it knows what became of it. */
const settled = proxyActivities<EffectActivities>({ ...EFFECT, cancellationType: 'WAIT_CANCELLATION_COMPLETED' });

/** False in what was begun before effects had a ledger, and is replayed. */
export function hasEffectsOnce(): boolean {
  return patched('effects-once-2026-11-21');
}

function effectSteps() {
  return hasEffectsOnce() ? settled : abandoned;
}

/** Steps that change something at a tracker or a forge. */
export const vendorSteps = {
  get comment() {
    return effectSteps().comment;
  },
  get speak() {
    return effectSteps().speak;
  },
  get setState() {
    return effectSteps().setState;
  },
  get pushBranch() {
    return effectSteps().pushBranch;
  },
  get mergeChange() {
    return effectSteps().mergeChange;
  },
};

type PullRequestReads = Pick<PullRequestActivities, 'readPullRequest' | 'readMergeQueue'>;

/** What a forge is asked about a pull request. */
export const forgeReads = proxyActivities<PullRequestReads>(VENDOR);

/** What is written on a pull request. */
export const forgeSteps = proxyActivities<Omit<PullRequestActivities, keyof PullRequestReads>>({
  ...EFFECT,
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});

/** Messages about a halt. */
export const haltSteps = proxyActivities<HaltActivities>({
  // One message for each workflow that runs, some at a time.
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '30 seconds',
  // What waits finds out by itself within a quarter of an hour.
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 60 },
});
