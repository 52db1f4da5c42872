import type { Client, WorkflowHandle } from '@temporalio/client';
import { workflowId } from '../schemas/names.js';
import { Signal } from '../schemas/signal.js';
import { triageStatus } from '../workflows/messages-triage.js';
import { runStatus } from './connect.js';

/** The triage of an item whose mission is not there yet: its question, or its reading of the item. */
export async function triageBefore(client: Client, item: string): Promise<WorkflowHandle | undefined> {
  if ((await runStatus(client, workflowId.mission(item))) === 'RUNNING') return undefined;
  for (const source of Signal.shape.source.options) {
    const handle = client.workflow.getHandle(workflowId.triage(`${source}/${item}`));
    if ((await runStatus(client, handle.workflowId)) !== 'RUNNING') continue;
    const { stage } = await handle.query(triageStatus);
    if (stage === 'assessing' || stage === 'asking' || stage === 'running') return handle;
  }
  return undefined;
}
