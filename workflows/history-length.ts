import { workflowInfo } from '@temporalio/workflow';

/** Whether a workflow has to continue as new at its next rest point. The server's own suggestion always counts. */
export function historyIsLong(limit = Number.POSITIVE_INFINITY): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > limit;
}
