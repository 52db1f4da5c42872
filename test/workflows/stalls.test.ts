import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createStallActivities, type StallsFound } from '../../activities/stalls.js';
import { createRunningWork } from '../../adapters/temporal/running-work.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import { signalReceived, triageStatus } from '../../workflows/messages-triage.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import { type AllActivities, workItem } from './stubs.js';

const MINUTES = 4 * 60_000;
const LIMITS = { noWorkerMs: 500, retries: 2, quietMs: 60_000 };
const pause = (ms = 50) => new Promise((done) => setTimeout(done, ms));

describe('work that has come to a stop by itself', () => {
  let server: StubbedServer;
  const told: Parameters<AllActivities['comment']>[0][] = [];
  beforeAll(async () => {
    server = await startStubbedServer();
  });
  beforeEach(() => {
    told.length = 0;
  });
  afterAll(() => server.close());

  /** As the tracker does it: an equal key makes one comment. */
  const comment: AllActivities['comment'] = async (input) => {
    const already = told.some(({ effectKey }) => effectKey === input.effectKey);
    if (!already) told.push(input);
    return { already };
  };
  const stallsTold = () => told.filter(({ effectKey }) => effectKey.startsWith('stall/retrying/'));
  const watching = (): Partial<AllActivities> => ({
    comment,
    ...createStallActivities({ work: createRunningWork(() => server.client) }),
  });

  let round = 0;
  const look = (): Promise<StallsFound> =>
    server.client.workflow.execute('stallWatch', {
      taskQueue: TASK_QUEUE,
      workflowId: `${workflowId.stallWatch()}-${++round}`,
      args: [LIMITS],
    }) as Promise<StallsFound>;

  const start = (key: string) =>
    server.client.workflow.start('mission', {
      taskQueue: TASK_QUEUE,
      workflowId: workflowId.mission(key),
      args: [{ item: workItem(key), attempt: 1 }],
    });

  it(
    'is told once at its ticket, however often it is looked at, with what to do',
    async () => {
      const readBase: AllActivities['readBase'] = () => Promise.reject(new Error('the forge does not answer'));
      await server.working({ ...watching(), readBase }, async () => {
        const handle = await start('STALL-1');
        let stall: StallsFound['stalls'][number] | undefined;
        while (stall?.kind !== 'retrying') {
          await pause(300);
          stall = (await look()).stalls.find(({ workflowId: id }) => id === 'mission/STALL-1');
        }
        expect(stall).toMatchObject({ mission: 'STALL-1', source: 'linear' });
        expect(stall?.said).toContain('the forge does not answer');
        await look();
        expect(stallsTold()).toHaveLength(1);
        expect(stallsTold()[0]).toMatchObject({ item: 'STALL-1', source: 'linear' });
        expect(stallsTold()[0]?.body).toContain('readBase fails again and again');
        await handle.terminate();
      });
    },
    MINUTES,
  );

  it(
    'is told apart from a step that fails: here no worker is there at all',
    async () => {
      const handle = await start('STALL-2');
      await pause(1_000);
      const { findStalls } = createStallActivities({ work: createRunningWork(() => server.client) });
      const found = (await new MockActivityEnvironment().run(findStalls, LIMITS)) as StallsFound;
      expect(found.stalls).toMatchObject([
        { kind: 'no-worker', workflowId: 'mission/STALL-2', detail: 'no worker takes its own code' },
      ]);
      await handle.terminate();
    },
    MINUTES,
  );

  it(
    'is not confused with long work, with a question to a person, or with a pause',
    async () => {
      let release = (): void => undefined;
      const long = new Promise<void>((done) => {
        release = done;
      });
      const repair: AllActivities['repair'] = async () => {
        await long;
        return {
          status: 'cannot-do',
          because: 'exhausted',
          index: 0,
          tried: 1,
          evidence: { sha256: '0'.repeat(64), bytes: 0, mediaType: 'text/plain' },
        };
      };
      await server.working({ ...watching(), repair }, async () => {
        const handle = await start('STALL-3');
        await pause(1_500);
        expect((await look()).stalls.filter(({ mission }) => mission === 'STALL-3')).toEqual([]);
        release();
        await handle.result();
      });
      expect(stallsTold()).toEqual([]);
    },
    MINUTES,
  );

  it(
    'a reporter who does not answer is reminded once',
    async () => {
      const assess: AllActivities['assess'] = async ({ answers, subject }) =>
        answers.length > 0
          ? { status: 'ignored', because: `${subject} is not wanted` }
          : { status: 'incomplete', title: 't', missing: [{ field: 'expected', question: 'What should happen?' }] };
      await server.working({ comment, assess }, async () => {
        const handle = await server.client.workflow.signalWithStart('triage', {
          taskQueue: TASK_QUEUE,
          workflowId: workflowId.triage('linear/STALL-4'),
          signal: signalReceived,
          signalArgs: [
            {
              ...{
                specversion: '1.0',
                id: 'd',
                source: 'linear',
                type: 'ticket.labelled',
                subject: 'STALL-4',
                data: {},
              },
              ...{ time: '2026-11-21T10:00:00Z', datacontenttype: 'application/json', bodyhash: '0'.repeat(64) },
            } as never,
          ],
          args: [{ dedupeKey: 'linear/STALL-4', source: 'linear', subject: 'STALL-4', dedupeMs: 100, remindMs: 300 }],
        });
        while (told.length < 2) await pause();
        await pause(700);
        expect(told.map(({ effectKey }) => effectKey)).toEqual([
          expect.stringContaining('question'),
          expect.stringContaining('reminder'),
        ]);
        expect(told[1]?.body).toContain('What should happen?');
        expect((await handle.query(triageStatus)).stage).toBe('asking');
        await handle.terminate();
      });
    },
    MINUTES,
  );
});
