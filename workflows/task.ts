import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { TaskResult } from '../schemas/turn.js';
import { cancelsInOrder } from './cancelling.js';
import { returnFunds } from './funds.js';
import { questionAnswered, taskPaused, taskStatus, taskSteered } from './messages.js';
import { TaskContext, type TaskInput } from './task-context.js';
import { change, validate } from './task-work.js';
import { versioned } from './versioning.js';

// It may wait for a person or a quota for days: it moves on to new code.
versioned('AUTO_UPGRADE', task);

/** One node of a mission's DAG: Plan-Act-Critique until its gates pass, or an honest stop. */
export async function task(input: TaskInput): Promise<TaskResult> {
  const work = new TaskContext(input, setCurrentDetails);
  setHandler(taskStatus, () => work.status());
  setHandler(taskSteered, (note) => work.steer(note));
  setHandler(taskPaused, (paused) => {
    work.paused = paused;
    if (!paused) work.resumed++;
  });
  setHandler(questionAnswered, (answer) => work.answered(answer));
  let result: TaskResult | 'rest';
  try {
    result = await (input.node.kind === 'change' ? change(work) : validate(work));
    // Cancelled here, it has to be left like anywhere else.
    if (result === 'rest') await condition(allHandlersFinished);
  } catch (error) {
    await CancellationScope.nonCancellable(() => abandon(work, error));
    throw error;
  }
  if (result !== 'rest') {
    await leave(work);
    return result;
  }
  const host = work.host.name();
  return continueAsNew<typeof task>({
    ...input,
    state: { ...work.state, ...(work.purse && { purse: work.purse.state }), ...(host !== undefined && { host }) },
  });
}

/** Closes what its agents had open, unless the code of before began to leave it. */
async function abandon(work: TaskContext, error: unknown): Promise<void> {
  if (isCancellation(error) && cancelsInOrder()) await work.release();
  await leave(work);
}

/** What was not spent goes back, and what was spent is known to the mission however the task ended. */
async function leave({ input, purse }: TaskContext): Promise<void> {
  if (purse) await returnFunds(input.item, purse);
}
