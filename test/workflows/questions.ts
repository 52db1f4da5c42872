import type { Client } from '@temporalio/client';
import type { ApprovalQuestion } from '../../schemas/approval.js';
import { workflowId } from '../../schemas/names.js';
import { approvalStatus } from '../../workflows/messages.js';

/** What people are asked. A mission says that it waits just before the question is there. */
export async function questionOf(client: Client, item: string, n = 1): Promise<ApprovalQuestion> {
  const handle = client.workflow.getHandle(workflowId.approval(item, n));
  for (;;) {
    const status = await handle.query(approvalStatus).catch(() => undefined);
    if (status) return status.question;
    await new Promise((done) => setTimeout(done, 25));
  }
}
