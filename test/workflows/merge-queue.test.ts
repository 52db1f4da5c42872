import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withItsPlace } from '../../cli/merge-turn.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import type { Outcome } from '../../schemas/outcome.js';
import type { WorkItem } from '../../schemas/work-item.js';
import { cancelMission, type MissionStatus, missionStatus } from '../../workflows/messages.js';
import { type MergeQueueStatus, mergeQueueStatus } from '../../workflows/messages-standing.js';
import { eventually } from '../eventually.js';
import { answer, questionOf } from './questions.js';
import { runChain } from './run-chain.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import { type AllActivities, id, operator, person, stubs, verdict, workItem } from './stubs.js';

// Missions on one repo take turns. The repo's base is a counter here: each merge moves it.

function repoOf(name: string) {
  const log: string[] = [];
  let base = 0;
  let validations = 0;
  const baseAt = () => ({ commit: id(`${name} base ${base}`), tree: id(`${name} tree ${base}`) });
  const activities: Partial<AllActivities> = {
    readBase: async (input) => ({ ...(await stubs.readBase(input)), ...baseAt() }),
    readHead: async () => baseAt(),
    integrate: async ({ parts, message }) => {
      const ids = parts.map(({ commit }) => commit).join('');
      return { commit: id(`m${message}${ids}`.slice(-20)), tree: id(`t${base}${message}`.slice(0, 20)) };
    },
    runGate: async ({ gate, tree }) => {
      if (log.length > 0) validations++;
      return verdict(gate, tree);
    },
    mergeChange: async ({ change, mission }) => {
      // As the forge does it: compare and swap.
      if (change.baseCommit !== baseAt().commit) return { moved: baseAt().commit };
      base++;
      log.push(mission.slice('mission/'.length));
      return { merged: id(`${name} base ${base}`), already: false };
    },
  };
  return { activities, log, validations: () => validations };
}

