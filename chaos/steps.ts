import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { decodedPayloads } from '../adapters/temporal/client.js';
import type { StepSeen } from './observations.js';

// What histories tell about steps. Inputs are told apart by their bytes, which need not be understood.

type Event = NonNullable<Awaited<ReturnType<HistoryHandle['fetchHistory']>>['events']>[number];
type HistoryHandle = ReturnType<Client['workflow']['getHandle']>;

export interface RunSeen {
  readonly workflow: string;
  /** Not the continuation of another run. */
  readonly first: boolean;
  readonly steps: readonly StepSeen[];
}

const TYPES = ['mission', 'task', 'review', 'triage'];

/** Every run of the workflows of missions that was started since then. */
export async function readRuns(client: Client, since = new Date(0)): Promise<RunSeen[]> {
  const runs: RunSeen[] = [];
  const types = TYPES.map((type) => `WorkflowType = '${type}'`).join(' OR ');
  const query = `StartTime >= '${since.toISOString()}' AND (${types})`;
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    runs.push(await readRun(client, workflowId, events ?? []));
  }
  return runs;
}

async function readRun(client: Client, workflow: string, events: readonly Event[]): Promise<RunSeen> {
  const steps = new Map<string, { -readonly [Key in keyof StepSeen]: StepSeen[Key] }>();
  const started = events[0]?.workflowExecutionStartedEventAttributes;
  for (const event of events) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      const hash = createHash('sha256');
      // Encrypted twice, equal inputs differ.
      const payloads = await decodedPayloads(client, scheduled.input?.payloads ?? []);
      for (const { data } of payloads) hash.update(data ?? '');
      const step = scheduled.activityType?.name ?? '';
      const input = hash.digest('hex');
      steps.set(String(event.eventId), {
        ...{ workflow, step, input, scheduledAt: timeOf(event), attempts: 0, end: 'open' },
      });
      continue;
    }
    const begun = event.activityTaskStartedEventAttributes;
    if (begun) {
      const step = steps.get(String(begun.scheduledEventId));
      if (step) Object.assign(step, { startedAt: timeOf(event), attempts: begun.attempt ?? 1 });
      continue;
    }
    const [end, closed] = endOf(event);
    const step = closed && steps.get(String(closed.scheduledEventId));
    if (step && end) step.end = end === 'timed-out' && step.attempts === 0 ? 'never-started' : end;
  }
  return { workflow, first: !started?.continuedExecutionRunId, steps: [...steps.values()] };
}

function endOf(event: Event) {
  if (event.activityTaskCompletedEventAttributes)
    return ['completed', event.activityTaskCompletedEventAttributes] as const;
  if (event.activityTaskFailedEventAttributes) return ['failed', event.activityTaskFailedEventAttributes] as const;
  if (event.activityTaskTimedOutEventAttributes)
    return ['timed-out', event.activityTaskTimedOutEventAttributes] as const;
  if (event.activityTaskCanceledEventAttributes)
    return ['canceled', event.activityTaskCanceledEventAttributes] as const;
  return [undefined, undefined] as const;
}

function timeOf({ eventTime }: Event): number {
  return Number(eventTime?.seconds ?? 0) * 1000 + Math.floor((eventTime?.nanos ?? 0) / 1e6);
}
