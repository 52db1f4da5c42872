import { workflowId } from '../schemas/names.js';
import type { WorkItem } from '../schemas/work-item.js';
import { answer, questionOf } from '../test/workflows/questions.js';
import type { StubbedServer } from '../test/workflows/server.js';
import { type AllActivities, operator } from '../test/workflows/stubs.js';
import { cancelMission, type MissionStatus, missionStatus } from '../workflows/messages.js';

// What a case of a kept history is made of.

export interface Case {
  readonly item: string;
  readonly ticket?: Partial<WorkItem>;
  readonly activities: Partial<AllActivities>;
  readonly input?: Record<string, unknown>;
  readonly drive?: (server: StubbedServer, item: string) => Promise<void>;
  /** File name -> the workflow whose history it is; `first` is the first run of a chain. */
  readonly keep: Readonly<Record<string, Kept>>;
}

interface Kept {
  /** Its id; the archive's is made of the mission's run. */
  readonly workflow: string | ((runId: string) => string);
  readonly first?: true;
}

export const mission = (item: string) => ({ workflow: workflowId.mission(item) });
export const task = (item: string, node: string) => ({ workflow: workflowId.task(item, node) });
export async function approve(at: StubbedServer, item: string, n = 1): Promise<void> {
  await waitFor(at, item, ({ waitingOn }) => waitingOn !== undefined);
  await answer(at.client, await questionOf(at.client, item, n), { reason: 'read it' });
}

export async function cancel(at: StubbedServer, item: string): Promise<void> {
  await waitFor(at, item, ({ tasks }) => tasks.some(({ state }) => state === 'running'));
  await at.client.workflow
    .getHandle(workflowId.mission(item))
    .executeUpdate(cancelMission, { args: [{ by: operator, text: 'not needed' }] });
}

export async function waitFor(
  at: StubbedServer,
  item: string,
  holds: (status: MissionStatus) => boolean,
): Promise<void> {
  const handle = at.client.workflow.getHandle(workflowId.mission(item));
  while (!holds(await handle.query(missionStatus))) await pause();
}

export function pause(): Promise<void> {
  return new Promise((done) => setTimeout(done, 50));
}
