import { condition, getExternalWorkflowHandle, setHandler } from '@temporalio/workflow';
import type { Change } from '../schemas/change.js';
import { tellPullRequest } from './mission-change.js';
import type { MissionContext } from './mission-context.js';
import { isDisturbed } from './mission-reviewers.js';
import type { MergeTurn } from './mission-turn.js';
import { partReady, setTold } from './set-messages.js';

// A mission that is one of several of an item, in as many repos: nobody merges before all can.

/** A wake-up can be lost: what people do on the pull request is looked at without one as well. */
const LOOK_MS = 15 * 60_000;

/** Registers what the set may say, before anything is awaited. */
export function listenToSet({ state }: MissionContext): void {
  setHandler(setTold, ({ links, merge }) => {
    state.data.set = { links, merge: merge || state.data.set?.merge === true };
  });
}

/** Waits until the set says that it may merge. False: something has to be looked at first. */
export async function mayMerge(context: MissionContext, change: Change, turn?: MergeTurn): Promise<boolean> {
  const { state, show } = context;
  const { inSet } = state.item;
  if (!inSet || state.data.set?.merge) return true;
  // Whoever waits behind it need not wait for other repos.
  await turn?.giveBack();
  const { pullRequest } = state.data;
  const others = inSet.repos.filter((repo) => repo !== state.item.repo);
  state.enter('change-set', { who: `the changes in ${others.join(', ')}`, what: 'that all of them are ready' });
  show();
  await getExternalWorkflowHandle(inSet.workflow).signal(partReady, {
    ...{ repo: state.item.repo, head: change.head },
    ...(pullRequest && { url: pullRequest.url }),
  });
  for (;;) {
    const { set } = state.data;
    if (set?.merge) return false;
    await tellPullRequest(context, { ready: true });
    if (pullRequest && (await isDisturbed(context, pullRequest))) return false;
    await condition(() => state.data.set !== set || pullRequest?.touched === true, LOOK_MS);
  }
}
