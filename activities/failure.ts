import { ApplicationFailure } from '@temporalio/common';
import {
  PERMANENT_FAILURES,
  type PermanentFailure,
  TRANSIENT_FAILURES,
  type TransientFailure,
} from '../schemas/failures.js';

/** A failure that no retry can mend: the message says what to do. */
export function permanent(type: PermanentFailure, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: PERMANENT_FAILURES[type], message, nonRetryable: true });
}

/** A failure that the activity's retry policy may outlast. */
export function transient(type: TransientFailure, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: TRANSIENT_FAILURES[type], message });
}
