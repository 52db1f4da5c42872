import { ActivityFailure, condition, getExternalWorkflowHandle, isCancellation } from '@temporalio/workflow';
import type { PullRequestNow } from '../activities/pull-request.js';
import { durationMs } from '../schemas/duration.js';
import { workflowId } from '../schemas/names.js';
import { conditionInTime, workingTime } from './halts.js';
import { approvalStale } from './messages-standing.js';
import { changeOf, validate } from './mission-branches.js';
import { tellPullRequest } from './mission-change.js';
import type { MissionContext, Shipped, Stop } from './mission-context.js';
import type { PullRequestState } from './mission-data.js';
import { buildProof } from './mission-proof.js';
import { answerRemarks, NOT_ACTED_ON, tellOutsiders } from './mission-remarks.js';
import { forgeReads, steps } from './steps.js';

// What people do to a pull request: they remark, ask for changes, close it, merge it. A wake-up says that there is
// something to read, and this is where it is read.

/** A wake-up can be lost: it is looked at without one as well. */
const LOOK_MS = 15 * 60_000;

/** Until nobody holds the change up: answers what is said, waits for who has asked for changes. */
export async function hear(context: MissionContext, to: PullRequestState): Promise<Shipped | Stop | undefined> {
  const { state, show, unpaused } = context;
  const { approvalDeadline } = state.ground().base.blueprint.policy;
  const deadline = workingTime() + durationMs(approvalDeadline);
  for (;;) {
    await unpaused();
    const now = await readPull(context, to);
    if (now.state === 'merged') return landed(context, now, 'a person');
    if (now.state === 'closed') return closedByPerson(context, to);
    const isNew = remember(to, now);
    if (!to.toldOutsiders && to.remarks.some(({ outsider }) => outsider)) await tellOutsiders(context, to);
    if (isNew) {
      await answerRemarks(context, to);
      continue;
    }
    const held = holds(now);
    if (held.length > 0)
      state.enter('people', { who: held.map(({ who }) => who).join(', '), what: 'their word on it' });
    show();
    await tellPullRequest(context, { ...(held.length > 0 && { ready: true }), moment: { held: held.map(lineOf) } });
    if (held.length === 0) return undefined;
    const left = deadline - workingTime();
    if (left <= 0) return gaveUp(context, held.map(lineOf));
    await conditionInTime(() => to.touched, Math.min(LOOK_MS, left));
  }
}

/** Whether somebody has said or done what has to be heard first. */
export async function isDisturbed(context: MissionContext, to: PullRequestState): Promise<boolean> {
  const now = await readPull(context, to);
  return now.state !== 'open' || holds(now).length > 0 || fresh(to, now).some(({ outsider }) => !outsider);
}

/**
 * Asks for an approval, and takes the question back when people say something on the pull request meanwhile: what they
 * would approve is not what they see any more.
 */
export async function whileWatched<Answer>(
  context: MissionContext,
  to: PullRequestState,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  const asked = { answered: false };
  const watching = watch(context, to, asked).catch((error: unknown) => {
    if (!(error instanceof ActivityFailure) && !isCancellation(error)) throw error;
  });
  try {
    return await ask();
  } finally {
    asked.answered = true;
    await watching;
  }
}

async function watch(context: MissionContext, to: PullRequestState, asked: { readonly answered: boolean }) {
  const { state } = context;
  const question = workflowId.approval(state.item.key, state.data.approvals.length + 1);
  for (;;) {
    await condition(() => asked.answered || to.touched, LOOK_MS);
    if (asked.answered) return;
    if (!(await isDisturbed(context, to)) || asked.answered) continue;
    // One that has just been answered needs no telling.
    await getExternalWorkflowHandle(question)
      .signal(approvalStale, { head: changeOf(state).head })
      .catch(() => undefined);
    return;
  }
}

export async function readPull({ state }: MissionContext, to: PullRequestState): Promise<PullRequestNow> {
  to.touched = false;
  return forgeReads.readPullRequest.executeWithOptions({ summary: 'What do people say on the pull request?' }, [
    { repo: state.item.repo, number: to.number },
  ]);
}

function fresh({ remarks }: PullRequestState, now: PullRequestNow): PullRequestNow['remarks'] {
  const known = new Set(remarks.map(({ id }) => id));
  return now.remarks.filter(({ id }) => !known.has(id));
}

/** Whether there is anything to answer. */
function remember(to: PullRequestState, now: PullRequestNow): boolean {
  to.remarks.push(...fresh(to, now).map((remark) => ({ ...remark, ...(remark.outsider && { answer: NOT_ACTED_ON }) })));
  return to.remarks.some(({ answer }) => answer === undefined);
}

interface Held {
  readonly who: string;
  readonly why: string;
}

function lineOf({ who, why }: Held): string {
  return `${who} ${why}`;
}

/** Our answer does not take a person's word back: they do, or who may dismiss it. */
function holds({ verdicts, protection }: PullRequestNow): Held[] {
  const against = verdicts.filter(({ verdict }) => verdict === 'changes-requested');
  const approvals = verdicts.filter(({ verdict }) => verdict === 'approved').length;
  const { requiredApprovals, codeOwnerReview } = protection;
  const needed = Math.max(requiredApprovals ?? 0, codeOwnerReview ? 1 : 0);
  return [
    ...against.map(({ author }) => ({ who: author.name ?? author.id, why: 'asks for changes' })),
    ...(approvals < needed
      ? [{ who: 'reviewers', why: `have given ${approvals} of the ${needed} approvals that the branch asks for` }]
      : []),
  ];
}

function gaveUp({ state }: MissionContext, held: readonly string[]): Stop {
  const because = `the pull request was held up to the deadline: ${held.join('; ')}`;
  return { result: 'rejected', because, evidence: [`the work is kept on branch ${changeOf(state).branch}`] };
}

function closedByPerson({ state }: MissionContext, { number }: PullRequestState): Stop {
  const because = `pull request ${number} was closed at the forge`;
  return { result: 'cancelled', because, evidence: [`the work is kept on branch ${changeOf(state).branch}`] };
}

/** What others merged counts as shipped once it is known to pass: it may be another tree than the one we judged. */
export async function landed(context: MissionContext, now: PullRequestNow, by: string): Promise<Shipped | Stop> {
  const { state } = context;
  const { mergeCommit, mergedTree } = now;
  const change = changeOf(state);
  if (mergeCommit === undefined || mergedTree === undefined) {
    const because = `${by} merged the pull request, and the forge does not say what came of it`;
    return { result: 'failed', because, evidence: [] };
  }
  const validated = mergedTree === state.data.validated && mergedTree === change.tree;
  if (!validated) {
    state.data.change = { ...change, head: mergeCommit, tree: mergedTree };
    state.enter('validating');
    const red = await validate(context, changeOf(state));
    const because = `${by} merged ${mergeCommit}, which is not what was validated, and it does not pass`;
    if (red) return { ...red, because };
  }
  state.data.proof = await steps.writeProof.executeWithOptions({ summary: 'Write the proof bundle' }, [
    buildProof(state, changeOf(state)),
  ]);
  const how = validated ? 'as it was validated' : 'as something else than was validated before; it passes';
  return { mergeCommit, because: `${change.branch} was merged by ${by}, ${how}`, evidence: [] };
}
