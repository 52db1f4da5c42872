import type { Client } from '@temporalio/client';
import { workflowId } from '../schemas/names.js';
import { answerApproval, approvalStatus, missionStatus } from '../workflows/messages.js';

/** How a mission ended; empty while it has not. */
export interface MissionEnd {
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

export async function endOf(client: Client, item: string): Promise<MissionEnd> {
  const status = await client.workflow.getHandle(workflowId.mission(item)).query(missionStatus);
  return { result: status.outcome?.result ?? '', because: status.outcome?.because ?? '' };
}
