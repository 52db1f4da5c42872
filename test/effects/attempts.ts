import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';

// Activities as Temporal runs them: attempt after attempt, each with its number and the time it was scheduled at.

const ATTEMPTS = 4;
const START_TO_CLOSE_MS = 120_000;

export interface AttemptInfo {
  /** From 1. */
  readonly attempt: number;
  /** Of the activity: equal for all of its attempts. */
  readonly activityId?: string;
  readonly startToCloseTimeoutMs?: number;
}

/** The place of one attempt; an activity with another id is another step of the same workflow. */
export function attemptAt(info: AttemptInfo): MockActivityEnvironment {
  const { attempt, activityId = '7', startToCloseTimeoutMs = START_TO_CLOSE_MS } = info;
  const scheduledAt = 1_790_000_000_000 + Number(activityId) * 1_000_000 + attempt * 1_000;
  return new MockActivityEnvironment(
    {
      ...{ attempt, activityId, startToCloseTimeoutMs },
      currentAttemptScheduledTimestampMs: scheduledAt,
      workflowExecution: { workflowId: 'mission/ENG-101', runId: '0a1b' },
    },
    // Most attempts are meant to fail.
    { logger: new DefaultLogger('ERROR') },
  );
}

/** Again while the failure is not permanent, as the retry policy does, but at once. */
export async function retried<Result>(
  run: () => Promise<Result>,
  { first = 1, activityId = '7' }: { readonly first?: number; readonly activityId?: string } = {},
): Promise<Result> {
  for (let attempt = first; ; attempt += 1) {
    try {
      return await attemptAt({ attempt, activityId }).run(run);
    } catch (error) {
      const again = error instanceof ApplicationFailure && !error.nonRetryable && attempt < first + ATTEMPTS - 1;
      if (!again) throw error;
    }
  }
}

export async function failureOf(call: Promise<unknown>): Promise<Error> {
  const failure = await call.catch((error: unknown) => error);
  if (!(failure instanceof Error)) throw new Error(`expected a failure, got ${JSON.stringify(failure)}`);
  return failure;
}
