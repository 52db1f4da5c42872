import type { Change } from '../schemas/change.js';
import { durationMs } from '../schemas/duration.js';
import { changeBranch, workflowId } from '../schemas/names.js';
import { type GateRound, judgedGates, RERUNS, runGates } from './gates.js';
import { askApproval } from './mission-approval.js';
import type { MissionContext, Stop } from './mission-context.js';
import { satisfy } from './mission-holdouts.js';
import { buildProof } from './mission-proof.js';
import { isRiskier, MissionState } from './mission-state.js';
import { steps, vendorSteps } from './steps.js';

/** Rounds of "the base moved, the branch moved" before it is taken for a fight that a person must end. */
const MERGE_ROUNDS = 20;

export interface Shipped {
  readonly mergeCommit: string;
  readonly evidence: readonly string[];
}

/** Review, approval if risky, merge. Whatever moves the head sends it through validation and review again. */
export async function ship(context: MissionContext): Promise<Shipped | Stop> {
  const { state, unpaused } = context;
  begin(context);
  for (let round = 0; round < MERGE_ROUNDS; round++) {
    await unpaused();
    const red = await followBranches(context);
    if (red) return red;
    const change = changeOf(state);
    const refused =
      (await satisfy(context, change)) ?? (await review(context, change)) ?? (await approve(context, change));
    if (refused) return refused;
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

async function approve(context: MissionContext, change: Change): Promise<Stop | undefined> {
  const { state, show } = context;
  const risk = state.risk();
  const { policy } = state.ground().base.blueprint;
  const needed =
    isRiskier(risk, policy.approveAbove) || state.data.findings.some(({ severity }) => severity === 'person');
  const given = state.data.approvals.some(
    ({ question, outcome }) => question.action === 'merge' && question.head === change.head && outcome === 'approved',
  );
  if (!needed || given) return undefined;
  state.enter('approval', {
    who: 'a person who may approve',
    what: `merge of ${change.branch}: signalbox approve ${state.item.key}/${state.data.approvals.length + 1}`,
  });
  show();
  const answer = await askApproval(context, mergeQuestion(context, change));
  state.enter('approval');
  if (answer.outcome === 'approved') return undefined;
  const by = answer.by ? ` by ${answer.by.name ?? answer.by.id}` : '';
  return {
    result: 'rejected',
    because: `the merge was not approved: ${answer.outcome}${by}${answer.reason ? `, ${answer.reason}` : ''}`,
    evidence: [`the work is kept on branch ${change.branch}`],
  };
}

function mergeQuestion({ state }: MissionContext, change: Change): Parameters<typeof askApproval>[1] {
  const { policy } = state.ground().base.blueprint;
  const doubts = state
    .nodes()
    .flatMap(({ task, question }) => (question === undefined ? [] : [`${task.id}: ${question}`]));
  const findings = state.data.findings.map(({ path, message, rule }) => `${path} ${message} (${rule})`);
  const unproven = state.unproven().map((target) => `no gate reports that this test ran: ${target}`);
  const because = [...findings, ...doubts, ...unproven];
  return {
    action: 'merge',
    title: state.item.title,
    head: change.head,
    because: because.length > 0 ? because : [`the risk of the item is ${state.item.risk}`],
    recommendation:
      state.confidence() === 'high'
        ? 'All gates and scenarios pass and every other candidate that passes behaves the same: merge if the change is what the ticket means.'
        : 'Gates pass, but candidates that behave differently pass too: read the change before you merge it.',
    changedFiles: [...new Set(state.nodes().flatMap(({ task }) => task.touches))],
    reminderMs: durationMs(policy.approvalReminder),
    deadlineMs: durationMs(policy.approvalDeadline),
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
