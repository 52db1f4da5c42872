import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import type { Change } from '../schemas/change.js';
import type { Conflict } from '../schemas/conflict.js';
import { PERMANENT_FAILURES } from '../schemas/failures.js';
import type { Verdict } from '../schemas/verdict.js';
import { conflictPlan, describeCollision } from './conflict-plan.js';
import { runGates } from './gates.js';
import type { MissionContext } from './mission-context.js';
import { MissionDag } from './mission-dag.js';
import { MergeTurn } from './mission-turn.js';
import { steps } from './steps.js';
import { trailersOf } from './task-commit.js';

// What others did and the change collide: one more task brings both together, and gates say whether they are.

/** Of one mission: after these it is a fight that a person must end. */
const CONFLICTS = 3;

interface Colliding {
  readonly change: Change;
  /** Commit that is taken in, and why. */
  readonly taken: string;
  readonly message: string;
}

/**
 * Brings both sides together, validated: the change goes on from there. Fails with `MergeConflict`, which names the files
 * and whose commits collide, when no task could.
 */
export async function resolveConflict(context: MissionContext, { change, taken, message }: Colliding): Promise<void> {
  const { state, show } = context;
  // Whoever waits behind it need not wait for an agent.
  await new MergeTurn(context).giveBack();
  state.data.conflicts = (state.data.conflicts ?? 0) + 1;
  const n = state.data.conflicts;
  const time = Math.floor(Date.now() / 1000);
  const sides = { repo: change.repo, taken, ours: change.head };
  const conflict = await steps.describeConflict.executeWithOptions({ summary: 'What collides?' }, [{ ...sides, time }]);
  if (n > CONFLICTS) throw givenBack(conflict, `${CONFLICTS} conflicts of this mission were resolved before`);
  const before = state.plan();
  if (!before) throw new Error('there is no plan yet');
  state.enter('conflict');
  show();
  const baseline = await bothBaselines(context, conflict);
  const { blueprint } = state.ground().base;
  const plan = conflictPlan({ plan: before, blueprint, n, conflict });
  state.adopt(plan, `${workflowInfo().firstExecutionRunId}/${plan.version}`);
  state.data.conflict = { conflict, baseline };
  const stop = await new MissionDag(context, { ship: true }).run();
  delete state.data.conflict;
  if (stop) throw givenBack(conflict, stop === 'continue-as-new' ? stop : stop.evidence.join('; '));
  const last = state.nodes().at(-1);
  if (!last?.tree) throw new Error('the last task of the plan left no tree');
  const { tree } = last;
  const [head, findings] = await Promise.all([
    steps.commitTree.executeWithOptions({ summary: message }, [
      {
        ...{ repo: change.repo, tree, parents: [taken, change.head], time },
        message: `${message}\n\n${trailersOf(state.item.key, `conflict-${n}`, undefined)}`,
      },
    ]),
    steps.checkResolution.executeWithOptions({ summary: 'Is anything of either side lost?' }, [
      { ...sides, files: conflict.files, tree },
    ]),
  ]);
  state.data.change = { ...change, head: head.commit, tree: head.tree };
  state.data.validated = tree;
  state.data.head = state.nodes().flatMap(({ verdicts }) => verdicts.filter((verdict) => verdict.tree === tree));
  state.data.lost = [...(state.data.lost ?? []), ...findings];
  state.data.notes.push(`${message}: ${describeCollision(conflict)}; brought together by conflict-${n}`);
}

/** What passes on either side has to pass on both together, also what this mission had never seen before. */
async function bothBaselines(context: MissionContext, { repo, takenTree }: Conflict) {
  const { state, host } = context;
  const { base, baseline } = state.ground();
  const gates = base.blueprint.gates.filter(({ report }) => report !== undefined);
  const subject = { repo, tree: takenTree, near: base.tree, blueprint: base.blueprintRef };
  const taken = await runGates({ host, subject, gates, baseline: {}, targets: {}, label: 'what is taken in' });
  const input: { base: Readonly<Record<string, Verdict>>; taken: Verdict[]; ours: readonly Verdict[] } = {
    ...{ base: baseline, taken, ours: state.data.head },
  };
  return steps.joinBaselines.executeWithOptions({ summary: 'What has to pass on both sides together?' }, [input]);
}

function givenBack(conflict: Conflict, because: string): ApplicationFailure {
  const message = `${describeCollision(conflict)}; they were not brought together: ${because}`;
  return ApplicationFailure.nonRetryable(message, PERMANENT_FAILURES.MergeConflict);
}
