import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { TASK_QUEUE, workflowId } from '../schemas/names.js';
import { dedupeKey, type Signal } from '../schemas/signal.js';
import { signalReceived, type TriageInput } from '../workflows/messages.js';

// The only starter of workflows, for the gateway and the CLI alike.

export interface Dispatched {
  readonly workflowId: string;
  /** `nobody-waits`: a comment on an item without a running triage; there is nothing to wake. */
  readonly accepted: 'started-or-folded' | 'nobody-waits';
}

export interface Dispatcher {
  /** Returns once Temporal has the signal; throws in bounded time when it can't have it. */
  signal(signal: Signal): Promise<Dispatched>;
}

export interface DispatcherOptions {
  readonly client: Client;
  readonly dedupeMs: number;
  /** Providers give up a delivery after about 5 s, so the answer must come well before. */
  readonly withinMs?: number;
}

export function createDispatcher({ client, dedupeMs, withinMs = 3_000 }: DispatcherOptions): Dispatcher {
  const send = (signal: Signal) =>
    signal.type === 'ticket.commented' ? wake(client, signal) : startOrFold(client, signal, dedupeMs);
  return { signal: (signal) => client.withDeadline(Date.now() + withinMs, () => send(signal)) };
}

/** One atomic step: a signal is never lost between a start and a send, and never starts a second triage. */
async function startOrFold(client: Client, signal: Signal, dedupeMs: number): Promise<Dispatched> {
  const { source, subject } = signal;
  const key = dedupeKey(signal);
  const id = workflowId.triage(key);
  await client.workflow.signalWithStart<(input: TriageInput) => Promise<unknown>, [Signal]>('triage', {
    taskQueue: TASK_QUEUE,
    workflowId: id,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    signal: signalReceived,
    signalArgs: [signal],
    args: [{ dedupeKey: key, source, subject, dedupeMs }],
    staticSummary: `Triage of ${key}`,
  });
  return { workflowId: id, accepted: 'started-or-folded' };
}

async function wake(client: Client, signal: Signal): Promise<Dispatched> {
  const id = workflowId.triage(dedupeKey(signal));
  try {
    await client.workflow.getHandle(id).signal(signalReceived, signal);
    return { workflowId: id, accepted: 'started-or-folded' };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return { workflowId: id, accepted: 'nobody-waits' };
  }
}
