import { ActivityFailure, log, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { StallActivities, StallsFound } from '../activities/stalls.js';
import type { TrackerActivities } from '../activities/tracker.js';
import type { Stall, StallLimits } from '../schemas/stall.js';
import type { ItemSource } from '../schemas/work-item.js';
import { quote, stallComment } from './story.js';
import { versioned } from './versioning.js';

const { findStalls } = proxyActivities<StallActivities>({
  // Thousands of workflows, at a few milliseconds each.
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { maximumAttempts: 2 },
});

const { comment } = proxyActivities<TrackerActivities>({
  // One HTTP call, or a few.
  startToCloseTimeout: '1 minute',
  // What can't be told in this round is told in the next one.
  scheduleToCloseTimeout: '2 minutes',
  heartbeatTimeout: '10 seconds',
});

// Nobody waits for it, and the next round comes anyway.
versioned('AUTO_UPGRADE', stallWatch);

/** One round of looking for work that has stopped by itself. Each stall is told once, however long it lasts. */
export async function stallWatch(limits: StallLimits): Promise<StallsFound> {
  const found = await findStalls.executeWithOptions({ summary: 'Look at everything that runs' }, [limits]);
  for (const stall of found.stalls) await tell(stall);
  setCurrentDetails(
    [`${found.looked} run, ${found.stalls.length} stuck`, ...found.stalls.map(line)]
      .map((one) => quote(one, 300))
      .join('\n'),
  );
  return found;
}

async function tell(stall: Stall): Promise<void> {
  const { mission, source, key } = stall;
  if (mission === undefined || source === undefined) return;
  try {
    const { already } = await comment.executeWithOptions({ summary: `${mission} is stuck: ${stall.kind}` }, [
      { source: source as ItemSource['kind'], item: mission, body: stallComment(stall), effectKey: stall.key },
    ]);
    if (!already) log.warn('stuck', { key, detail: stall.detail, said: stall.said, remedy: stall.remedy });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
  }
}

function line({ workflowId, detail, said, remedy }: Stall): string {
  return `${workflowId}: ${detail}${said === undefined ? '' : `: ${said}`}; ${remedy}`;
}
