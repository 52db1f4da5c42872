import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import type { HousekeepingSchedule } from '../../activities/ports.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';

const EVERY = '10 minutes';
const PATIENCE_MS = 600_000;

/** The Schedule by which each sandbox host is tidied up; `client` is asked for at each call. */
export function createHousekeepingSchedule(client: () => Client): HousekeepingSchedule {
  return {
    async ensure(host) {
      const scheduleId = workflowId.housekeeping(host);
      try {
        await client().schedule.create({
          scheduleId,
          spec: { intervals: [{ every: EVERY }], jitter: '1 minute' },
          action: {
            type: 'startWorkflow',
            workflowType: 'housekeeping',
            workflowId: scheduleId,
            taskQueue: TASK_QUEUE,
            args: [{ host, patienceMs: PATIENCE_MS }],
            staticSummary: `Housekeeping on ${host}`,
          },
          // A round that takes long does the next one's work too, and one that was missed the next one makes up for.
          policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
        });
      } catch (error) {
        if (!(error instanceof ScheduleAlreadyRunning)) throw error;
        await client().schedule.getHandle(scheduleId).unpause('a worker of this host has started');
      }
    },
    async pause(host, why) {
      await client().schedule.getHandle(workflowId.housekeeping(host)).pause(why);
    },
  };
}
