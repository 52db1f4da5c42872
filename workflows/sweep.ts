import { ActivityFailure, proxyActivities, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { Seen, SweepActivities, Swept } from '../activities/sweep.js';
import type { Source } from '../schemas/source.js';
import { versioned } from './versioning.js';

const { sweepTickets } = proxyActivities<SweepActivities>({
  // A few pages of a search, and a question to Temporal for each item that has changed.
  startToCloseTimeout: '5 minutes',
  // It beats every second; ten missed beats are a dead worker.
  heartbeatTimeout: '10 seconds',
  // The next round looks again.
  retry: { initialInterval: '2 seconds', maximumInterval: '1 minute', maximumAttempts: 3 },
});

export interface SweepInput {
  readonly sources: readonly Source[];
}

/** What each tracker had when it was last looked at. */
export type SweepState = Readonly<Partial<Record<Source, Seen>>>;

// A round is seconds long, and the next one runs on new code anyway.
versioned('AUTO_UPGRADE', sweep);

/**
 * One round of looking for what a lost webhook would have told. Its Schedule hands each round what the one before has
 * seen, so that only what has changed is looked into; where that is lost everything is.
 */
export async function sweep({ sources }: SweepInput): Promise<SweepState> {
  const before = (workflowInfo().lastResult ?? {}) as SweepState;
  const rounds = await Promise.all(sources.map((source) => round(source, before[source] ?? {})));
  setCurrentDetails(rounds.map(({ said }) => said).join('\n'));
  return Object.fromEntries(rounds.map(({ source, seen }) => [source, seen]));
}

async function round(source: Source, before: Seen) {
  try {
    const swept = await sweepTickets.executeWithOptions({ summary: `Sweep ${source}` }, [{ source, before }]);
    return { source, seen: swept.seen, said: `- ${source}: ${described(swept)}` };
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return { source, seen: before, said: `- ${source} could not be looked through: ${error.cause?.message ?? ''}` };
  }
}

function described({ seen, started, woken }: Swept): string {
  const parts = [
    `${Object.keys(seen).length} open`,
    ...(started.length > 0 ? [`nobody had told us of ${started.join(', ')}`] : []),
    ...(woken.length > 0 ? [`changed: ${woken.join(', ')}`] : []),
  ];
  return parts.join('; ');
}
