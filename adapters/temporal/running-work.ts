import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import type { RunningWork } from '../../activities/ports-records.js';
import { workflowId as workflowIds } from '../../schemas/names.js';
import type { PendingStep, RunningWorkflow } from '../../schemas/stall.js';

/** What of an installation is work; what stands and waits by its nature (queues, budgets) is not looked at. */
const TYPES = ['mission', 'task', 'review', 'triage', 'approval', 'archive'];

interface WaitingStatus {
  readonly paused: boolean;
  readonly waitingOn?: unknown;
  readonly asked?: unknown;
}

/** Running workflows as the server sees them. `client` is asked for at each call. */
export function createRunningWork(client: () => Client): RunningWork {
  return {
    async *look() {
      const sources = new Map<string, Promise<string | undefined>>();
      const sourceOf = (mission: string) => {
        const known = sources.get(mission) ?? missionSource(client(), mission);
        sources.set(mission, known);
        return known;
      };
      const query = `WorkflowType IN (${TYPES.map((type) => `'${type}'`).join(', ')}) AND ExecutionStatus = 'Running'`;
      for await (const { workflowId, runId } of client().workflow.list({ query })) {
        const handle = client().workflow.getHandle(workflowId, runId);
        // One that ends while it is looked at is not stuck.
        const described = await handle.describe().catch(() => undefined);
        if (described?.status.name === 'RUNNING') yield await view(client(), described, sourceOf);
      }
    },
  };
}

type SourceOf = (mission: string) => Promise<string | undefined>;

async function view(
  client: Client,
  described: WorkflowExecutionDescription,
  sourceOf: SourceOf,
): Promise<RunningWorkflow> {
  const { workflowId, runId, type, raw, startTime } = described;
  const steps = (raw.pendingActivities ?? []).map(
    (step): PendingStep => ({
      id: step.activityId ?? '',
      name: step.activityType?.name ?? '',
      attempt: step.attempt ?? 1,
      scheduledAt: millis(step.scheduledTime) ?? 0,
      ...(step.lastStartedTime && Number(step.state) !== SCHEDULED && { startedAt: millis(step.lastStartedTime) ?? 0 }),
      ...(step.lastFailure?.message && { lastFailure: step.lastFailure.message.slice(0, 300) }),
    }),
  );
  const task = raw.pendingWorkflowTask;
  const children = raw.pendingChildren?.length ?? 0;
  const mission = attribute(described, 'SignalboxMission') ?? /^\w+\/([^/]+)/.exec(workflowId)?.[1];
  const source =
    attribute(described, 'SignalboxSource') ?? (mission === undefined ? undefined : await sourceOf(mission));
  // Only of the few of which nothing is under way more is asked: it costs a call each.
  const idle = type === 'mission' && steps.length === 0 && children === 0 && !task;
  const [lastEventAt, waits] = idle
    ? await Promise.all([lastEvent(client, workflowId, runId), waiting(client, workflowId)])
    : [startTime.getTime(), type !== 'mission'];
  return {
    ...{ workflowId, runId, type, steps, children, lastEventAt, waits },
    ...(mission !== undefined && { mission }),
    ...(source !== undefined && { source }),
    ...(task && { task: { attempt: task.attempt ?? 1, scheduledAt: millis(task.originalScheduledTime) ?? 0 } }),
  };
}

/** It waits for a worker, for the first time or between two tries. */
const SCHEDULED = 1;

function attribute({ typedSearchAttributes }: WorkflowExecutionDescription, name: string): string | undefined {
  const value = typedSearchAttributes.getAll().find(({ key }) => key.name === name)?.value;
  return typeof value === 'string' ? value : undefined;
}

/** Tasks and reviews do not say where their item came from; their mission does. */
async function missionSource(client: Client, mission: string): Promise<string | undefined> {
  const described = await client.workflow
    .getHandle(workflowIds.mission(mission))
    .describe()
    .catch(() => undefined);
  return described && attribute(described, 'SignalboxSource');
}

async function lastEvent(client: Client, workflowId: string, runId: string): Promise<number> {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  return millis(history?.events?.[0]?.eventTime) ?? Date.now();
}

/** Who can't answer has a worker's trouble, which shows otherwise. */
async function waiting(client: Client, workflowId: string): Promise<boolean> {
  const query = client.workflow.getHandle(workflowId).query<WaitingStatus>('missionStatus');
  const status = await query.catch(() => undefined);
  return status === undefined || status.paused || status.waitingOn !== undefined || status.asked !== undefined;
}

function millis(time: { readonly seconds?: unknown } | null | undefined): number | undefined {
  return time?.seconds === undefined || time.seconds === null ? undefined : Number(time.seconds) * 1_000;
}
