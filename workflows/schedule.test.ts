import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PlanTask, TaskState } from '../schemas/plan.js';
import { ancestors, nextTasks } from './schedule.js';

function task(id: string, needs: readonly string[]): PlanTask {
  return {
    id,
    kind: 'change',
    title: id,
    goal: id,
    acceptance: ['done'],
    needs: [...needs],
    touches: [],
    gates: [],
    targets: [],
  };
}

/** Random DAGs: each task needs some of those before it; then shuffled. */
const dags = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 20 })
  .map((all) =>
    all.map((needs, index) =>
      task(`t${index}`, index === 0 ? [] : [...new Set(needs.map((need) => `t${need % index}`))]),
    ),
  )
  .chain((tasks) => fc.shuffledSubarray(tasks, { minLength: tasks.length }));

const limits = fc.integer({ min: 1, max: 6 });

interface Run {
  readonly states: Record<string, TaskState>;
  readonly started: string[];
}

/** Starts what may start and ends one running task after another, in the order that `choices` gives. */
function run(tasks: readonly PlanTask[], limit: number, choices: readonly number[], fails: ReadonlySet<string>): Run {
  const states: Record<string, TaskState> = Object.fromEntries(tasks.map(({ id }) => [id, 'waiting']));
  const started: string[] = [];
  for (let step = 0; ; step++) {
    for (const next of nextTasks(tasks, states, limit)) {
      for (const need of next.needs) expect(states[need]).toBe('passed');
      states[next.id] = 'running';
      started.push(next.id);
    }
    const running = Object.keys(states).filter((id) => states[id] === 'running');
    expect(running.length).toBeLessThanOrEqual(limit);
    const ready = tasks.filter(
      ({ id, needs }) => states[id] === 'waiting' && needs.every((need) => states[need] === 'passed'),
    );
    // Nothing that may start is held back while there is room.
    if (ready.length > 0) expect(running).toHaveLength(limit);
    if (running.length === 0) return { states, started };
    const ends = running[(choices[step % choices.length] ?? 0) % running.length] as string;
    states[ends] = fails.has(ends) ? 'failed' : 'passed';
  }
}

const choices = fc.array(fc.nat(), { minLength: 1, maxLength: 30 });

/** The oracle: needs, and needs of needs, to the end. */
function closure(tasks: readonly PlanTask[], id: string): Set<string> {
  const found = new Set<string>();
  const add = (from: string) => {
    for (const need of tasks.find((each) => each.id === from)?.needs ?? []) {
      if (!found.has(need)) {
        found.add(need);
        add(need);
      }
    }
  };
  add(id);
  return found;
}

describe('the schedule of a DAG', () => {
  it('passes every task, each started exactly once, after its needs and within the limit', () => {
    fc.assert(
      fc.property(dags, limits, choices, (tasks, limit, order) => {
        const { states, started } = run(tasks, limit, order, new Set());
        expect(Object.values(states).every((state) => state === 'passed')).toBe(true);
        expect([...started].sort()).toEqual(tasks.map(({ id }) => id).sort());
      }),
    );
  });

  it('starts none of the tasks that need a failed one, and all of the others', () => {
    fc.assert(
      fc.property(dags, limits, choices, fc.nat(), (tasks, limit, order, at) => {
        const failing = (tasks[at % tasks.length] as PlanTask).id;
        const { started } = run(tasks, limit, order, new Set([failing]));
        const blocked = tasks.filter(({ id }) => closure(tasks, id).has(failing)).map(({ id }) => id);
        const others = tasks.map(({ id }) => id).filter((id) => !blocked.includes(id));
        expect([...started].sort()).toEqual(others.sort());
      }),
    );
  });

  it.each(['failed', 'cannot-do', 'cancelled', 'replaced', 'running', 'waiting'] as const)(
    'does not take a need that is %s for passed',
    (state) => {
      const tasks = [task('a', []), task('b', ['a'])];
      expect(nextTasks(tasks, { a: state, b: 'waiting' }, 4).map(({ id }) => id)).toEqual(
        state === 'waiting' ? ['a'] : [],
      );
    },
  );

  it('does not count tasks of an earlier plan', () => {
    expect(nextTasks([task('a', [])], { old: 'running', a: 'waiting' }, 1)).toHaveLength(1);
    expect(nextTasks([task('a', [])], { old: 'waiting' }, 1)).toEqual([]);
  });

  it('starts nothing more when the limit was lowered below what runs', () => {
    const tasks = [task('a', []), task('b', []), task('c', [])];
    expect(nextTasks(tasks, { a: 'running', b: 'running', c: 'waiting' }, 1)).toEqual([]);
  });
});

describe('the ancestors of a task', () => {
  it('are its needs, and theirs, each once', () => {
    fc.assert(
      fc.property(dags, fc.nat(), (tasks, at) => {
        const { id } = tasks[at % tasks.length] as PlanTask;
        const found = ancestors(tasks, id).map((each) => each.id);
        expect([...found].sort()).toEqual([...closure(tasks, id)].sort());
      }),
    );
  });

  it('come the nearest first, and an unknown task has none', () => {
    const tasks = [task('far', []), task('near', ['far']), task('end', ['near'])];
    expect(ancestors(tasks, 'end').map(({ id }) => id)).toEqual(['near', 'far']);
    expect(ancestors(tasks, 'nobody')).toEqual([]);
  });
});
