import { join } from 'node:path';
import { getClient } from '@temporalio/activity';
import { createArchiveActivities } from '../activities/archive.js';
import { createArchive } from '../adapters/archive/archive.js';
import { createBlobs } from '../adapters/blobs/blobs.js';
import { createHistories } from '../adapters/temporal/histories.js';
import type { Bench } from './context.js';
import { missionPair } from './mission-pair.js';

/** What keeping a mission costs: until its entry is on the disk, against an archive that answers at once. */
export const archive: Bench = {
  name: 'archive',
  run(context) {
    const state = join(context.directory, 'archive-state');
    const activities = createArchiveActivities({
      ...{ histories: createHistories(getClient), archive: createArchive(join(state, 'archive')) },
      blobs: createBlobs(join(state, 'blobs')),
      meter: { modelCall: () => undefined, missionEnded: () => undefined },
    });
    const name = 'archived / not archived';
    // The first try comes while tasks are closing, and the next half a second later: that wait is in it.
    return missionPair({ context, name, ours: { activities }, baseline: {}, time: { atMost: 2.5 } });
  },
};
