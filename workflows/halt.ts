import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  log,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { Halt, HaltStatus } from '../schemas/halt.js';
import { workflowId } from '../schemas/names.js';
import type { Actor } from '../schemas/signal.js';
import { resumeAll } from './messages-standing.js';
import { refuseUnclear } from './mission-messages.js';
import type { resumption } from './resumption.js';
import { rootCause } from './root-cause.js';
import { haltSteps } from './steps.js';
import { quote } from './story.js';
import { versioned } from './versioning.js';

export interface HaltInput {
  readonly by: Actor;
  readonly reason: string;
}

// It stands until it is lifted: pinned, it would be held by a build that is gone.
versioned('AUTO_UPGRADE', halt);

/**
 * Everything is halted for as long as this runs: whoever is about to pay or to act asks whether it does. It needs no
 * worker for that. Ends when somebody lifts it.
 */
export async function halt({ by, reason }: HaltInput): Promise<HaltStatus> {
  const { runId, startTime } = workflowInfo();
  const current: Halt = { id: runId, since: startTime.toISOString() };
  const status: HaltStatus = { ...current, by, reason };
  let lifted = false;
  setHandler(
    resumeAll,
    () => {
      lifted = true;
      return status;
    },
    { validator: refuseUnclear },
  );
  setCurrentDetails(`Halted by ${quote(by.name ?? by.id)}${reason ? `: ${quote(reason)}` : ''}`);
  const telling = new CancellationScope();
  try {
    // It is halted whether they are told or not: whoever was missed is refused its next step.
    void telling
      .run(() => haltSteps.tellHalted.executeWithOptions({ summary: 'Tell what runs' }, [current]))
      .catch(missed);
    await condition(() => lifted);
    telling.cancel();
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
  await CancellationScope.nonCancellable(async () => {
    // By a workflow of its own: what is told goes on at once, and this one must be over then.
    await startChild<typeof resumption>('resumption', {
      workflowId: workflowId.resumption(runId),
      args: [current],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: 'Tell what waits that it may go on',
    });
    await condition(allHandlersFinished);
  });
  return status;
}

function missed(error: Error): void {
  if (!isCancellation(error)) log.warn('not everything that runs was told of the halt', { why: rootCause(error) });
}
