import type { PlanTask, TaskState } from '../schemas/plan.js';

// Which tasks of a DAG may start. Pure, so that its laws are tested without a server.

export type States = Readonly<Record<string, TaskState>>;

/** Waiting tasks whose needs have all passed, in plan order, as many as the limit leaves room for. */
export function nextTasks(tasks: readonly PlanTask[], states: States, parallel: number): PlanTask[] {
  const running = tasks.filter(({ id }) => states[id] === 'running').length;
  const ready = tasks.filter(
    ({ id, needs }) => states[id] === 'waiting' && needs.every((need) => states[need] === 'passed'),
  );
  return ready.slice(0, Math.max(0, parallel - running));
}

/** Every task that must have passed before this one, the nearest first. */
export function ancestors(tasks: readonly PlanTask[], id: string): PlanTask[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const found = new Map<string, PlanTask>();
  const queue = [...(byId.get(id)?.needs ?? [])];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const task = byId.get(next);
    if (!task || found.has(next)) continue;
    found.set(next, task);
    queue.push(...task.needs);
  }
  return [...found.values()];
}
