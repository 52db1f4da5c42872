import { WorkflowNotFoundError } from '@temporalio/client';
import { workflowId } from '../schemas/names.js';
import type { Plan } from '../schemas/plan.js';
import { type PackedPlans, unpackPlans } from '../schemas/plan-versions.js';
import { type MissionStatus, missionPlans, missionStatus } from '../workflows/messages.js';
import type { RecordContext } from './connect.js';
import { archivedRuns, unknownMission } from './mission-record.js';

// What a mission says of itself, or said at the end of its last run. Refused when nobody knows the mission.

export async function lastStatus(
  context: RecordContext,
  mission: string,
): Promise<MissionStatus & { readonly archived: boolean }> {
  const live = await asked(() => handle(context, mission)?.query(missionStatus));
  return live ? { ...live, archived: false } : { ...(await said(context, mission)).status, archived: true };
}

export async function lastPlans(context: RecordContext, mission: string): Promise<readonly Plan[]> {
  const live = await asked(() => handle(context, mission)?.query(missionPlans));
  return unpackPlans(live ?? (await said(context, mission)).plans);
}

function handle({ client }: RecordContext, mission: string) {
  return client?.workflow.getHandle(workflowId.mission(mission));
}

/** Undefined when Temporal does not know the mission, or is not there. */
async function asked<Answer>(question: () => Promise<Answer> | undefined): Promise<Answer | undefined> {
  try {
    return await question();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** Written by the mission itself and checked against its hash. */
async function said(
  context: RecordContext,
  mission: string,
): Promise<{ readonly status: MissionStatus; readonly plans: PackedPlans }> {
  const last = (await archivedRuns(context, mission)).at(-1)?.said;
  if (!last) throw await unknownMission(context, mission);
  return { status: last.status as MissionStatus, plans: last.plans as PackedPlans };
}
