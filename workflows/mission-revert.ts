import { workflowInfo } from '@temporalio/workflow';
import { endOf } from '../schemas/plan-end.js';
import { runGates } from './gates.js';
import type { MissionContext, Stop } from './mission-context.js';
import { steps } from './steps.js';
import { trailersOf } from './task-commit.js';

/**
 * The plan of a mission that takes a merge back: nothing is to be done but to judge it. What passed before the merge has
 * to pass without it; tests that came with it go with it.
 */
export async function planRevert(context: MissionContext, mergeCommit: string): Promise<Stop | undefined> {
  const { state, host } = context;
  const { item } = state;
  const ground = state.ground();
  const { base } = ground;
  const { before, ...start } = await steps.revertCommit.executeWithOptions({ summary: `Take back ${mergeCommit}` }, [
    {
      ...{ repo: item.repo, commit: mergeCommit, onto: base.commit, time: Math.floor(Date.now() / 1000) },
      message: `Revert ${mergeCommit}\n\n${item.problem}\n\n${trailersOf(item.key, 'revert', undefined)}`,
    },
  ]);
  const gates = base.blueprint.gates.filter(({ report }) => report !== undefined);
  const subject = { repo: item.repo, tree: before, near: base.tree, blueprint: base.blueprintRef };
  const label = 'before what is taken back';
  const verdicts = await runGates({ host, subject, gates, baseline: {}, targets: {}, label });
  const baseline = Object.fromEntries(verdicts.map((verdict) => [verdict.gate, verdict]));
  state.data.ground = { ...ground, baseline };
  state.data.reverts = start;
  const plan = {
    ...{ version: 1, goal: `The base without ${mergeCommit}`, because: 'a later part of its change set did not land' },
    ...{ assumptions: [], risks: [], tasks: endOf([], base.blueprint) },
  };
  state.adopt(plan, `${workflowInfo().firstExecutionRunId}/1`);
  return undefined;
}
