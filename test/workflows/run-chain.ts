import type { Client, WorkflowHandle } from '@temporalio/client';

export interface RunSize {
  readonly runId: string;
  readonly events: number;
  /** Of the whole history, as the server sends it. */
  readonly bytes: number;
  /** Of the largest payload in it. */
  readonly largestPayload: number;
  /** Of what it was started with. */
  readonly input: number;
}

/** Every run of a workflow, in order. */
export async function runChain(client: Client, workflowId: string): Promise<RunSize[]> {
  const newest = await client.workflow.getHandle(workflowId).describe();
  const runs: RunSize[] = [];
  let runId: string | null | undefined = newest.raw.workflowExecutionInfo?.firstRunId ?? newest.runId;
  while (runId) {
    const all = await eventsOf(client, workflowId, runId);
    const input = all[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    runs.push({
      runId,
      events: all.length,
      bytes: all.reduce((sum, event) => sum + sizeOf(event), 0),
      largestPayload: all.reduce((most, event) => Math.max(most, ...payloadSizes(event)), 0),
      input: input.reduce((sum, { data }) => sum + (data?.length ?? 0), 0),
    });
    runId = all.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return runs;
}

type Events = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>;

async function eventsOf(client: Client, workflowId: string, runId: string): Promise<Events> {
  return (await client.workflow.getHandle(workflowId, runId).fetchHistory()).events ?? [];
}

/** Close to the wire's size: what is not a payload is small. */
function sizeOf(event: object): number {
  const FRAME = 60;
  return payloadSizes(event).reduce((sum, size) => sum + size, FRAME);
}

function payloadSizes(value: unknown): number[] {
  if (typeof value !== 'object' || value === null) return [];
  if (value instanceof Uint8Array) return [value.length];
  return Object.values(value).flatMap(payloadSizes);
}
