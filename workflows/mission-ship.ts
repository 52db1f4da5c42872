import { CancellationScope, patched } from '@temporalio/workflow';
import type { Change } from '../schemas/change.js';
import { changeBranch, workflowId } from '../schemas/names.js';
import { approve, needsPerson } from './mission-approval.js';
import { branchMoved, changeOf, followBranches } from './mission-branches.js';
import { hasPullRequests, openPullRequest, tellPullRequest } from './mission-change.js';
import type { MissionContext, Shipped, Stop } from './mission-context.js';
import { isQueueOnly, joinForgeQueue } from './mission-forge-queue.js';
import { satisfy } from './mission-holdouts.js';
import { buildProof } from './mission-proof.js';
import { hear, isDisturbed, whileWatched } from './mission-reviewers.js';
import { mayMerge } from './mission-set.js';
import type { MissionState } from './mission-state.js';
import { MergeTurn } from './mission-turn.js';
import { steps, vendorSteps } from './steps.js';
import { pullRequestComment } from './story.js';
import { tellSources } from './write-back.js';

/** Rounds of "the base moved, the branch moved" before it is taken for a fight that a person must end. */
const MERGE_ROUNDS = 20;

/** Review, approval if risky, merge. Whatever moves the head sends it through validation and review again. */
export async function ship(context: MissionContext): Promise<Shipped | Stop> {
  begin(context);
  if (hasPullRequests(context.state)) await present(context);
  // Missions from before there was a queue race for the base: to compare and swap is the fence for all of them.
  if (!patched('merge-queue')) return rounds(context);
  const turn = new MergeTurn(context);
  try {
    return await rounds(context, turn);
  } finally {
    await CancellationScope.nonCancellable(() => turn.giveBack());
  }
}

/** Where people find it while it waits for its turn. */
async function present(context: MissionContext): Promise<void> {
  const isNew = context.state.data.pullRequest === undefined;
  await branchMoved(context);
  await openPullRequest(context);
  if (isNew && patched('pull-request-told-2026-11-21')) await tellOfPullRequest(context);
  await tellPullRequest(context);
}

/** Once, everywhere where it came from; whoever watches at a terminal sees it there. */
async function tellOfPullRequest(context: MissionContext): Promise<void> {
  const { item, data } = context.state;
  if (item.interactive || !data.pullRequest) return;
  const word = { part: 'pull-request-opened', summary: 'Ticket: the pull request is open', milestone: true } as const;
  await tellSources(context, { ...word, body: pullRequestComment(data.pullRequest) });
}

async function rounds(context: MissionContext, turn?: MergeTurn): Promise<Shipped | Stop> {
  const { state, unpaused } = context;
  for (let round = 0; round < MERGE_ROUNDS; round++) {
    const { pullRequest } = state.data;
    const heard = pullRequest && (await hear(context, pullRequest));
    if (heard) return heard;
    await (turn ? turn.take() : unpaused());
    const red = await followBranches(context);
    if (red) return red;
    // It was given back while a conflict was brought together.
    if (turn && !state.data.turn) continue;
    const change = changeOf(state);
    const refused = (await satisfy(context, change)) ?? (await review(context, change));
    if (refused) return refused;
    if (needsPerson(state, change)) {
      // Others merge while a person reads.
      await turn?.giveBack();
      const ask = () => approve(context, change);
      const rejected = await (pullRequest ? whileWatched(context, pullRequest, ask) : ask());
      // Somebody has said something on the pull request, which is heard first.
      if (pullRequest && state.data.approvals.at(-1)?.outcome === 'stale') continue;
      if (rejected) return rejected;
      if (turn) continue;
    }
    if (pullRequest && (await isDisturbed(context, pullRequest))) {
      await turn?.giveBack();
      continue;
    }
    if (await branchMoved(context)) continue;
    if (!(await mayMerge(context, change, turn))) continue;
    const merged = await merge(context, change, turn);
    if (merged) return merged;
  }
  return {
    result: 'failed',
    because: `the base or the branch moved ${MERGE_ROUNDS} times during the merge`,
    evidence: [],
  };
}

