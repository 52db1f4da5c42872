import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { arrayFromPayloads, defaultPayloadConverter, type Payload } from '@temporalio/common';
import { z } from 'zod';
import { decodedPayloads } from '../adapters/temporal/client.js';
import { workflowId } from '../schemas/names.js';
import { RepairProgress } from '../schemas/repair.js';
import { type MissionStatus, type TaskStatus, type TaskView, taskStatus } from '../workflows/messages.js';
import { duration } from './text.js';

// What the tasks of a mission say of themselves: their agents' turns by query, and what a running step has got to by
// its heartbeats, which cost the workflows nothing.

/** What a model says while it says it. */
const Saying = z.object({
  model: z.string(),
  /** The last of what it says or, when `thought`, thinks; empty at every change from one to the other. */
  text: z.string(),
  /** Characters so far, of both. */
  offset: z.number(),
  thought: z.boolean(),
});
/** Of a failure, where payloads are encrypted. */
const Said = z.object({ message: z.string() });

export interface Saying extends Readonly<z.infer<typeof Saying>> {
  /** Tells one call of a model, and one attempt at it, from the next. */
  readonly call: string;
}

export interface Running {
  /** Of the repair search. */
  readonly progress?: RepairProgress;
  readonly saying?: Saying;
  /** Where models are configured. */
  readonly agents?: TaskStatus;
  /** A step that failed and is tried again: what it is, why, and when. */
  readonly trouble?: string;
}

export type RunningTasks = ReadonlyMap<string, Running>;

/** Looks at the tasks that run, and once more at each that has ended since: its last turns may be news. */
export class TaskWatch {
  readonly #client: Client;
  #open: ReadonlySet<string> | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  async look(status: MissionStatus): Promise<RunningTasks> {
    const changes = status.tasks.filter(({ task, startedAt }) => task.kind === 'change' && startedAt !== undefined);
    // Who has just come sees how the last one went.
    const before = this.#open ?? new Set(changes.slice(-1).map(({ task }) => task.id));
    const looked = changes.filter((view) => view.state === 'running' || before.has(view.task.id));
    const found = await Promise.all(
      looked.map(async (view) => [view.task.id, await lookAt(this.#client, status, view)] as const),
    );
    this.#open = new Set(changes.filter(({ state }) => state === 'running').map(({ task }) => task.id));
    return new Map(found);
  }
}

/** A task that has just ended or not yet begun has nothing to tell. */
async function lookAt(client: Client, status: MissionStatus, { task, state }: TaskView): Promise<Running> {
  const handle = client.workflow.getHandle(workflowId.task(status.item, task.id));
  const [described, agents] = await Promise.all([
    state === 'running' ? handle.describe().catch(() => undefined) : undefined,
    status.budget ? handle.query(taskStatus).catch(() => undefined) : undefined,
  ]);
  return {
    ...(described && (await heartbeats(client, described.raw))),
    ...(described && (await troubleOf(client, described.raw))),
    ...(agents && { agents }),
  };
}

/** Of the mission's own steps: its planner's calls, its ticket. Nothing when all goes well, or nobody answers. */
export async function missionTrouble(client: Client, item: string): Promise<string | undefined> {
  const described = await client.workflow
    .getHandle(workflowId.mission(item))
    .describe()
    .catch(() => undefined);
  return described && (await troubleOf(client, described.raw)).trouble;
}

type Described = WorkflowExecutionDescription['raw'];

/** The first step that failed and waits for its next try. */
async function troubleOf(client: Client, { pendingActivities }: Described): Promise<{ readonly trouble?: string }> {
  for (const { activityType, attempt, lastFailure, scheduledTime } of pendingActivities ?? []) {
    if (!lastFailure?.message || (attempt ?? 1) < 2) continue;
    const next = scheduledTime ? Number(scheduledTime.seconds) * 1_000 - Date.now() : 0;
    const when = next > 1_000 ? `, next try in ${duration(next)}` : '';
    const said = Said.safeParse(
      await firstValue(client, lastFailure.encodedAttributes && [lastFailure.encodedAttributes]),
    );
    const why = said.success ? said.data.message : lastFailure.message;
    return { trouble: `${activityType?.name} is at try ${attempt}: ${why}${when}` };
  }
  return {};
}

async function heartbeats(client: Client, { pendingActivities }: Described): Promise<Running> {
  for (const { activityId, attempt, heartbeatDetails } of pendingActivities ?? []) {
    const details = await firstValue(client, heartbeatDetails?.payloads);
    const saying = Saying.safeParse(details);
    if (saying.success) return { saying: { ...saying.data, call: `${activityId}/${attempt}` } };
    const progress = RepairProgress.safeParse(details);
    if (progress.success) return { progress: progress.data };
  }
  return {};
}

async function firstValue(client: Client, payloads: readonly Payload[] | null | undefined): Promise<unknown> {
  return arrayFromPayloads(defaultPayloadConverter, await decodedPayloads(client, payloads ?? []))[0];
}
