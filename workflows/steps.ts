import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { EstimateActivities } from '../activities/estimate.js';
import type { MergeActivities } from '../activities/merge.js';
import type { ModelActivities } from '../activities/model-call.js';
import type { PlanBriefActivities } from '../activities/plan-brief.js';
import type { PlanDraftActivities } from '../activities/plan-draft.js';
import type { PlannerActivities } from '../activities/planner.js';
import type { ProofActivities } from '../activities/proof.js';
import type { RepoActivities } from '../activities/repo.js';
import type { ReviewActivities } from '../activities/review.js';
import type { ReviewBriefActivities } from '../activities/review-brief.js';
import type { ReviewFindingsActivities } from '../activities/review-findings.js';
import type { ScopeActivities } from '../activities/scopes.js';
import type { SessionActivities } from '../activities/session.js';
import type { SubmissionActivities } from '../activities/submission.js';
import type { TrackerActivities } from '../activities/tracker.js';
import type { TriageActivities } from '../activities/triage.js';
import { MODEL_QUEUE } from '../schemas/names.js';

const LOCAL: ActivityOptions = {
  // Reads and bookkeeping take seconds; a step that takes longer is stuck.
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 10 },
};

const VENDOR: ActivityOptions = {
  // One HTTP call, or a few.
  startToCloseTimeout: '1 minute',
  // A vendor may be away for hours; after a day a person has to look.
  scheduleToCloseTimeout: '24 hours',
  retry: { initialInterval: '1 second', maximumInterval: '5 minutes', maximumAttempts: 400 },
};

/** Steps that any worker can take. */
export const steps = proxyActivities<
  RepoActivities &
    EstimateActivities &
    PlanBriefActivities &
    PlanDraftActivities &
    PlannerActivities &
    ReviewActivities &
    ReviewBriefActivities &
    ReviewFindingsActivities &
    ScopeActivities &
    ProofActivities &
    SessionActivities &
    SubmissionActivities
>(LOCAL);

/** Calls of models. */
export const modelSteps = proxyActivities<ModelActivities>({
  taskQueue: MODEL_QUEUE,
  // A long answer with thinking takes minutes; what takes longer than this hangs.
  startToCloseTimeout: '20 minutes',
  // A call beats every second; ten missed beats are a dead worker.
  heartbeatTimeout: '10 seconds',
  // Providers may be away, or a quota used up, for hours; after a day a person has to look.
  scheduleToCloseTimeout: '24 hours',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: {
    ...{ initialInterval: '2 seconds', maximumInterval: '5 minutes', maximumAttempts: 400 },
    // What is silent may have been paid for: the next try needs money of its own, so the workflow decides on it.
    nonRetryableErrorTypes: ['TemporalTimeout:StartToClose', 'TemporalTimeout:Heartbeat'],
  },
});

/** Steps that a tracker or a forge takes part in. */
export const vendorSteps = proxyActivities<TrackerActivities & TriageActivities & MergeActivities>(VENDOR);
