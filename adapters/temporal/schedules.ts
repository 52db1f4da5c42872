import {
  type Client,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import type { HousekeepingSchedule } from '../../activities/ports.js';
import { durationMs } from '../../schemas/duration.js';
import type { KpiSettings } from '../../schemas/kpi.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import type { Source } from '../../schemas/source.js';
import type { StallLimits } from '../../schemas/stall.js';

// What an installation does by itself, again and again. `client` is asked for at each call.

const HOUSEKEEPING = { every: '10 minutes', patienceMs: 600_000 } as const;
const STALLS = { every: '5 minutes', noWorkerMs: 5 * 60_000, retries: 8, quietMs: 30 * 60_000 } as const;

/** A round that takes long does the next one's work too, and one that was missed the next one makes up for. */
const POLICIES = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' } as const;

/** By which each sandbox host is tidied up. */
export function createHousekeepingSchedule(client: () => Client): HousekeepingSchedule {
  return {
    async ensure(host) {
      const scheduleId = workflowId.housekeeping(host);
      const existed = await ensure(client(), {
        scheduleId,
        spec: { intervals: [{ every: HOUSEKEEPING.every }], jitter: '1 minute' },
        action: {
          ...{ type: 'startWorkflow', workflowType: 'housekeeping', workflowId: scheduleId, taskQueue: TASK_QUEUE },
          args: [{ host, patienceMs: HOUSEKEEPING.patienceMs }],
          staticSummary: `Housekeeping on ${host}`,
        },
        policies: POLICIES,
      });
      if (existed) await client().schedule.getHandle(scheduleId).unpause('a worker of this host has started');
    },
    async pause(host, why) {
      await client().schedule.getHandle(workflowId.housekeeping(host)).pause(why);
    },
  };
}

/** By which work that has stopped by itself is found. */
export async function ensureStallWatch(client: Client): Promise<void> {
  const { every, ...limits } = STALLS;
  await ensure(client, {
    scheduleId: workflowId.stallWatch(),
    spec: { intervals: [{ every }], jitter: '10 seconds' },
    action: {
      ...{ type: 'startWorkflow', workflowType: 'stallWatch', taskQueue: TASK_QUEUE },
      workflowId: workflowId.stallWatch(),
      args: [limits satisfies StallLimits],
      staticSummary: 'Is anything stuck?',
    },
    policies: POLICIES,
  });
}

/** By which tickets are found that no webhook told of, in the trackers that are configured now. */
export async function ensureSweep(client: Client, sources: readonly Source[], every: string): Promise<void> {
  const scheduleId = workflowId.sweep();
  if (sources.length === 0) {
    await client.schedule
      .getHandle(scheduleId)
      .delete()
      .catch((error: unknown) => {
        if (!(error instanceof ScheduleNotFoundError)) throw error;
      });
    return;
  }
  await ensureAsNow(client, {
    scheduleId,
    spec: { intervals: [{ every: durationMs(every) }], jitter: '20 seconds' },
    action: {
      ...{ type: 'startWorkflow', workflowType: 'sweep', workflowId: scheduleId, taskQueue: TASK_QUEUE },
      args: [{ sources }],
      staticSummary: 'Did a webhook get lost?',
    },
    policies: POLICIES,
  });
}

/** By which figures are watched: those that are configured now, as they are configured now, and no others. */
export async function ensureKpis(client: Client, kpis: readonly KpiSettings[]): Promise<void> {
  const wanted = new Map(kpis.map((kpi) => [workflowId.kpi(kpi.name), kpi]));
  for await (const { scheduleId } of client.schedule.list()) {
    if (scheduleId.startsWith(workflowId.kpi('')) && !wanted.has(scheduleId)) {
      await client.schedule.getHandle(scheduleId).delete();
    }
  }
  for (const [scheduleId, kpi] of wanted) {
    await ensureAsNow(client, {
      scheduleId,
      spec: { intervals: [{ every: durationMs(kpi.every) }] },
      action: {
        ...{ type: 'startWorkflow', workflowType: 'kpi', workflowId: scheduleId, taskQueue: TASK_QUEUE },
        args: [kpi],
        staticSummary: kpi.means,
      },
      policies: POLICIES,
    });
  }
}

type Made = ScheduleOptions & { readonly action: { readonly type: 'startWorkflow'; readonly workflowId: string } };

/** One that was there before does from now on what these options say. */
async function ensureAsNow(client: Client, options: Made): Promise<void> {
  const { scheduleId, spec, action, policies } = options;
  if (!(await ensure(client, options))) return;
  await client.schedule
    .getHandle(scheduleId)
    .update(({ state }) => ({ spec, action, state, ...(policies && { policies }) }));
}

/** True when it was there before. */
async function ensure(client: Client, options: ScheduleOptions): Promise<boolean> {
  try {
    await client.schedule.create(options);
    return false;
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return true;
    throw error;
  }
}
