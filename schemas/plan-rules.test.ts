import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import picomatch from 'picomatch';
import type { Plan, PlanTask } from './plan.js';
import { globsOverlap, inOrder, planProblems } from './plan-rules.js';

function task(id: string, needs: readonly string[] = [], touches: readonly string[] = []): PlanTask {
  return {
    id,
    kind: 'change',
    title: id,
    goal: id,
    acceptance: ['done'],
    needs: [...needs],
    touches: [...touches],
    gates: [],
    targets: [],
  };
}

const plan = (...tasks: PlanTask[]): Plan => ({
  version: 1,
  goal: 'g',
  because: 'b',
  assumptions: [],
  risks: [],
  tasks,
});

/** Random DAGs: each task needs some of those before it; then shuffled. */
const dags = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 12 })
  .map((all) =>
    all.map((needs, index) =>
      task(`t${index}`, index === 0 ? [] : [...new Set(needs.map((need) => `t${need % index}`))]),
    ),
  )
  .chain((tasks) => fc.shuffledSubarray(tasks, { minLength: tasks.length }));

describe('the order of tasks', () => {
  it('has every task once, after all that it needs', () => {
    fc.assert(
      fc.property(dags, (tasks) => {
        const ordered = inOrder(tasks) ?? [];
        expect(ordered.map(({ id }) => id).sort()).toEqual(tasks.map(({ id }) => id).sort());
        const place = new Map(ordered.map(({ id }, index) => [id, index]));
        for (const { id, needs } of ordered) {
          for (const need of needs) expect(place.get(need)).toBeLessThan(place.get(id) ?? -1);
        }
      }),
    );
  });

  it('does not exist when there is a cycle', () => {
    fc.assert(
      fc.property(dags, fc.nat(), (tasks, at) => {
        const first = tasks[at % tasks.length] as PlanTask;
        const last = task('last', [first.id]);
        const cyclic = tasks.map((each) => (each === first ? { ...each, needs: [...each.needs, 'last'] } : each));
        expect(inOrder([...cyclic, last])).toBeUndefined();
        expect(planProblems(plan(...cyclic, last))).toEqual([expect.stringMatching(/^the needs form a cycle: /)]);
      }),
    );
  });
});

describe('a plan', () => {
  it('may run when nothing is wrong', () => {
    const both = task('both', ['a', 'b']);
    expect(planProblems(plan(task('a', [], ['src/a.ts']), task('b', [], ['src/b.ts']), both))).toEqual([]);
  });

  it('is refused with a cycle, shown as a path without what only leads there', () => {
    const cyclic = plan(task('lead', ['a']), task('a', ['c']), task('b', ['a']), task('c', ['b', 'd']), task('d'));
    expect(planProblems(cyclic)).toEqual(['the needs form a cycle: a -> c -> b -> a']);
    expect(planProblems(plan(task('a', ['a'])))).toEqual(['the needs form a cycle: a -> a']);
  });

  it('is refused with a need that it does not have', () => {
    expect(planProblems(plan(task('a', ['b', 'c']), task('c')))).toEqual([
      'task "a" needs "b", which is not in the plan',
    ]);
  });

  it('is refused with two tasks of one id', () => {
    expect(planProblems(plan(task('a'), task('a'), task('b')))).toEqual(['task "a" appears twice']);
  });

  it('is refused when tasks side by side may write the same file', () => {
    expect(planProblems(plan(task('a', [], ['src/**']), task('b', [], ['test/x.ts', 'src/b.ts'])))).toEqual([
      '"a" and "b" run side by side and both touch src/** / src/b.ts',
    ]);
    expect(planProblems(plan(task('a', [], ['src/a.ts']), task('b', [], ['src/a.ts'])))).toEqual([
      '"a" and "b" run side by side and both touch src/a.ts',
    ]);
  });

  it('lets tasks write the same file one after the other, also far after', () => {
    const [first, second, third] = [
      task('a', [], ['src/**']),
      task('b', ['a'], ['test/**']),
      task('c', ['b'], ['src/**']),
    ];
    expect(planProblems(plan(third, first, second))).toEqual([]);
    expect(planProblems(plan(task('c', ['b'], ['src/**']), first, task('b', [], ['test/**'])))).toHaveLength(1);
  });
});

const segments = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'ab', 'a.ts', 'b.ts') },
  fc.constantFrom('*', '**', '?', 'a*', '*.ts', '?b', '*a*', '{a,b}', '[ab]', '!(a)', '{a,b/a}', 'a**', '+(a|b)'),
);
const globs = fc.array(segments, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const paths = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'a.ts', 'b.ts', 'ba', '.a'), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('/'));

/** Globs that are made from the path, so that most of them match it. */
const matching = (path: string) =>
  fc.tuple(...path.split('/').map((name) => fc.constantFrom(...patternsOf(name)))).map((parts) => parts.join('/'));

const patternsOf = (name: string) => [
  name,
  '*',
  '**',
  '**/*',
  `**/${name}`,
  `${name}/**`,
  '?'.repeat(name.length),
  `${name.slice(0, 1)}*`,
  `*${name.slice(-1)}`,
  `{${name},zz}`,
  `{zz/y,${name}}`,
  `@(${name}|zz)`,
  '!(zz)',
  `[${name.slice(0, 1)}]${name.slice(1)}`,
];

describe('two globs', () => {
  it('overlap when a path matches both', () => {
    const tried = paths.chain((path) =>
      fc.record({ path: fc.constant(path), one: matching(path), other: matching(path) }),
    );
    let both = 0;
    fc.assert(
      fc.property(fc.oneof(tried, fc.record({ path: paths, one: globs, other: globs })), ({ path, one, other }) => {
        if (![one, other].every((glob) => picomatch(glob, { dot: true })(path))) return;
        both++;
        expect([globsOverlap(one, other), globsOverlap(other, one)]).toEqual([true, true]);
      }),
      { numRuns: 2000 },
    );
    expect(both).toBeGreaterThan(500);
  });

  it('overlap with themselves, whatever is in them', () => {
    fc.assert(fc.property(globs, (glob) => expect(globsOverlap(glob, glob)).toBe(true)));
    expect(globsOverlap('app/[id]/page.ts', 'app/\\[id\\]/page.ts')).toBe(true);
  });

  it.each([
    ['src/a.ts', 'src/b.ts'],
    ['src/**', 'test/**'],
    ['src/*.ts', 'src/deep/a.ts'],
    ['src/*.ts', 'src/a.js'],
    ['src/**/*.ts', 'src/**/*.js'],
    ['rates/rates/zones.py', 'rates/rates/rounding.py'],
    ['app/[id]/page.ts', 'app/[id]/layout.ts'],
    ['a/{b,c}.ts', 'b/{b,c}.ts'],
  ])('do not overlap when no path matches both: %s and %s', (one, other) => {
    expect(globsOverlap(one, other)).toBe(false);
    expect(globsOverlap(other, one)).toBe(false);
  });

  it('are compared without trying every way', () => {
    const stars = `${'*a'.repeat(24)}x`;
    expect(globsOverlap(stars, `${'a*'.repeat(24)}y`)).toBe(false);
    expect(globsOverlap(`${'**/a/'.repeat(16)}x`, `${'a/**/'.repeat(16)}y`)).toBe(false);
  });
});