/** What was changed and what says that it works. */
function shippedEvidence(state: MissionState): string[] {
  const changes = state.nodes().filter(({ task }) => task.kind === 'change');
  return [
    ...changes.map(({ task, detail }) => `${task.id}: ${detail}`),
    ...state.data.head.map(({ gate, outcome, reason }) => `gate ${gate}: ${outcome}, ${reason}`),
  ];
}

/** The head that the DAG ended with. */
function begin({ state, input: { attempt } }: MissionContext): void {
  const { base } = state.ground();
  const last = state.nodes().at(-1);
  if (!last?.commit || !last.tree) throw new Error('the last task of the plan left no commit');
  state.data.change ??= {
    repo: state.item.repo,
    branch: changeBranch(state.item.key, attempt),
    baseBranch: base.branch,
    baseCommit: base.commit,
    head: last.commit,
    tree: last.tree,
  };
  state.data.validated ??= last.tree;
  state.data.head = state
    .nodes()
    .filter(({ task }) => task.kind !== 'change')
    .flatMap(({ verdicts }) => verdicts);
}

async function review(context: MissionContext, change: Change): Promise<Stop | undefined> {
  const { state, show } = context;
  state.enter('review');
  show();
  const { blueprint } = state.ground().base;
  const asked = { repo: change.repo, from: change.baseCommit, to: change.head, blueprint };
  // What is taken back goes to what was there before, which needs no leave.
  state.data.findings = context.input.revert
    ? []
    : await steps.reviewChange.executeWithOptions({ summary: 'Review by rules' }, [asked]);
  const blockers = state.data.findings.filter(({ severity }) => severity === 'blocker');
  const { lost = [] } = state.data;
  state.data.findings = [...state.data.findings, ...state.nodes().flatMap(({ findings = [] }) => findings), ...lost];
  const reviewed = { head: change.head, blockers: blockers.length };
  if (state.data.pullRequest) await tellPullRequest(context, { moment: { reviewed } });
  if (blockers.length === 0) return undefined;
  return {
    result: 'failed',
    because: 'the review found what must not be merged',
    evidence: blockers.map(({ path, message }) => `${path} ${message}`),
  };
}

/** Undefined when the base has moved since the change was validated on it, or the forge's own queue took it out. */
async function merge(context: MissionContext, change: Change, turn?: MergeTurn): Promise<Shipped | Stop | undefined> {
  const { state, input, show } = context;
  state.enter('merging');
  show();
  const proof = await steps.writeProof.executeWithOptions({ summary: 'Write the proof bundle' }, [
    buildProof(state, change),
  ]);
  state.data.proof = proof;
  const approval = state.data.approvals.length > 0 ? ('given' as const) : ('not-needed' as const);
  const { pullRequest } = state.data;
  if (pullRequest) await tellPullRequest(context, { ready: true, moment: { approval } });
  try {
    const outcome = await vendorSteps.mergeChange.executeWithOptions(
      { summary: `Merge ${change.branch} into ${change.baseBranch}` },
      [
        {
          change,
          title: state.item.title,
          mission: workflowId.mission(input.item.key),
          planVersion: state.plan()?.version ?? 0,
          proof: proof.json.sha256,
          time: Math.floor(Date.now() / 1000),
          ...(pullRequest && { pullRequest: pullRequest.number }),
        },
      ],
    );
    if (!('merged' in outcome)) return undefined;
    const because = `${change.branch} is merged into ${change.baseBranch}`;
    return { mergeCommit: outcome.merged, because, evidence: shippedEvidence(state) };
  } catch (error) {
    if (!pullRequest || !isQueueOnly(error)) throw error;
  }
  // Others need not wait for what the forge does now.
  await turn?.giveBack();
  const ended = await joinForgeQueue(context, change, pullRequest);
  return ended && 'mergeCommit' in ended ? { ...ended, evidence: shippedEvidence(state) } : ended;
}
