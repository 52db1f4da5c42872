import { ApplicationFailure } from '@temporalio/common';
import { TASK_QUEUE, workflowId } from '../schemas/names.js';
import type { ThreadStart } from '../schemas/thread.js';
import { changeTask, planOf, stubs, workItem } from '../test/workflows/stubs.js';
import { threadMoved } from '../workflows/messages-triage.js';
import type { Keep } from './standing-histories.js';

// Cases of what is told in a chat: requests, threads, and the mission that has one.

const CHANNEL = 'C0PARCELS1';
const start = (item: string): ThreadStart => ({
  ...{ item, mission: `mission/${item}/1/thread`, request: 'Mend it', everyMs: 50, tellsEnd: true },
  ...{ channel: CHANNEL, thread: null },
});
const content = (text: string) => ({ text, blocks: '[]', digest: text });

export async function recordChat(keep: Keep): Promise<void> {
  const cases = {
    'request-asked': asked,
    'thread-told': told,
    'thread-noticed': noticed,
    'thread-refused': refused,
    'thread-continued-as-new': continued,
    'mission-with-thread': missionWithThread,
  };
  for (const [name, record] of Object.entries(cases)) if (!keep.isKept(name)) await record(keep);
}

async function asked({ server, write }: Keep): Promise<void> {
  const id = workflowId.request('h-asked');
  const message = { channel: CHANNEL, text: 'Mend it', blocks: '[]' };
  const signal = {
    ...{ specversion: '1.0', id: 'h-asked', source: 'slack', type: 'prompt.submitted' },
    ...{ time: '2026-01-02T10:00:00.000Z', datacontenttype: 'application/json', bodyhash: '0'.repeat(64) },
    data: { title: 'Mend it', text: 'Mend it' },
  };
  await server.working({}, () =>
    server.client.workflow.execute('request', { taskQueue: TASK_QUEUE, workflowId: id, args: [{ message, signal }] }),
  );
  await write('request-asked', id);
}

/** A message that is posted, edited as its mission moves, and followed by the last word. */
async function told({ server, write }: Keep): Promise<void> {
  const item = 'H-60';
  let looks = 0;
  await server.working(
    {
      readThread: async () => {
        looks++;
        return { root: content(`look ${looks}`), ...(looks === 3 && { end: content('shipped') }) };
      },
    },
    async () => {
      const handle = await server.client.workflow.start('thread', {
        ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.thread(item), args: [start(item)] },
      });
      while (looks < 3) {
        await handle.signal(threadMoved, null);
        await new Promise((done) => setTimeout(done, 100));
      }
      await handle.result();
    },
  );
  await write('thread-told', workflowId.thread(item));
}

/** One that looks by itself, and tells something below its message once. */
async function noticed({ server, write }: Keep): Promise<void> {
  const item = 'incident/h-64';
  let looks = 0;
  await server.working(
    {
      readThread: async () => {
        looks++;
        const notice = { ...content('you are asked'), key: 'asked' };
        return { root: content(`look ${looks}`), lookMs: 50, notice, ...(looks === 3 && { end: content('closed') }) };
      },
    },
    () =>
      server.client.workflow.execute('thread', {
        ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.thread(item), args: [start(item)] },
      }),
  );
  await write('thread-noticed', workflowId.thread(item));
}

async function refused({ server, write }: Keep): Promise<void> {
  const item = 'H-61';
  await server.working(
    {
      readThread: async () => ({ root: content('look') }),
      postMessage: async () => {
        throw ApplicationFailure.nonRetryable('not_in_channel', 'Unauthorized');
      },
    },
    () =>
      server.client.workflow.execute('thread', {
        ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.thread(item), args: [start(item)] },
      }),
  );
  await write('thread-refused', workflowId.thread(item));
}

async function continued({ server, write }: Keep): Promise<void> {
  const item = 'H-62';
  let looks = 0;
  await server.working(
    {
      isOwnMessage: async () => true,
      readThread: async () => {
        looks++;
        return looks > 6 ? null : { root: content(`look ${looks}`) };
      },
    },
    async () => {
      const handle = await server.client.workflow.start('thread', {
        ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.thread(item) },
        args: [{ ...start(item), thread: '1790000000.000001', historyLimit: 30 }],
      });
      while (looks < 7) {
        await server.client.workflow.getHandle(handle.workflowId).signal(threadMoved, null);
        await new Promise((done) => setTimeout(done, 100));
      }
      await handle.result();
    },
  );
  await write('thread-continued-as-new', workflowId.thread(item), true);
  await write('thread-continued-run', workflowId.thread(item));
}

async function missionWithThread({ server, write }: Keep): Promise<void> {
  const item = 'H-63';
  await server.working(
    {
      planMission: async ({ version }) => ({ plan: planOf(version, [changeTask('one')]), hash: 'h' }),
      readBase: async (input) => ({ ...(await stubs.readBase(input)), chat: { channel: CHANNEL, everyMs: 50 } }),
    },
    () =>
      server.client.workflow.execute('mission', {
        ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.mission(item) },
        args: [{ item: workItem(item), attempt: 1 }],
      }),
  );
  await write('mission-with-thread', workflowId.mission(item));
}
