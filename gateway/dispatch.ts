import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { sessionStart } from '../schemas/agent-session.js';
import { TASK_QUEUE, workflowId } from '../schemas/names.js';
import type { Actor } from '../schemas/signal.js';
import { dedupeKey, type Signal } from '../schemas/signal.js';
import { incidentOf, type TriageStart, triageStart } from '../schemas/triage-start.js';
import { changeTouched } from '../workflows/messages.js';
import { approvalTouched } from '../workflows/messages-standing.js';
import { alertsReceived, type RequestInput, signalReceived } from '../workflows/messages-triage.js';
import { createAlertBatches } from './alert-batches.js';

// The only starter of workflows, for the gateway and the CLI alike.

export interface Dispatched {
  readonly workflowId: string;
  /** `nobody-waits`: what is woken does not run: the triage of a comment, the mission of a branch, the incident of an alert. */
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
  const alerts = createAlertBatches((start) =>
    client.withDeadline(Date.now() + withinMs, () => startOrSignal(client, start)),
  );
  const send = (signal: Signal) => {
    if (signal.type === 'alert.fired') return alerts.send(signal);
    if (signal.type === 'alert.resolved') return resolve(client, signal);
    if (signal.type === 'change.touched') return touch(client, signal);
    if (signal.type.startsWith('session.')) return startOrSignal(client, sessionStart(signal, dedupeMs));
    return signal.type === 'ticket.commented'
      ? wake(client, signal)
      : startOrSignal(client, triageStart(signal, dedupeMs));
  };
  return { signal: (signal) => client.withDeadline(Date.now() + withinMs, () => send(signal)) };
}

/** One atomic step: a signal is never lost between a start and a send, and never starts a second workflow. */
async function startOrSignal(client: Client, start: TriageStart): Promise<Dispatched> {
  await client.workflow.signalWithStart<(input: object) => Promise<unknown>, [unknown]>(start.type, {
    taskQueue: TASK_QUEUE,
    workflowId: start.workflowId,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    signal: start.signal.name,
    signalArgs: [start.signal.input],
    args: [start.input],
    staticSummary: start.summary,
  });
  return { workflowId: start.workflowId, accepted: 'started-or-folded' };
}

/** What nobody knows of needs no incident to be over. */
function resolve(client: Client, signal: Signal): Promise<Dispatched> {
  const id = incidentOf(signal);
  return ifItRuns(id, client.workflow.getHandle(id).signal(alertsReceived, [signal]));
}

/** The triage of the item, and the questions about it: an answer to what somebody asked back may be what was written. */
async function wake(client: Client, signal: Signal): Promise<Dispatched> {
  const id = workflowId.triage(dedupeKey(signal));
  const woken = await ifItRuns(id, client.workflow.getHandle(id).signal(signalReceived, signal));
  const questions = workflowId.approval(signal.subject, 0).slice(0, -1);
  const query = `WorkflowId STARTS_WITH '${questions}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId: question } of client.workflow.list({ query })) {
    const told = client.workflow.getHandle(question).signal(approvalTouched, { delivery: signal.id });
    await ifItRuns(question, told);
  }
  return woken;
}

/** Tells the mission that there is something to read at the forge, and nothing of what. */
function touch(client: Client, { id: delivery, subject }: Signal): Promise<Dispatched> {
  const id = workflowId.mission(subject);
  return ifItRuns(id, client.workflow.getHandle(id).signal(changeTouched, { delivery }));
}

async function ifItRuns(id: string, told: Promise<void>): Promise<Dispatched> {
  try {
    await told;
    return { workflowId: id, accepted: 'started-or-folded' };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return { workflowId: id, accepted: 'nobody-waits' };
  }
}

export interface Requests {
  /** Returns once Temporal has it. Equal ids are one request. */
  request(id: string, input: RequestInput): Promise<void>;
}

export function createRequests(client: Client, withinMs = 2_200): Requests {
  return {
    async request(id, input) {
      const start = () =>
        client.workflow.start('request', {
          taskQueue: TASK_QUEUE,
          workflowId: workflowId.request(id),
          // Whoever presses twice asks once.
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          workflowIdConflictPolicy: 'USE_EXISTING',
          args: [input],
          staticSummary: `Asked for in chat: ${input.message.text.replace(/\s+/g, ' ').slice(0, 120)}`,
        });
      try {
        await client.withDeadline(Date.now() + withinMs, start);
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    },
  };
}

/** Between asking whether everything is halted and acting lie milliseconds: who asked before has acted by then. */
const ACTED_MS = 1_000;

export interface Halting {
  /**
   * Returns when no new call is paid and no new effect is made. Throws `WorkflowExecutionAlreadyStartedError` when
   * everything is halted already. Needs no worker.
   */
  halt(order: { readonly by: Actor; readonly reason: string }): Promise<void>;
}

export function createHalting(client: Client): Halting {
  return {
    async halt({ by, reason }) {
      await client.workflow.start('halt', {
        taskQueue: TASK_QUEUE,
        workflowId: workflowId.halt(),
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowIdConflictPolicy: 'FAIL',
        args: [{ by, reason }],
        // Read without any worker.
        memo: { by, reason },
        staticSummary: `Everything is halted${reason ? `: ${reason.slice(0, 150)}` : ''}`,
      });
      await sleep(ACTED_MS);
    },
  };
}
