import { patched } from '@temporalio/workflow';
import type { Change } from '../schemas/change.js';
import { type GateRound, judgedGates, RERUNS, runGates } from './gates.js';
import { isConflict } from './merge-conflict.js';
import { tellPullRequest } from './mission-change.js';
import { resolveConflict } from './mission-conflicts.js';
import type { MissionContext, Stop } from './mission-context.js';
import { MissionState } from './mission-state.js';
import { steps, vendorSteps } from './steps.js';
import { trailersOf } from './task-commit.js';

// What others do to the base and to our branch while a change is on its way.

export function changeOf(state: MissionState): Change {
  if (!state.data.change) throw new Error('there is no change yet');
  return state.data.change;
}

/** Takes in what others did to the base and to our branch, and validates what came of it. */
export async function followBranches(context: MissionContext): Promise<Stop | undefined> {
  const { state, show } = context;
  state.enter('validating');
  show();
  const base = await steps.readHead.executeWithOptions({ summary: 'Where is the base branch now?' }, [
    { repo: state.item.repo },
  ]);
  const before = changeOf(state);
  const { validated } = state.data;
  if (base.commit !== before.baseCommit) {
    await takeIn(context, base.commit, `Bring ${before.baseBranch} into ${before.branch}`);
    state.data.change = { ...changeOf(state), baseCommit: base.commit };
  }
  await branchMoved(context);
  const change = changeOf(state);
  // Whoever brought a conflict together has had it judged.
  if (state.data.validated !== validated && change.tree === state.data.validated) return undefined;
  if (change.tree !== before.tree) return isValidated(context, change) ? undefined : validate(context, change);
  // What came between the validation and the merge was taken in before this round.
  if (change.tree !== state.data.validated && patched('validate-what-was-taken-in')) return validate(context, change);
  return undefined;
}

/** The queue has had this very tree judged, together with those that come after it. */
function isValidated({ state }: MissionContext, change: Change): boolean {
  const batch = state.data.turn?.batch;
  if (batch?.tree !== change.tree) return false;
  state.data.batch = batch;
  state.data.head = batch.verdicts;
  state.data.validated = change.tree;
  state.data.notes.push(`validated together: ${batch.items.join(', ')}`);
  return true;
}

/** Puts the head on its branch; commits that a person put there meanwhile are taken in, never overwritten. */
export async function branchMoved(context: MissionContext): Promise<boolean> {
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

async function takeIn(context: MissionContext, commit: string, message: string): Promise<void> {
  try {
    await bringIn(context, commit, message);
  } catch (error) {
    // Missions of before were given back with it.
    if (!isConflict(error) || !patched('conflicts-resolved-2026-11-21')) throw error;
    await resolveConflict(context, { change: changeOf(context.state), taken: commit, message });
  }
}

async function bringIn({ state }: MissionContext, commit: string, message: string): Promise<void> {
  const change = changeOf(state);
  const time = Math.floor(Date.now() / 1000);
  const head = await steps.integrate.executeWithOptions({ summary: message }, [
    {
      ...{ repo: change.repo, parts: [{ commit }, { commit: change.head }], time },
      message: `${message}\n\n${trailersOf(state.item.key, 'branches', undefined)}`,
    },
  ]);
  state.data.notes.push(`${message}: ${commit.slice(0, 12)}`);
  state.data.change = { ...change, head: head.commit, tree: head.tree };
}

export async function validate(context: MissionContext, change: Change): Promise<Stop | undefined> {
  const { state, host } = context;
  if (state.data.pullRequest) await tellPullRequest(context, { moment: { validating: true } });
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
  state.data.validated = change.tree;
  if (state.data.pullRequest) await tellPullRequest(context, { moment: { validating: false } });
  const red = state.data.head.filter(({ outcome }) => outcome !== 'pass');
  if (red.length === 0) return undefined;
  const evidence = red.map(({ gate, outcome, reason }) => `gate ${gate}: ${outcome}, ${reason}`);
  return { result: 'failed', because: 'the head moved, and it does not pass together with what moved it', evidence };
}
