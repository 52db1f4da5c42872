import { workflowInfo } from '@temporalio/workflow';

/** For missions: replaying a history takes more than twice as long when it is twice as long. */
export const MISSION_EVENTS = 1_500;

/** Whether a workflow has to continue as new at its next rest point. The server's own suggestion always counts. */
export function historyIsLong(limit = Number.POSITIVE_INFINITY): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > limit;
}