describe('missions on one repo', () => {
  let server: StubbedServer;
  beforeAll(async () => {
    server = await startStubbedServer();
  });
  afterAll(() => server.close());

  const start = (key: string, repo: string, change: Partial<WorkItem> = {}) =>
    server.client.workflow.start('mission', {
      taskQueue: TASK_QUEUE,
      workflowId: workflowId.mission(key),
      args: [{ item: workItem(key, { repo, ...change }), attempt: 1 }],
    });
  const queueOf = (repo: string) => server.client.workflow.getHandle(workflowId.mergeQueue(repo));
  const queue = (repo: string): Promise<MergeQueueStatus | undefined> =>
    queueOf(repo)
      .query(mergeQueueStatus)
      .catch(() => undefined);
  const mission = (key: string): Promise<MissionStatus> =>
    server.client.workflow.getHandle(workflowId.mission(key)).query(missionStatus);
  /** One that looks often, where a test is about those who do not hand back. */
  const startQueue = (repo: string, more: { readonly lookMs?: number; readonly historyLimit?: number }) =>
    server.client.workflow.start('mergeQueue', {
      taskQueue: TASK_QUEUE,
      workflowId: workflowId.mergeQueue(repo),
      args: [{ repo, lookMs: 60_000, ...more }],
    });

  function gate() {
    let open: () => void = () => undefined;
    const opened = new Promise<void>((done) => {
      open = done;
    });
    return { opened, open };
  }

  it('merge one after the other, and none of them twice over', async () => {
    const repo = repoOf('Q1');
    let tried = 0;
    const { mergeChange = stubs.mergeChange } = repo.activities;
    const items = Array.from({ length: 6 }, (_none, n) => `Q1-${n}`);
    const outcomes = await server.working(
      {
        ...repo.activities,
        mergeChange: (input) => {
          tried++;
          return mergeChange(input);
        },
      },
      async () => {
        const handles = await Promise.all(items.map((item) => start(item, 'Q1')));
        return Promise.all(handles.map((handle) => handle.result() as Promise<Outcome>));
      },
    );
    expect(outcomes.map(({ result }) => result)).toEqual(items.map(() => 'shipped'));
    expect([...repo.log].sort()).toEqual(items);
    // Without turns most of them would have come to a base that had moved.
    expect(tried).toBe(items.length);
    expect(await server.working({}, () => queue('Q1'))).toMatchObject({ waiting: [], given: 6, lost: 0 });
  });

  it('say what they wait for; an incident goes before those who came earlier', async () => {
    const repo = repoOf('Q2');
    const first = gate();
    await server.working(
      {
        ...repo.activities,
        writeProof: async (input) => {
          if (input.item.key === 'Q2-a') await first.opened;
          return stubs.writeProof(input);
        },
      },
      async () => {
        const handles = [await start('Q2-a', 'Q2')];
        await eventually(
          () => queue('Q2'),
          (status) => status?.holder?.item === 'Q2-a',
        );
        for (const [n, severity] of [
          ['b', 'normal'],
          ['c', 'high'],
          ['d', 'urgent'],
        ] as const) {
          handles.push(await start(`Q2-${n}`, 'Q2', { severity }));
          await eventually(
            () => queue('Q2'),
            (status) => status?.waiting.some(({ item }) => item === `Q2-${n}`) === true,
          );
        }
        expect((await queue('Q2'))?.waiting.map(({ item }) => item)).toEqual(['Q2-d', 'Q2-b', 'Q2-c']);
        expect((await withItsPlace(server.client, await mission('Q2-b'))).waitingOn).toMatchObject({
          who: 'the merge queue of Q2',
          what: 'its turn to merge, 2 before it',
        });
        first.open();
        await Promise.all(handles.map((handle) => handle.result()));
      },
    );
    expect(repo.log).toEqual(['Q2-a', 'Q2-d', 'Q2-b', 'Q2-c']);
  });

  it('hand their turn back while a person reads, and look at the base again', async () => {
    const repo = repoOf('Q3');
    await server.working(
      {
        ...repo.activities,
        reviewChange: async ({ touches, to }) => (touches || !to ? [] : [person]),
      },
      async () => {
        const risky = await start('Q3-risky', 'Q3');
        const asked = await questionOf(server.client, 'Q3-risky', 1);
        const quick = await start('Q3-quick', 'Q3');
        const other = await questionOf(server.client, 'Q3-quick', 1);
        expect((await queue('Q3'))?.holder).toBeUndefined();
        await answer(server.client, other);
        await quick.result();
        await answer(server.client, asked);
        // What was approved is not what would be merged: the base has moved on.
        const again = await questionOf(server.client, 'Q3-risky', 2);
        expect(again.head).not.toBe(asked.head);
        await answer(server.client, again);
        expect(((await risky.result()) as Outcome).result).toBe('shipped');
      },
    );
    expect(repo.log).toEqual(['Q3-quick', 'Q3-risky']);
  });

  it('do not wait for one that was terminated, and one that was cancelled hands its turn back', async () => {
    const repo = repoOf('Q4');
    const never = gate();
    await server.working(
      {
        ...repo.activities,
        writeProof: async (input) => {
          if (input.item.key !== 'Q4-last') await never.opened;
          return stubs.writeProof(input);
        },
      },
      async () => {
        await startQueue('Q4', { lookMs: 500 });
        const lost = await start('Q4-lost', 'Q4');
        await eventually(
          () => queue('Q4'),
          (status) => status?.holder?.item === 'Q4-lost',
        );
        const cancelled = await start('Q4-cancelled', 'Q4');
        await eventually(
          () => queue('Q4'),
          (status) => status?.waiting.length === 1,
        );
        const last = await start('Q4-last', 'Q4');
        await eventually(
          () => queue('Q4'),
          (status) => status?.waiting.length === 2,
        );
        await lost.terminate('by an operator');
        await eventually(
          () => queue('Q4'),
          (status) => status?.holder?.item === 'Q4-cancelled',
        );
        await cancelled.executeUpdate(cancelMission, { args: [{ by: operator, text: '' }] });
        never.open();
        expect(((await last.result()) as Outcome).result).toBe('shipped');
        expect(await queue('Q4')).toMatchObject({ waiting: [], given: 3, lost: 1 });
      },
    );
    expect(repo.log).toEqual(['Q4-last']);
  });

  it('lose no turn when the queue continues as new', async () => {
    const repo = repoOf('Q5');
    const items = Array.from({ length: 8 }, (_none, n) => `Q5-${n}`);
    await server.working(repo.activities, async () => {
      await startQueue('Q5', { historyLimit: 15 });
      const handles = await Promise.all(items.map((item) => start(item, 'Q5')));
      await Promise.all(handles.map((handle) => handle.result()));
      expect(await queue('Q5')).toMatchObject({ waiting: [], given: 8, lost: 0 });
    });
    expect([...repo.log].sort()).toEqual(items);
    expect((await runChain(server.client, workflowId.mergeQueue('Q5'))).length).toBeGreaterThan(1);
  });
});
