import { beating } from './host.js';
import type { HousekeepingSchedule, SandboxUpkeep, TidiedHost } from './ports.js';

/** On the queue of one host: ends what was left running there, puts lost work aside, keeps the disk within limits. */
export function createUpkeepActivities({ upkeep }: { readonly upkeep: SandboxUpkeep }) {
  return {
    async tidyHost(_input: { readonly host: string }): Promise<TidiedHost> {
      return beating(async () => {
        const reaped = await upkeep.reap();
        return { ...reaped, ...(await upkeep.makeRoom()) };
      });
    },
  };
}

export type UpkeepActivities = ReturnType<typeof createUpkeepActivities>;

export function createHousekeepingActivities({ schedule }: { readonly schedule: HousekeepingSchedule }) {
  return {
    /** The host does not answer: its housekeeping waits until a worker of that name starts again. */
    async hostAway({ host }: { readonly host: string }): Promise<void> {
      await schedule.pause(host, 'no worker of this host answered');
    },
  };
}

export type HousekeepingActivities = ReturnType<typeof createHousekeepingActivities>;
