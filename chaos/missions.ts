import { type Client, WorkflowFailedError } from '@temporalio/client';
import { workflowId } from '../schemas/names.js';
import type { Outcome } from '../schemas/outcome.js';
import { answerApproval, approvalStatus } from '../workflows/messages.js';

interface MissionEnd {
  readonly result: string;
  readonly because: string;
}

/** Items whose missions are closed. Throws while Temporal is away. */
export async function closedItems(client: Client, items: readonly string[]): Promise<Set<string>> {
  const closed = new Set<string>();
  const prefix = workflowId.mission('');
  const query = `WorkflowType = 'mission' AND ExecutionStatus != 'Running'`;
  for await (const run of client.workflow.list({ query })) {
    if (run.status.name !== 'CONTINUED_AS_NEW') closed.add(run.workflowId.slice(prefix.length));
  }
  return new Set(items.filter((item) => closed.has(item)));
}

/** Says yes to whatever waits for a person, as a person who is not the reporter. Throws while Temporal is away. */
export async function answerApprovals(client: Client): Promise<void> {
  const query = `WorkflowType = 'approval' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId: id } of client.workflow.list({ query })) {
    const handle = client.workflow.getHandle(id);
    const { question, state } = await handle.query(approvalStatus);
    if (state !== 'open') continue;
    const by = { id: 'cli:chaos', name: 'chaos' };
    await handle.executeUpdate(answerApproval, {
      args: [{ decision: 'approve', head: question.head, by, reason: 'asked for by chaos' }],
    });
  }
}

/** Of a mission that is closed. */
export async function endOf(client: Client, item: string): Promise<MissionEnd> {
  try {
    const { result, because } = await client.workflow.result<() => Promise<Outcome>>(workflowId.mission(item));
    return { result, because };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return { result: 'broken', because: error.cause?.message ?? error.message };
  }
}
