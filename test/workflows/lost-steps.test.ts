import { afterAll, describe, expect, it } from '@jest/globals';
import { Context } from '@temporalio/activity';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import { aliveSteps } from '../../workers/alive.js';
import { beat } from '../e2e/agent-scripts/talks.js';
import { useMissions } from './missions.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import { type AllActivities, stubs, workItem } from './stubs.js';

const MINUTES = 60_000;

describe('a step in a sandbox', () => {
  const missions = useMissions();

  it('goes on after it was lost three times in a row', async () => {
    const repair: AllActivities['repair'] = async (input) => {
      if (Context.current().info.attempt <= 3) throw new Error('lost');
      return stubs.repair(input);
    };
    const outcome = await missions.working({ repair }, async () => (await missions.start(workItem('LOST-3'))).result());
    expect(outcome).toMatchObject({ result: 'shipped' });
  });
});

describe('a light step', () => {
  const servers: StubbedServer[] = [];
  afterAll(() => Promise.all(servers.map((server) => server.close())));

  /** How often the step was begun until its mission had ended, and how many seconds that took. */
  async function begun(
    key: string,
    plugins: Parameters<typeof startStubbedServer>[0],
    first: (over: Promise<void>) => Promise<void>,
  ) {
    const server = await startStubbedServer(plugins);
    servers.push(server);
    let times = 0;
    const ended = beat();
    const readBase: AllActivities['readBase'] = async (input) => {
      times += 1;
      if (times === 1) await first(ended.waited);
      return stubs.readBase(input);
    };
    const began = performance.now();
    await server.working({ readBase }, async () => {
      const item = workItem(key);
      await server.client.workflow.execute('mission', {
        ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.mission(key), args: [{ item, attempt: 1 }] },
      });
      ended.over();
    });
    return { times, seconds: (performance.now() - began) / 1000 };
  }

  it(
    'whose worker is gone is begun again within a minute, not at the end of its time',
    async () => {
      const { times, seconds } = await begun('LOST-1', [], (over) => over);
      expect(times).toBe(2);
      expect(seconds).toBeLessThan(60);
    },
    3 * MINUTES,
  );

  it(
    'that is slow on a living worker is left alone',
    async () => {
      const { times } = await begun('SLOW-1', [aliveSteps], () => new Promise((done) => setTimeout(done, 20_000)));
      expect(times).toBe(1);
    },
    3 * MINUTES,
  );
});
