import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHousekeepingSchedule } from '../../adapters/temporal/schedules.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import type { AllActivities } from './stubs.js';

describe('housekeeping', () => {
  let server: StubbedServer;
  beforeAll(async () => {
    server = await startStubbedServer();
  });
  afterAll(() => server.close());

  const round = (host: string, activities: Partial<AllActivities> = {}) =>
    server.working(activities, async () => {
      const handle = await server.client.workflow.start('housekeeping', {
        taskQueue: TASK_QUEUE,
        workflowId: workflowId.housekeeping(host),
        args: [{ host, patienceMs: 1_000 }],
      });
      return handle.result();
    });

  it('tidies up the host that it is for', async () => {
    const tidied: string[] = [];
    const tidyHost: AllActivities['tidyHost'] = async ({ host }) => {
      tidied.push(host);
      return { processes: 0, removed: 1, quarantined: 0, removedBytes: 0, freeBytes: 1 };
    };
    expect(await round('stub', { tidyHost })).toEqual({ there: true });
    expect(tidied).toEqual(['stub']);
  });

  it('does not wait for a host that is away, and pauses its own Schedule', async () => {
    const schedule = createHousekeepingSchedule(() => server.client);
    await schedule.ensure('gone');
    const { state } = await server.client.schedule.getHandle(workflowId.housekeeping('gone')).describe();
    expect(state.paused).toBe(false);
    const away = await round('gone', { hostAway: ({ host }) => schedule.pause(host, 'no worker answered') });
    expect(away).toEqual({ there: false });
    const paused = await server.client.schedule.getHandle(workflowId.housekeeping('gone')).describe();
    expect(paused.state).toMatchObject({ paused: true, note: 'no worker answered' });

    await schedule.ensure('gone');
    const again = await server.client.schedule.getHandle(workflowId.housekeeping('gone')).describe();
    expect(again.state.paused).toBe(false);
  });

  it('skips a round while the one before is under way, and makes up for none', async () => {
    await createHousekeepingSchedule(() => server.client).ensure('busy');
    const { policies } = await server.client.schedule.getHandle(workflowId.housekeeping('busy')).describe();
    expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 60_000 });
  });
});
