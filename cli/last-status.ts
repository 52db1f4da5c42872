import { WorkflowNotFoundError } from '@temporalio/client';
import { workflowId } from '../schemas/names.js';
import { type MissionStatus, missionStatus } from '../workflows/messages.js';
import type { RecordContext } from './connect.js';
import { archivedRuns, unknownMission } from './mission-record.js';

/** From the mission itself, or as it was archived at the end of its last run. Refused when nobody knows the mission. */
export async function lastStatus(
  context: RecordContext,
  mission: string,
): Promise<MissionStatus & { readonly archived: boolean }> {
  const live = await liveStatus(context, mission);
  if (live) return { ...live, archived: false };
  const said = (await archivedRuns(context, mission)).at(-1)?.said;
  if (!said) throw unknownMission(context, mission);
  // Written by the mission itself and checked against its hash.
  return { ...(said.status as MissionStatus), archived: true };
}

async function liveStatus({ client }: RecordContext, mission: string): Promise<MissionStatus | undefined> {
  try {
    return await client?.workflow.getHandle(workflowId.mission(mission)).query(missionStatus);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
