import type { Plan, PlanTask } from './plan.js';

// Every version of a plan repeats what it keeps of the one before. Where versions are carried or sent they are what
// they changed: a run of 200 prompts would be 20,000 tasks otherwise. Pure and without zod.

/** `count` tasks of the version before, from its index `first` on. */
type Kept = readonly [first: number, count: number];

/** A version as what it changed. What it does not name is as in the version before. */
interface PlanChange extends Partial<Omit<Plan, 'tasks' | 'version'>> {
  readonly version: number;
  readonly changed: readonly (Kept | PlanTask)[];
  /** What the version before had, and this one has not. */
  readonly without?: readonly string[];
}

/** Oldest first. Plans that were written whole are read as well. */
export type PackedPlans = readonly (Plan | PlanChange)[];

export function packPlans(plans: readonly Plan[]): PackedPlans {
  return plans.map((plan, index) => {
    const before = plans[index - 1];
    return before ? changeOf(before, plan) : plan;
  });
}

export function unpackPlans(packed: PackedPlans): Plan[] {
  const plans: Plan[] = [];
  for (const one of packed) {
    const before = plans.at(-1);
    if (!('changed' in one)) plans.push(one);
    else if (before) plans.push(changedBy(before, one));
    else throw new Error(`plan ${one.version} is a change of a plan that is not there`);
  }
  return plans;
}

function changeOf(before: Plan, plan: Plan): PlanChange {
  const { tasks, version, ...rest } = plan;
  const known = new Map(Object.entries(before).map(([key, value]) => [key, JSON.stringify(value)]));
  const fresh = Object.entries(rest).filter(([key, value]) => known.get(key) !== JSON.stringify(value));
  const without = Object.keys(before).filter((key) => !(key in plan));
  return {
    ...Object.fromEntries(fresh),
    ...{ version, changed: changedTasks(before.tasks, tasks) },
    ...(without.length > 0 && { without }),
  };
}

function changedTasks(before: readonly PlanTask[], tasks: readonly PlanTask[]): (Kept | PlanTask)[] {
  const places = new Map(before.map((task, index) => [JSON.stringify(task), index]));
  const changed: (Kept | PlanTask)[] = [];
  for (const task of tasks) {
    const place = places.get(JSON.stringify(task));
    const last = changed.at(-1);
    if (place === undefined) changed.push(task);
    else if (last && isKept(last) && last[0] + last[1] === place) changed[changed.length - 1] = [last[0], last[1] + 1];
    else changed.push([place, 1]);
  }
  return changed;
}

function changedBy(before: Plan, { changed, without = [], ...rest }: PlanChange): Plan {
  const kept = Object.entries(before).filter(([key]) => !without.includes(key));
  const tasks = changed.flatMap((one) => (isKept(one) ? before.tasks.slice(one[0], one[0] + one[1]) : [one]));
  return { ...(Object.fromEntries(kept) as unknown as Plan), ...rest, tasks };
}

function isKept(one: Kept | PlanTask): one is Kept {
  return Array.isArray(one);
}
