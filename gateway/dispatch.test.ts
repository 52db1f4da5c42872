import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type Temporal } from '../adapters/temporal/client.js';
import { type DevServer, startDevServer } from '../infra/dev-server.js';
import { TASK_QUEUE } from '../schemas/names.js';
import type { Signal } from '../schemas/signal.js';
import { loadConfig } from '../temporal.config.js';
import { createDispatcher, type Dispatcher } from './dispatch.js';

const { cacheDir } = loadConfig();

let stateDir: string;
let server: DevServer;
let temporal: Temporal;
let dispatcher: Dispatcher;

beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'signalbox-dispatch-'));
  server = await startDevServer({ stateDir, cacheDir, memory: true, quiet: true });
  const { address, namespace } = server;
  temporal = connect({ address, namespace, connection: { address } });
  dispatcher = createDispatcher({ client: temporal.client, dedupeMs: 1_000, withinMs: 20_000 });
});
afterAll(async () => {
  await temporal.close();
  await server.close();
  rmSync(stateDir, { recursive: true, force: true });
});

function signal(subject: string, change: Partial<Signal> = {}): Signal {
  return {
    ...{ specversion: '1.0', id: `delivery-of-${subject}`, source: 'linear', type: 'ticket.labelled', subject },
    ...{ time: '2026-01-01T00:00:00Z', datacontenttype: 'application/json', bodyhash: 'a'.repeat(64), data: {} },
    ...change,
  };
}

/** The payloads of what a workflow was sent, oldest first. */
async function sentTo(workflowId: string) {
  const { events } = await temporal.client.workflow.getHandle(workflowId).fetchHistory();
  const decode = (payload: { data?: Uint8Array | null } | undefined) =>
    JSON.parse(Buffer.from(payload?.data ?? '').toString());
  return {
    started: (events ?? []).flatMap(({ workflowExecutionStartedEventAttributes: started }) =>
      started
        ? [
            {
              type: started.workflowType?.name,
              queue: started.taskQueue?.name,
              input: decode(started.input?.payloads?.[0]),
            },
          ]
        : [],
    ),
    signals: (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: sent }) =>
      sent ? [decode(sent.input?.payloads?.[0])] : [],
    ),
  };
}

describe('something that happened on a branch of a mission', () => {
  it('wakes the mission, tells it nothing but that, and starts nothing', async () => {
    const { client } = temporal;
    await client.workflow.start('mission', { taskQueue: TASK_QUEUE, workflowId: 'mission/ENG-80', args: [{}] });
    const touched = signal('ENG-80', {
      ...{ id: 'delivery-80', source: 'github', type: 'change.touched' },
      data: { touch: { project: 'o/r', event: 'pull_request_review.submitted', number: 7, branch: 'main' } },
    });
    expect(await dispatcher.signal(touched)).toEqual({ workflowId: 'mission/ENG-80', accepted: 'started-or-folded' });
    expect((await sentTo('mission/ENG-80')).signals).toEqual([{ delivery: 'delivery-80' }]);
    expect(await dispatcher.signal({ ...touched, subject: 'ENG-81' })).toEqual({
      ...{ workflowId: 'mission/ENG-81', accepted: 'nobody-waits' },
    });
    expect(await client.workflow.count('WorkflowId = "triage/github/ENG-81"')).toMatchObject({ count: 0 });
  });
});

describe('a signal that is dispatched', () => {
  it('starts the triage of its item, and is the first thing that this hears', async () => {
    const labelled = signal('ENG-1');
    const workflowId = 'triage/linear/ENG-1';
    expect(await dispatcher.signal(labelled)).toEqual({ workflowId, accepted: 'started-or-folded' });
    expect(await sentTo(workflowId)).toEqual({
      started: [
        {
          type: 'triage',
          queue: TASK_QUEUE,
          input: {
            dedupeKey: 'linear/ENG-1',
            source: 'linear',
            subject: 'ENG-1',
            dedupeMs: 1_000,
            remindMs: 20 * 3_600_000,
            lookMs: 3_600_000,
          },
        },
      ],
      signals: [labelled],
    });
  });

  it('shows in the UI what it is about', async () => {
    await dispatcher.signal(signal('release-7', { source: 'cli', type: 'prompt.submitted' }));
    const found = await temporal.client.workflow.getHandle('triage/cli/release-7').describe();
    expect(await found.staticSummary()).toBe('Triage of cli/release-7');
  });

  it('folds into the triage that runs, also when many come at once', async () => {
    const many = Array.from({ length: 12 }, (_none, n) => signal('ENG-2', { id: `delivery-${n % 8}` }));
    await Promise.all(many.map((each) => dispatcher.signal(each)));
    const { started, signals } = await sentTo('triage/linear/ENG-2');
    expect(started).toHaveLength(1);
    expect(signals.map(({ id }) => id).toSorted()).toEqual(many.map(({ id }) => id).toSorted());
  });

  it('starts a new triage when the one before has ended', async () => {
    await dispatcher.signal(signal('ENG-3'));
    await temporal.client.workflow.getHandle('triage/linear/ENG-3').terminate();
    expect(await dispatcher.signal(signal('ENG-3'))).toMatchObject({ accepted: 'started-or-folded' });
    expect((await sentTo('triage/linear/ENG-3')).signals).toHaveLength(1);
  });
});

describe('a comment that is dispatched', () => {
  it('wakes the triage that runs', async () => {
    await dispatcher.signal(signal('ENG-4'));
    const comment = signal('ENG-4', { id: 'c1', type: 'ticket.commented' });
    expect(await dispatcher.signal(comment)).toMatchObject({ accepted: 'started-or-folded' });
    expect((await sentTo('triage/linear/ENG-4')).signals.map(({ type }) => type)).toEqual([
      'ticket.labelled',
      'ticket.commented',
    ]);
  });

  it('starts nothing when no triage runs, whether there was one or not', async () => {
    await dispatcher.signal(signal('ENG-5'));
    await temporal.client.workflow.getHandle('triage/linear/ENG-5').terminate();
    for (const subject of ['ENG-5', 'ENG-6']) {
      const comment = signal(subject, { type: 'ticket.commented' });
      const workflowId = `triage/linear/${subject}`;
      expect(await dispatcher.signal(comment)).toEqual({ workflowId, accepted: 'nobody-waits' });
    }
    await expect(temporal.client.workflow.getHandle('triage/linear/ENG-6').describe()).rejects.toThrow('not found');
  });
});

it('a namespace that the server does not know is an error, and nobody is said to wait', async () => {
  const { address } = server;
  const elsewhere = connect({ address, namespace: 'nowhere', connection: { address } });
  const { signal: send } = createDispatcher({ client: elsewhere.client, dedupeMs: 1, withinMs: 2_000 });
  await expect(send(signal('ENG-7'))).rejects.toThrow();
  await expect(send(signal('ENG-7', { type: 'ticket.commented' }))).rejects.toThrow();
  await expect(elsewhere.ping(2_000)).rejects.toThrow('nowhere');
  await elsewhere.close();
});
