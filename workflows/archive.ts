import { proxyActivities } from '@temporalio/workflow';
import type { ArchiveActivities, ArchivedRun, RunToArchive } from '../activities/archive.js';
import { versioned } from './versioning.js';

const { archiveRun } = proxyActivities<ArchiveActivities>({
  // Reads the histories of a mission and its tasks, and writes them with their blobs.
  startToCloseTimeout: '15 minutes',
  // It says so after each history that it has read.
  heartbeatTimeout: '1 minute',
  // Long enough for people to mend a full disk, short of the retention of most servers.
  scheduleToCloseTimeout: '3 days',
  // The first attempt mostly finds the run not quite ended: this policy is the wait.
  retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute' },
});

// Nobody waits for it: left with a build that is gone, it would be lost without a word.
versioned('AUTO_UPGRADE', archive);

/** Keeps what one run of a mission did. A workflow of its own, because a run can't read its own end. */
export async function archive(run: RunToArchive): Promise<ArchivedRun> {
  return archiveRun.executeWithOptions({ summary: `Archive run ${run.runId}` }, [run]);
}
