import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { Change } from '../schemas/change.js';
import { PERMANENT_FAILURES } from '../schemas/failures.js';
import { conditionInTime } from './halts.js';
import { effectKey, type MissionContext, type Shipped, type Stop } from './mission-context.js';
import type { PullRequestState } from './mission-data.js';
import { landed, readPull } from './mission-reviewers.js';
import { forgeReads, forgeSteps } from './steps.js';
import { quote } from './story.js';

// A forge may have a merge queue of its own that everybody has to go through: then the change waits there as well.

/** A wake-up can be lost: it is looked at without one as well. */
const LOOK_MS = 5 * 60_000;
/** Looks at a change that is neither there nor merged, without a word why: forges tell a little late. */
const UNEXPLAINED = 3;
/** Heads that are put there; after these it is no accident any more. */
const ENTRIES = 3;
const QUEUE = "the forge's own merge queue";

/** Whether the forge said that only its own queue merges here. */
export function isQueueOnly(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof ApplicationFailure && cause.type === PERMANENT_FAILURES.MergeQueue;
}

/**
 * Puts the change there and waits until it has landed. What lands is the forge's own commit: it counts when it is what
 * was validated, or passes. Undefined: it was taken out, or has moved, and the next round has to look why.
 */
export async function joinForgeQueue(
  context: MissionContext,
  change: Change,
  to: PullRequestState,
): Promise<Shipped | Stop | undefined> {
  const { state, input } = context;
  const entries = [...(state.data.enqueued ?? [])];
  const last = entries.at(-1);
  if (last && (last.head === change.head || entries.length >= ENTRIES)) return takenOut(change, last.because);
  const where = { repo: change.repo, number: to.number };
  const before = await forgeReads.readMergeQueue.executeWithOptions({ summary: 'What does its queue say?' }, [where]);
  const put = await forgeSteps.enqueuePullRequest.executeWithOptions({ summary: `Join ${QUEUE}` }, [
    { ...where, head: change.head, effectKey: effectKey(input, `enqueue-${entries.length + 1}`) },
  ]);
  if ('moved' in put) return undefined;
  const because = await waitThere(context, to, before.removed?.id);
  if (because === undefined) return landed(context, await readPull(context, to), QUEUE);
  state.data.enqueued = [...entries, { head: change.head, because }];
  state.data.notes.push(`${QUEUE} took it out: ${quote(because)}`);
  return undefined;
}

/** Why it was taken out; undefined when it is merged. `before`: the last removal that was known then. */
async function waitThere(
  { state, show }: MissionContext,
  to: PullRequestState,
  before: string | undefined,
): Promise<string | undefined> {
  for (let unexplained = 0; ; ) {
    to.touched = false;
    const now = await forgeReads.readMergeQueue.executeWithOptions({ summary: 'Has it landed?' }, [
      { repo: state.item.repo, number: to.number },
    ]);
    if (now.state === 'merged') return undefined;
    if (now.state === 'queued') state.enter('merge-queue', { who: QUEUE, what: `its place there is ${now.position}` });
    else if (now.removed && now.removed.id !== before) return now.removed.reason;
    else if (++unexplained >= UNEXPLAINED) return 'it does not say why';
    show();
    await conditionInTime(() => to.touched, LOOK_MS);
  }
}

function takenOut({ branch }: Change, because: string): Stop {
  const evidence = [`the work is kept on branch ${branch}`];
  return { result: 'failed', because: `${QUEUE} did not merge it: ${quote(because)}`, evidence };
}
