import type { Blueprint } from '../schemas/blueprint.js';
import type { CollidingFile, CollisionKind, Conflict, SideCommit } from '../schemas/conflict.js';
import type { Plan, PlanTask } from '../schemas/plan.js';
import { endOf } from '../schemas/plan-end.js';

// The plan that brings two sides together that git could not: one more task on what collides, and another end. Pure.

const KINDS: Readonly<Record<CollisionKind, string>> = {
  both: 'both sides changed it; its places are between markers',
  'removed-there': 'what is taken in removed it, this change changed it',
  'removed-here': 'this change removed it, what is taken in changed it',
  other: 'the sides made different kinds of file of it',
};

interface Resolving {
  readonly plan: Plan;
  readonly blueprint: Blueprint;
  /** Of the mission, from 1. */
  readonly n: number;
  readonly conflict: Conflict;
}

export function conflictPlan({ plan, blueprint, n, conflict }: Resolving): Plan {
  const task = conflictTask(plan, blueprint, n, conflict);
  return {
    ...plan,
    version: plan.version + 1,
    because: `what was taken in and the change collide in ${pathsOf(conflict)}`,
    tasks: [...plan.tasks, task, ...endOf([task.id], blueprint, `-${task.id}`)],
  };
}

/** What collides decides what may be touched: nothing else has to change for it. */
function conflictTask(plan: Plan, blueprint: Blueprint, n: number, conflict: Conflict): PlanTask {
  const { files, there, here, taken, ours } = conflict;
  const last = plan.tasks.at(-1);
  return {
    id: `conflict-${n}`,
    kind: 'change',
    title: 'Bring both sides of a conflict together',
    goal: [
      'Others changed what this change changes. Bring both together, so that what each side is for still works.',
      `In each place the lines after <<<<<<< ${taken} were taken in, those after ||||||| are what both had before,`,
      `and those up to >>>>>>> ${ours} are of this change. No marker may stay.`,
      ...files.map(({ path, kind }) => `- ${JSON.stringify(path)}: ${KINDS[kind]}`),
      'Commits of what is taken in:',
      ...there.map(lineOf),
      'Commits of this change:',
      ...here.map(lineOf),
    ].join('\n'),
    acceptance: ['what passes on either side passes on both together', 'no line of either side is lost without need'],
    needs: last ? [last.id] : [],
    touches: files.map(({ path }) => asGlob(path)),
    gates: blueprint.gates.map(({ name }) => name),
    targets: [],
    role: 'coder',
    proof: 'gates',
  };
}

/** What is told when nobody could bring them together. */
export function describeCollision({ files, there, here }: Conflict): string {
  const [theirs, ours] = [there, here].map((commits) => commits.map((one) => lineOf(one).slice(2)).join('; '));
  const paths = files.map(({ path }) => path).join(', ');
  return `the changes collide in ${paths}; taken in: ${theirs || 'no commit on them'}; of this change: ${ours || 'no commit on them'}`;
}

/** Words of others are quoted. */
function lineOf({ commit, title, author }: SideCommit): string {
  return `- ${commit.slice(0, 12)} ${JSON.stringify(title.slice(0, 100))} by ${JSON.stringify(author.slice(0, 60))}`;
}

function pathsOf({ files }: { readonly files: readonly CollidingFile[] }): string {
  return files.map(({ path }) => path).join(', ');
}

/** Names may have characters that mean something in a glob. */
function asGlob(path: string): string {
  return path.replace(/[\\*?[\]{}()!+@|]/g, String.raw`\$&`);
}
