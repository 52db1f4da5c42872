import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import type { ThreadStart } from '../../schemas/thread.js';
import { threadMoved, threadStatus } from '../../workflows/messages-triage.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import { type AllActivities, stubs, workItem } from './stubs.js';

let server: StubbedServer;
beforeAll(async () => {
  server = await startStubbedServer();
});
afterAll(() => server.close());

const CHANNEL = 'C0PARCELS1';
const ROOT = '1790000000.000001';
const pause = (ms = 20) => new Promise((done) => setTimeout(done, ms));
const content = (text: string) => ({ text, blocks: '[]', digest: text });

function start(item: string, change: Partial<ThreadStart & { historyLimit: number }> = {}) {
  const all = { item, mission: `mission/${item}/1`, request: 'Mend it', everyMs: 300, tellsEnd: true };
  const args = [{ ...all, channel: CHANNEL, thread: null, ...change }];
  return server.client.workflow.start('thread', { taskQueue: TASK_QUEUE, workflowId: workflowId.thread(item), args });
}

/** What is told, in order; `looks` are answered one after the other, the last of them for good. */
function chat(looks: readonly { readonly text: string; readonly end?: string }[], change: Partial<AllActivities> = {}) {
  const told: string[] = [];
  const seen = { looks: 0 };
  const activities: Partial<AllActivities> = {
    readThread: async () => {
      const look = looks[Math.min(seen.looks++, looks.length - 1)];
      if (!look) return null;
      return { root: content(look.text), ...(look.end !== undefined && { end: content(look.end) }) };
    },
    postMessage: async ({ thread, text }) => {
      told.push(`post ${thread ?? 'in the channel'}: ${text}`);
      return { message: ROOT, already: false };
    },
    editMessage: async ({ message, text, effectKey }) => {
      told.push(`edit ${message}: ${text} (${effectKey.slice(-1)})`);
      return { gone: false, already: false };
    },
    ...change,
  };
  return { told, seen, activities };
}

describe('a thread', () => {
  it('posts one message, edits it as its mission moves, and tells the end below it', async () => {
    const { told, seen, activities } = chat([
      { text: 'planning' },
      { text: 'working' },
      { text: 'done', end: 'shipped' },
    ]);
    await server.working(activities, async () => {
      const handle = await start('T-1');
      while (seen.looks < 3) {
        await handle.signal(threadMoved, null);
        await pause();
      }
      await handle.result();
    });
    expect(told).toEqual([
      'post in the channel: planning',
      `edit ${ROOT}: working (1)`,
      `edit ${ROOT}: done (2)`,
      `post ${ROOT}: shipped`,
    ]);
  });

  it('edits no more often than it may, however often its mission moves, and shows the last of it', async () => {
    let stage = 0;
    const { told, activities } = chat([]);
    activities.readThread = async () => ({
      root: content(`stage ${stage}`),
      ...(stage === 40 && { end: content('end') }),
    });
    await server.working(activities, async () => {
      const handle = await start('T-2');
      while (stage < 40) {
        stage++;
        await handle.signal(threadMoved, null);
        await pause();
      }
      await handle.result();
    });
    expect(told.length).toBeLessThan(20);
    expect(told.at(-2)).toContain('stage 40');
  });

  it('says nothing when its mission looks as before', async () => {
    const { told, seen, activities } = chat([{ text: 'same' }, { text: 'same' }, { text: 'same', end: 'shipped' }]);
    await server.working(activities, async () => {
      const handle = await start('T-3', { everyMs: 50 });
      while (seen.looks < 3) {
        await handle.signal(threadMoved, null);
        await pause();
      }
      await handle.result();
    });
    expect(told).toEqual(['post in the channel: same', `post ${ROOT}: shipped`]);
  });

  it('edits the message of a command, and replies to that of a person', async () => {
    const own = chat([{ text: 'done', end: 'x' }], { isOwnMessage: async () => true });
    await server.working(own.activities, async () => (await start('T-4', { thread: ROOT, tellsEnd: false })).result());
    expect(own.told).toEqual([`edit ${ROOT}: done (1)`]);
    const persons = chat([{ text: 'done', end: 'x' }]);
    await server.working(persons.activities, async () =>
      (await start('T-5', { thread: '1790000000.000009', tellsEnd: false })).result(),
    );
    expect(persons.told).toEqual(['post 1790000000.000009: done']);
  });

  it('knows its place for whoever asks, and keeps it when it continues as new', async () => {
    const { told, seen, activities } = chat(Array.from({ length: 30 }, (_none, n) => ({ text: `look ${n}` })));
    await server.working(activities, async () => {
      const handle = await start('T-6', { everyMs: 10, historyLimit: 30 });
      const newest = server.client.workflow.getHandle(handle.workflowId);
      while (seen.looks < 12) {
        await newest.signal(threadMoved, null);
        await pause();
      }
      expect(await newest.query(threadStatus)).toEqual({ channel: CHANNEL, thread: ROOT });
      expect((await newest.describe()).runId).not.toBe(handle.firstExecutionRunId);
      await newest.terminate();
    });
    expect(told.filter((line) => line.startsWith('post'))).toHaveLength(1);
    expect(new Set(told).size).toBe(told.length);
  });

  it.each([
    ['that the chat refuses for good is over, and its mission is not bothered', { text: 'x' }],
    ['of a mission that nobody knows any more is over', undefined],
  ])('%s', async (_what, look) => {
    const { told, activities } = chat(look ? [look] : [], {
      postMessage: async () => {
        throw ApplicationFailure.nonRetryable('not_in_channel', 'Unauthorized');
      },
    });
    await server.working(activities, async () => (await start(look ? 'T-7' : 'T-8')).result());
    expect(told).toEqual([]);
  });
});

describe('a mission', () => {
  const run = (item: string, activities: Partial<AllActivities>) =>
    server.working(activities, () =>
      server.client.workflow.execute('mission', {
        ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.mission(item) },
        args: [{ item: workItem(item), attempt: 1 }],
      }),
    );

  it('opens its thread where a chat has a place for it, and says that it moves', async () => {
    const opened: ThreadStart[] = [];
    const handle = await server.client.workflow.start('thread', {
      ...{ taskQueue: 'nobody', workflowId: workflowId.thread('T-20') },
      args: [{}],
    });
    await run('T-20', {
      openThread: async (start) => void opened.push(start),
      readBase: async (input) => ({ ...(await stubs.readBase(input)), chat: { channel: CHANNEL, everyMs: 50 } }),
    });
    expect(opened).toMatchObject([{ item: 'T-20', channel: CHANNEL, thread: null, tellsEnd: true, everyMs: 50 }]);
    const { events = [] } = await handle.fetchHistory();
    const moves = (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes).length;
    expect(moves).toBeGreaterThan(3);
    expect(moves).toBeLessThan(30);
    await handle.terminate();
  });

  it('says nothing where there is none', async () => {
    let opened = 0;
    await run('T-21', { openThread: async () => void opened++ });
    expect(opened).toBe(0);
  });
});
