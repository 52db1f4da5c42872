import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import { PERMANENT_FAILURES } from '../schemas/failures.js';

/** Whether an activity said that two commits can't be put on each other. */
export function isConflict(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof ApplicationFailure && cause.type === PERMANENT_FAILURES.MergeConflict;
}
