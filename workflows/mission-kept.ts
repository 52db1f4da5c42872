import { ActivityFailure } from '@temporalio/workflow';
import { changeBranch } from '../schemas/names.js';
import type { MissionContext } from './mission-context.js';
import type { TaskRecord } from './mission-data.js';
import { vendorSteps } from './steps.js';

/** A mission that stops with more unmerged work than this has it in the depot only. */
const BRANCHES = 10;

/**
 * Puts what agents made and nobody merged on branches, one per task, where people find it. Says where; the commits stay
 * in the depot also when the forge can't take them.
 */
export async function keepWork(context: MissionContext): Promise<string[]> {
  const { state, input } = context;
  // Its change has a branch already, or a person at its other end who is told.
  if (!state.hasAgents() || state.data.branchHead !== null || state.item.interactive) return [];
  const made = Object.values(state.data.records).filter(({ task, commit }) => task.kind === 'change' && commit);
  const lines: string[] = [];
  for (const record of made.slice(0, BRANCHES)) {
    const branch = `${changeBranch(state.item.key, input.attempt)}-${record.task.id}`;
    const pushed = await pushWork(context, record, branch);
    const where = pushed ? `, branch ${branch}` : '';
    lines.push(`${record.task.id}: the work so far is commit ${record.commit}${where}`);
  }
  return lines;
}

/** Puts what a task made on a branch of its own. False: the forge could not take it, or somebody else's is there. */
export async function pushWork(
  { state }: MissionContext,
  { commit, tree }: Pick<TaskRecord, 'commit' | 'tree'>,
  branch: string,
): Promise<boolean> {
  const { base } = state.ground();
  if (!commit || !tree) return false;
  const change = {
    ...{ repo: state.item.repo, branch, baseBranch: base.branch, baseCommit: base.commit },
    ...{ head: commit, tree },
  };
  try {
    const pushed = await vendorSteps.pushBranch.executeWithOptions({ summary: `Keep unmerged work on ${branch}` }, [
      { change, expected: state.data.branchHead },
    ]);
    return 'pushed' in pushed;
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return false;
  }
}
