import type { Client } from '@temporalio/client';
import type { Output } from '../cli/output.js';
import { terminalSink, watchMission } from '../cli/watch.js';
import { workflowId } from '../schemas/names.js';
import { eventually } from '../test/eventually.js';
import { type MissionStatus, missionStatus } from '../workflows/messages.js';

export interface Watched {
  readonly client: Client;
  readonly item: string;
  readonly output: Output;
}

/** Shows a mission from its start to its end. */
export async function watch({ client, item, output }: Watched): Promise<MissionStatus> {
  const mission = client.workflow.getHandle(workflowId.mission(item));
  await eventually(
    () => mission.query(missionStatus),
    () => true,
  );
  const status = await watchMission({ client, item, sink: terminalSink(output) });
  // The outcome is known before it is written back to the ticket.
  await mission.result();
  return status;
}
