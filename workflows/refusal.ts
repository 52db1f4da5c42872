import { ApplicationFailure } from '@temporalio/workflow';
import { PERMANENT_FAILURES } from '../schemas/failures.js';

/** For validators of updates: what was wrong, in words for whoever sent it. */
export function refusal(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, PERMANENT_FAILURES.BadInput);
}
