import { TimeoutType } from '@temporalio/common';
import { ActivityFailure, proxyActivities, setCurrentDetails, TimeoutFailure } from '@temporalio/workflow';
import type { HostedActivities } from '../activities/host.js';
import type { HousekeepingActivities, UpkeepActivities } from '../activities/housekeeping.js';
import { hostQueue } from '../schemas/names.js';
import { versioned } from './versioning.js';

const { hostAway } = proxyActivities<HousekeepingActivities>({
  // One call to Temporal.
  startToCloseTimeout: '1 minute',
  retry: { maximumAttempts: 5 },
});

export interface HousekeepingInput {
  readonly host: string;
  /** A busy host is at most a few steps behind; one that is away is not waited for: it tidies up when it starts. */
  readonly patienceMs: number;
}

export interface HousekeepingResult {
  /** Whether the host answered. */
  readonly there: boolean;
}

// Nobody waits for it, and the next round comes anyway: it is never held by a build that is gone.
versioned('AUTO_UPGRADE', housekeeping);

/** One round of housekeeping on one sandbox host, started by that host's Schedule. */
export async function housekeeping({ host, patienceMs }: HousekeepingInput): Promise<HousekeepingResult> {
  const { tidyHost } = proxyActivities<HostedActivities<UpkeepActivities>>({
    taskQueue: hostQueue(host),
    scheduleToStartTimeout: patienceMs,
    // Reading through and removing large directories takes minutes.
    startToCloseTimeout: '30 minutes',
    // It beats every second; ten missed beats are a dead worker.
    heartbeatTimeout: '10 seconds',
    retry: { maximumAttempts: 3 },
  });
  try {
    const { result } = await tidyHost.executeWithOptions({ summary: `Tidy up ${host}` }, [{ host }]);
    const { processes, removed, quarantined, removedBytes, freeBytes } = result;
    const gib = (bytes: number) => (bytes / 1024 ** 3).toFixed(1);
    setCurrentDetails(
      `ended ${processes} processes, removed ${removed} workspaces, put ${quarantined} aside; ` +
        `${gib(removedBytes)} GiB given back, ${gib(freeBytes)} GiB free`,
    );
    return { there: true };
  } catch (error) {
    if (!isAway(error)) throw error;
    await hostAway.executeWithOptions({ summary: `${host} is away` }, [{ host }]);
    setCurrentDetails(`${host} does not answer; its housekeeping is paused until it starts again`);
    return { there: false };
  }
}

function isAway(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof TimeoutFailure && cause.timeoutType === TimeoutType.SCHEDULE_TO_START;
}
