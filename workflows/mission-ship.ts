import { CancellationScope, patched } from '@temporalio/workflow';
import type { Change } from '../schemas/change.js';
import { changeBranch, workflowId } from '../schemas/names.js';
import { type GateRound, judgedGates, RERUNS, runGates } from './gates.js';
import { approve, needsPerson } from './mission-approval.js';
import type { MissionContext, Stop } from './mission-context.js';
import { satisfy } from './mission-holdouts.js';
import { buildProof } from './mission-proof.js';
import { MissionState } from './mission-state.js';
import { MergeTurn } from './mission-turn.js';
import { steps, vendorSteps } from './steps.js';

/** Rounds of "the base moved, the branch moved" before it is taken for a fight that a person must end. */
const MERGE_ROUNDS = 20;

export interface Shipped {
  readonly mergeCommit: string;
  readonly evidence: readonly string[];
}

/** Review, approval if risky, merge. Whatever moves the head sends it through validation and review again. */
export async function ship(context: MissionContext): Promise<Shipped | Stop> {
  begin(context);
  // Missions from before there was a queue race for the base: to compare and swap is the fence for all of them.
  if (!patched('merge-queue')) return rounds(context);
  const turn = new MergeTurn(context);
  try {
    return await rounds(context, turn);
  } finally {
    await CancellationScope.nonCancellable(() => turn.giveBack());
  }
}

async function rounds(context: MissionContext, turn?: MergeTurn): Promise<Shipped | Stop> {
  const { state, unpaused } = context;
  for (let round = 0; round < MERGE_ROUNDS; round++) {
    await (turn ? turn.take() : unpaused());
    const red = await followBranches(context);
    if (red) return red;
    const change = changeOf(state);
    const refused = (await satisfy(context, change)) ?? (await review(context, change));
    if (refused) return refused;
    if (needsPerson(state, change)) {
      // Others merge while a person reads.
      await turn?.giveBack();
      const rejected = await approve(context, change);
      if (rejected) return rejected;
      if (turn) continue;
    }
    if (await branchMoved(context)) continue;
    const merged = await merge(context, change);
    if (merged) return { mergeCommit: merged, evidence: shippedEvidence(state) };
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
  state.data.head = state
    .nodes()
    .filter(({ task }) => task.kind !== 'change')
    .flatMap(({ verdicts }) => verdicts);
}

function changeOf(state: MissionState): Change {
  if (!state.data.change) throw new Error('there is no change yet');
  return state.data.change;
}

/** Takes in what others did to the base and to our branch, and validates what came of it. */
async function followBranches(context: MissionContext): Promise<Stop | undefined> {
  const { state, show } = context;
  state.enter('validating');
  show();
  const base = await steps.readHead.executeWithOptions({ summary: 'Where is the base branch now?' }, [
    { repo: state.item.repo },
  ]);
  const before = changeOf(state);
  if (base.commit !== before.baseCommit) {
    await takeIn(context, base.commit, `Bring ${before.baseBranch} into ${before.branch}`);
    state.data.change = { ...changeOf(state), baseCommit: base.commit };
  }
  await branchMoved(context);
  const change = changeOf(state);
  return change.tree === before.tree ? undefined : validate(context, change);
}

/** Puts the head on its branch; commits that a person put there meanwhile are taken in, never overwritten. */
async function branchMoved(context: MissionContext): Promise<boolean> {
  const { state } = context;
  for (let moves = 0; ; moves++) {
    const change = changeOf(state);
    const pushed = await vendorSteps.pushBranch.executeWithOptions({ summary: `Push ${change.branch}` }, [
      { change, expected: state.data.branchHead },
    ]);
    if ('pushed' in pushed) {
      state.data.branchHead = change.head;
      return moves > 0;
    }
    state.data.branchHead = pushed.moved;
    if (pushed.moved !== null)
      await takeIn(context, pushed.moved, `Take in commits that were pushed to ${change.branch}`);
  }
}

async function takeIn({ state }: MissionContext, commit: string, message: string): Promise<void> {
  const change = changeOf(state);
  const time = Math.floor(Date.now() / 1000);
  const head = await steps.integrate.executeWithOptions({ summary: message }, [
    { repo: change.repo, parts: [{ commit }, { commit: change.head }], message, time },
  ]);
  state.data.notes.push(`${message}: ${commit.slice(0, 12)}`);
  state.data.change = { ...change, head: head.commit, tree: head.tree };
}

async function validate({ state, host }: MissionContext, change: Change): Promise<Stop | undefined> {
  const { base, baseline } = state.ground();
  const { blueprint } = base;
  const subject = { repo: change.repo, tree: change.tree, near: base.tree, blueprint: base.blueprintRef };
  const targets = MissionState.targets(state.plan()?.tasks ?? []);
  const round = { host, subject, targets, label: 'after the head moved' };
  const run = (gates: GateRound) =>
    state.hasAgents() ? judgedGates(gates, { reruns: RERUNS }).then(({ verdicts }) => verdicts) : runGates(gates);
  state.data.head = [
    ...(await run({ ...round, gates: blueprint.gates, baseline })),
    ...(await run({ ...round, gates: blueprint.scenarios, baseline: {} })),
  ];
  const red = state.data.head.filter(({ outcome }) => outcome !== 'pass');
  if (red.length === 0) return undefined;
  const evidence = red.map(({ gate, outcome, reason }) => `gate ${gate}: ${outcome}, ${reason}`);
  return { result: 'failed', because: 'the head moved, and it does not pass together with what moved it', evidence };
}

async function review({ state, show }: MissionContext, change: Change): Promise<Stop | undefined> {
  state.enter('review');
  show();
  const { blueprint } = state.ground().base;
  state.data.findings = await steps.reviewChange.executeWithOptions({ summary: 'Review by rules' }, [
    { repo: change.repo, from: change.baseCommit, to: change.head, blueprint },
  ]);
  const blockers = state.data.findings.filter(({ severity }) => severity === 'blocker');
  state.data.findings = [...state.data.findings, ...state.nodes().flatMap(({ findings = [] }) => findings)];
  if (blockers.length === 0) return undefined;
  return {
    result: 'failed',
    because: 'the review found what must not be merged',
    evidence: blockers.map(({ path, message }) => `${path} ${message}`),
  };
}

/** Undefined when the base has moved since the change was validated on it. */
async function merge({ state, input, show }: MissionContext, change: Change): Promise<string | undefined> {
  state.enter('merging');
  show();
  state.data.proof = await steps.writeProof.executeWithOptions({ summary: 'Write the proof bundle' }, [
    buildProof(state, change),
  ]);
  const outcome = await vendorSteps.mergeChange.executeWithOptions(
    { summary: `Merge ${change.branch} into ${change.baseBranch}` },
    [
      {
        change,
        title: state.item.title,
        mission: workflowId.mission(input.item.key),
        planVersion: state.plan()?.version ?? 0,
        proof: state.data.proof.json.sha256,
        time: Math.floor(Date.now() / 1000),
      },
    ],
  );
  return 'merged' in outcome ? outcome.merged : undefined;
}
