import { ApplicationFailure } from '@temporalio/common';
import { PERMANENT_FAILURES } from '../schemas/failures.js';
import type { Halt } from '../schemas/halt.js';
import { transient } from './failure.js';
import { beating } from './host.js';
import type { Halts } from './ports-records.js';

/** Throws while nothing may be paid and no effect made: `Halted`, or a failure that passes when that can't be known. */
export type Permission = () => Promise<void>;

export function createPermission(halts: Halts): Permission {
  return async () => {
    let halt: Halt | undefined;
    try {
      halt = await halts.now();
    } catch (error) {
      throw transient('VendorUnavailable', `nobody says whether everything is halted: ${(error as Error).message}`);
    }
    if (!halt) return;
    throw ApplicationFailure.create({
      type: PERMANENT_FAILURES.Halted,
      message: `everything is halted since ${halt.since}: signalbox resume-all`,
      nonRetryable: true,
      details: [halt],
    });
  };
}

type Activities = Record<string, (input: never) => Promise<unknown>>;

/** The same activities, which do not begin while everything is halted. What has begun may finish. */
export function unlessHalted<All extends Activities>(permitted: Permission, activities: All): All {
  const asking = Object.entries(activities).map(([name, activity]) => [
    name,
    async (input: never) => {
      await permitted();
      return activity(input);
    },
  ]);
  return Object.fromEntries(asking) as All;
}

export function createHaltActivities({ halts }: { readonly halts: Halts }) {
  return {
    /** So that deadlines of people stand still. Whoever is missed hears of it when a step is refused. */
    async tellHalted(halt: Halt): Promise<{ readonly told: number }> {
      return beating(async () => ({ told: await halts.tell('halted', halt) }));
    },

    /** What waits goes on. Fails, to be tried again, while the halt is not over. */
    async tellLifted(halt: Halt): Promise<{ readonly told: number }> {
      return beating(async () => {
        if ((await halts.now())?.id === halt.id) throw transient('NotYet', 'the halt is not over yet');
        const until = new Date().toISOString();
        return { told: await halts.tell('haltLifted', { ...halt, until }) };
      });
    },
  };
}

export type HaltActivities = ReturnType<typeof createHaltActivities>;
