import {
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { workflowId } from '../schemas/names.js';
import { fundsGranted, fundsReturned, fundsWanted } from './messages.js';
import { type Grant, Purse, type PurseState } from './purse.js';

/** A purse that asks the mission for more, in portions: one message covers many calls. */
export function missionPurse(item: string, state?: PurseState): Purse {
  const mission = getExternalWorkflowHandle(workflowId.mission(item));
  const holder = workflowInfo().workflowId;
  const answers: Grant[] = [];
  setHandler(fundsGranted, (grant) => {
    answers.push(grant);
  });
  return new Purse(async (wanted, spent) => {
    await mission.signal(fundsWanted, { holder, wanted, spent });
    await condition(() => answers.length > 0);
    return answers.shift() as Grant;
  }, state);
}

/** What is left goes back to the mission, and what was spent is known there. */
export async function returnFunds(item: string, purse: Purse): Promise<void> {
  const { asked, spent } = purse.state;
  if (!asked) return;
  const holder = workflowInfo().workflowId;
  try {
    await getExternalWorkflowHandle(workflowId.mission(item)).signal(fundsReturned, { holder, spent });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('the mission is gone, and nobody counts what was spent', { why: (error as Error).message });
  }
}
