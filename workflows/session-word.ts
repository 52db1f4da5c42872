import { getExternalWorkflowHandle, isCancellation } from '@temporalio/workflow';
import type { SessionSpeech } from '../schemas/agent-session.js';
import { workflowId } from '../schemas/names.js';
import { sessionTold } from './messages-triage.js';

/** What is said in the session of an agent instead of in a comment. False: it is not there, so say it elsewhere. */
export async function tellSession(
  session: string,
  as: SessionSpeech,
  { body, effectKey: key }: { readonly body: string; readonly effectKey: string },
): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(workflowId.agentSession(session)).signal(sessionTold, { as, body, key });
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return false;
  }
}
