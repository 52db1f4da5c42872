import type { Plan, PlanTask } from './plan.js';

// The critique of a plan by rules. Pure and without zod: it also runs in the workflow sandbox.

/** Tasks in an order in which each comes after what it needs; undefined when there is a cycle. */
export function inOrder(tasks: readonly PlanTask[]): PlanTask[] | undefined {
  const done = new Set<string>();
  const ordered: PlanTask[] = [];
  let left = [...tasks];
  while (left.length > 0) {
    const ready = left.filter((task) => task.needs.every((need) => done.has(need)));
    if (ready.length === 0) return undefined;
    for (const task of ready) done.add(task.id);
    ordered.push(...ready);
    left = left.filter((task) => !done.has(task.id));
  }
  return ordered;
}

/** Every reason to refuse the plan; empty when it may run. */
export function planProblems(plan: Plan): string[] {
  const problems: string[] = [];
  const ids = new Set<string>();
  for (const task of plan.tasks) {
    if (ids.has(task.id)) problems.push(`task "${task.id}" appears twice`);
    ids.add(task.id);
  }
  for (const task of plan.tasks) {
    for (const need of task.needs) {
      if (!ids.has(need)) problems.push(`task "${task.id}" needs "${need}", which is not in the plan`);
    }
  }
  if (problems.length > 0) return problems;
  const ordered = inOrder(plan.tasks);
  if (!ordered) return [`the needs form a cycle: ${cycle(plan.tasks).join(' -> ')}`];
  return overlaps(ordered);
}

function cycle(tasks: readonly PlanTask[]): string[] {
  const needs = new Map(tasks.map((task) => [task.id, task.needs]));
  const reachesItself = (id: string): string[] | undefined => {
    const queue = [[id]];
    const seen = new Set<string>();
    for (let path = queue.shift(); path; path = queue.shift()) {
      for (const need of needs.get(path[path.length - 1] as string) ?? []) {
        if (need === id) return [...path, id];
        if (!seen.has(need)) queue.push([...path, need]);
        seen.add(need);
      }
    }
    return undefined;
  };
  for (const task of tasks) {
    const found = reachesItself(task.id);
    if (found) return found;
  }
  return [];
}

/** Tasks that could run at the same time and may write the same file. */
function overlaps(ordered: readonly PlanTask[]): string[] {
  const before = new Map<string, Set<string>>();
  for (const task of ordered) {
    const all = new Set(task.needs);
    for (const need of task.needs) for (const earlier of before.get(need) ?? []) all.add(earlier);
    before.set(task.id, all);
  }
  const problems: string[] = [];
  for (const [index, one] of ordered.entries()) {
    for (const other of ordered.slice(index + 1)) {
      if (before.get(other.id)?.has(one.id)) continue;
      const clash = firstOverlap(one.touches, other.touches);
      if (clash) problems.push(`"${one.id}" and "${other.id}" run side by side and both touch ${clash}`);
    }
  }
  return problems;
}

function firstOverlap(ones: readonly string[], others: readonly string[]): string | undefined {
  for (const one of ones) {
    for (const other of others) {
      if (globsOverlap(one, other)) return one === other ? one : `${one} / ${other}`;
    }
  }
  return undefined;
}

/**
 * Whether some path may match both globs. Exact for `**`, `*` and `?`; what else a segment may hold counts as
 * "anything", so the answer errs on the side of an overlap.
 */
export function globsOverlap(one: string, other: string): boolean {
  return one === other || sequencesOverlap(segmentsOf(one), segmentsOf(other), '**', segmentsMeet);
}

function segmentsOf(glob: string): string[] {
  if (/^!(?!\()/.test(glob)) return ['**'];
  const segments = glob.replace(/^\.\//, '').split('/');
  // Alternatives that go over several segments may be of any length.
  const open = segments.findIndex((segment) => !/^(?:[^({]|\([^({)]*\)|\{[^({}]*\})*$/.test(segment));
  return open < 0 ? segments : [...segments.slice(0, open), '**'];
}

function segmentsMeet(one: string, other: string): boolean {
  if (one === other || /[{[\]}()!\\]/.test(one + other)) return true;
  return sequencesOverlap([...one], [...other], '*', (a, b) => a === '?' || b === '?' || a === b);
}

/** From the ends to the starts, so that no pair of places is looked at twice. */
function sequencesOverlap(
  one: readonly string[],
  other: readonly string[],
  star: string,
  meet: (one: string, other: string) => boolean,
): boolean {
  let next: boolean[] = [];
  for (let i = one.length; i >= 0; i--) {
    const row: boolean[] = [];
    for (let j = other.length; j >= 0; j--) {
      const [a, b] = [one[i], other[j]];
      if (a === undefined && b === undefined) row[j] = true;
      // A star ends here, or takes what the other has here.
      else if (a === star || b === star) row[j] = Boolean(next[j] || row[j + 1]);
      else row[j] = a !== undefined && b !== undefined && Boolean(next[j + 1]) && meet(a, b);
    }
    next = row;
  }
  return Boolean(next[0]);
}
