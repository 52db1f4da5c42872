import { workflowInfo } from '@temporalio/workflow';

/**
 * Tells this workflow from an earlier one with the same id, and not its runs from each other: what an item's triage
 * counts starts anew when Temporal has forgotten it, and what it did then must not pass for what is to be done now.
 */
export function thisExecution(): string {
  return workflowInfo().firstExecutionRunId.slice(-12);
}
