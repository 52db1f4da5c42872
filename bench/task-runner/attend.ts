import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { bindingOf } from '../../schemas/approval-record.js';
import { workflowId } from '../../schemas/names.js';
import type { Outcome } from '../../schemas/outcome.js';
import { answerMission, type MissionStatus, missionStatus, taskStatus } from '../../workflows/messages.js';
import { approvalStatus } from '../../workflows/messages-standing.js';

import type { Installation } from '../installation.js';

// Nobody is there who could answer or approve: whatever a mission asks is declined, and what it does then is its result.

const BY = { id: 'bench:tasks' };
const NOBODY =
  'Nobody can answer. Decide by what the task says and note it as an assumption, or end with cannot_do if you must know.';

export interface Attended {
  readonly outcome: Outcome;
  /** Names of the models that worked on its tasks. */
  readonly models: readonly string[];
}

/** Follows a mission to its end. `say` is told each stage once. */
export async function attend(
  { client, reject }: Pick<Installation, 'client' | 'reject'>,
  item: string,
  say: (stage: string) => void,
): Promise<Attended> {
  const mission = client.workflow.getHandle<() => Promise<Outcome>>(workflowId.mission(item));
  const ended = mission.result().then((outcome) => ({ outcome }));
  // Heard below, whenever it is.
  ended.catch(() => undefined);
  for (let stage = ''; ; ) {
    const end = await Promise.race([ended, sleep(500)]);
    if (end) return { ...end, models: await modelsOf(client, item) };
    const status = await mission.query(missionStatus).catch(() => undefined);
    if (!status) continue;
    if (status.stage !== stage) say(status.stage);
    stage = status.stage;
    if (status.waitingOn) await decline({ client, reject }, status);
  }
}

async function decline(
  { client, reject }: Pick<Installation, 'client' | 'reject'>,
  { item, asked }: MissionStatus,
): Promise<void> {
  const mission = client.workflow.getHandle(workflowId.mission(item));
  // It may have gone on meanwhile: then there is nothing to decline.
  if (asked) await mission.executeUpdate(answerMission, { args: [{ by: BY, text: NOBODY }] }).catch(() => undefined);
  for (let n = 1; ; n++) {
    const approval = client.workflow.getHandle(workflowId.approval(item, n));
    const status = await approval.query(approvalStatus).catch(() => undefined);
    if (!status) return;
    if (status.state !== 'open') continue;
    await reject(bindingOf(status.question)).catch(() => undefined);
  }
}

async function modelsOf(client: Client, item: string): Promise<string[]> {
  const status = await client.workflow.getHandle(workflowId.mission(item)).query(missionStatus);
  const turns = await Promise.all(
    status.tasks.map(async ({ task }) => {
      const handle = client.workflow.getHandle(workflowId.task(item, task.id));
      return (await handle.query(taskStatus).catch(() => undefined))?.agentTurns ?? [];
    }),
  );
  return [...new Set(turns.flat().map(({ model }) => model))];
}
