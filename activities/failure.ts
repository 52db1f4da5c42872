import { ApplicationFailure } from '@temporalio/common';
import {
  PERMANENT_FAILURES,
  type PermanentFailure,
  TRANSIENT_FAILURES,
  type TransientFailure,
} from '../schemas/failures.js';

/** A failure that no retry can mend: the message says what to do. `details` are for the workflow. */
export function permanent(type: PermanentFailure, message: string, ...details: unknown[]): ApplicationFailure {
  return ApplicationFailure.create({ type: PERMANENT_FAILURES[type], message, nonRetryable: true, details });
}

/** A failure that the activity's retry policy may outlast; `retryAfterMs` in place of the policy's own interval. */
export function transient(type: TransientFailure, message: string, retryAfterMs?: number): ApplicationFailure {
  return ApplicationFailure.create({
    type: TRANSIENT_FAILURES[type],
    message,
    ...(retryAfterMs !== undefined && { nextRetryDelay: retryAfterMs }),
  });
}
