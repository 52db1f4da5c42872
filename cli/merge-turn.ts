import type { Client } from '@temporalio/client';
import { workflowId } from '../schemas/names.js';
import type { MissionStatus } from '../workflows/messages.js';
import { mergeQueueStatus } from '../workflows/messages-standing.js';

/** How many are before it is the queue's to say: the mission only knows that it waits. */
export async function withItsPlace(client: Client, status: MissionStatus): Promise<MissionStatus> {
  const { waitingOn, item, repo } = status;
  if (status.stage !== 'merge-queue' || !waitingOn) return status;
  const queue = client.workflow.getHandle(workflowId.mergeQueue(repo));
  // A queue that does not answer is no reason to show nothing.
  const known = await queue.query(mergeQueueStatus).catch(() => undefined);
  const place = known?.waiting.findIndex((waiting) => waiting.item === item) ?? -1;
  if (!known || place < 0) return status;
  const before = place + (known.holder ? 1 : 0);
  return { ...status, waitingOn: { ...waitingOn, what: `${waitingOn.what}, ${before} before it` } };
}
