import { describe, expect, it } from '@jest/globals';
import type { Plan, PlanTask } from './plan.js';
import { packPlans, unpackPlans } from './plan-versions.js';

function task(id: string, needs: readonly string[] = []): PlanTask {
  return {
    ...{ id, kind: 'change', title: id, goal: `do ${id}`, acceptance: ['done'], needs: [...needs] },
    ...{ touches: ['**'], gates: ['tests'], targets: [] },
  };
}

function plan(version: number, tasks: PlanTask[], more: Partial<Plan> = {}): Plan {
  return { version, goal: 'g', because: `b${version}`, assumptions: [], risks: [], tasks, ...more };
}

describe('versions of a plan that are carried as changes', () => {
  const versions = [
    plan(1, [task('a'), task('b'), task('c')], { risk: 'low' }),
    plan(2, [task('a'), task('c'), task('d')], { risk: 'low', goal: 'another' }),
    plan(3, [task('d'), task('a', ['d'])]),
    plan(4, [task('d'), task('a', ['d']), task('b')], { risk: 'high' }),
  ];

  it('are what they were: tasks that went, came back, moved or changed, and whatever else is new or gone', () => {
    expect(unpackPlans(JSON.parse(JSON.stringify(packPlans(versions))))).toEqual(versions);
  });

  it('are read as well where they were written whole', () => {
    expect(unpackPlans(versions)).toEqual(versions);
    expect(unpackPlans([])).toEqual([]);
  });

  it('cost what is new in each, not what each has', () => {
    const tasks = Array.from({ length: 200 }, (_, index) => task(`run-${index}`));
    const all = tasks.map((_task, index) => plan(index + 1, tasks.slice(0, index + 1)));
    const bytes = (value: unknown) => JSON.stringify(value).length;
    expect(bytes(all)).toBeGreaterThan(2_000_000);
    expect(bytes(packPlans(all))).toBeLessThan(3 * bytes(tasks));
  });
});
