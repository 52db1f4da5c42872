import { type Stall, type StallLimits, stallOf } from '../schemas/stall.js';
import { beating } from './host.js';
import type { RunningWork } from './ports-records.js';

/** So many are told in one round; with more, something common to all of them is wrong. */
const MOST = 50;

export interface StallsFound {
  readonly looked: number;
  readonly stalls: readonly Stall[];
}

export function createStallActivities({ work }: { readonly work: RunningWork }) {
  return {
    /** Everything that runs, and what of it has come to a stop by itself. */
    async findStalls(limits: StallLimits): Promise<StallsFound> {
      return beating(async () => {
        const stalls: Stall[] = [];
        let looked = 0;
        for await (const workflow of work.look()) {
          looked++;
          const stall = stallOf(workflow, limits, Date.now());
          if (stall && stalls.length < MOST) stalls.push(stall);
        }
        return { looked, stalls };
      });
    },
  };
}

export type StallActivities = ReturnType<typeof createStallActivities>;
