import { describe, expect, it } from '@jest/globals';
import { memoryBlobs } from '../test/memory-blobs.js';
import { adopt, type DraftTask, draft, FAILING, item, planOf, problemsOf, task } from '../test/plan-drafts.js';
import { createPlanDraftActivities } from './plan-draft.js';

describe('a draft', () => {
  it('becomes a plan that ends with an integration and the scenarios', async () => {
    const fee = task('fee', { proof: 'existing-tests', targets: [FAILING] });
    const outcome = await adopt(draft([fee, task('page', { needs: ['fee'], size: 'medium' })]));
    const plan = planOf(outcome);
    expect(plan.tasks.map(({ id, kind, needs }) => [id, kind, needs])).toEqual([
      ['fee', 'change', []],
      ['page', 'change', ['fee']],
      ['integrate', 'integrate', ['fee', 'page']],
      ['scenarios', 'scenario', ['integrate']],
    ]);
    expect(plan.tasks[0]).toEqual({
      id: 'fee',
      kind: 'change',
      title: 'fee',
      goal: 'do fee',
      acceptance: ['done'],
      needs: [],
      touches: ['shop/src/fee.ts'],
      gates: ['shop-tests', 'lint'],
      module: 'shop',
      targets: [FAILING],
      role: 'coder',
      proof: 'existing-tests',
      size: 'small',
    });
    expect(plan).toMatchObject({ goal: item.title, because: '2 tasks for 1 criteria', risk: 'low' });
    expect(plan.criteria).toEqual([{ text: 'a late parcel costs 5 EUR', check: 'test/fee.test.ts' }]);
  });

  it('has the same hash when it is the same, and another when it is not', async () => {
    const hash = async (id: string) => {
      const outcome = await adopt(draft([task(id)]));
      return 'hash' in outcome ? outcome.hash : undefined;
    };
    expect(await hash('fee')).toBe(await hash('fee'));
    expect(await hash('fee')).not.toBe(await hash('page'));
  });

  it.each([
    ['docs/fees.md', ['lint'], 'writer'],
    ['docs/**', ['lint'], 'writer'],
    ['shop/**/*.md', ['lint'], 'writer'],
    ['shop/src/*.ts', ['shop-tests', 'web-tests', 'lint'], 'coder'],
  ])('of %s alone, of no module, is judged by %j and done by a %s', async (glob, gates, role) => {
    const { module: _, ...general } = task('guide', { touches: [glob], proof: 'gates' });
    expect(planOf(await adopt(draft([general]))).tasks[0]).toMatchObject({ gates, role });
  });

  it('keeps nothing that controls a terminal or hides, and is refused when nothing else is left', async () => {
    const plan = planOf(await adopt(draft([task('fee', { goal: 'do \u001b[31mfee\u001b[0m \u202etxet\u0007' })])));
    expect(plan.tasks[0]?.goal).toBe('do fee txet');
    const empty = [{ text: 'a late parcel costs 5 EUR', check: ' \u0007 ' }];
    expect(await adopt(draft([task('fee')], { criteria: empty }))).toEqual({
      problems: [expect.stringMatching(/^criteria\.0\.check/)],
    });
  });

  it('tells beforehand what a person will have to approve', async () => {
    const touches = ['shop/src/**', 'web/package.json', 'shop/src-2/a.ts'];
    expect(planOf(await adopt(draft([task('fee', { touches })]))).risks).toEqual([
      'fee may touch what is protected (shop/src/**): a person has to approve it',
      'fee may touch what is protected (web/package.json): a person has to approve it',
    ]);
  });

  it('with questions is asked about first, and goes on with them as risks when nobody may be asked', async () => {
    const asking = draft([task('fee')], { questions: ['How high is it?'] });
    expect(await adopt(asking)).toEqual({ questions: ['How high is it?'] });
    expect(planOf(await adopt(asking, { mayAsk: false })).risks).toEqual(['not answered: How high is it?']);
  });

  it.each([null, 'text', {}, { tasks: 1 }])('that is no plan at all is told what is missing: %j', async (output) => {
    expect(await adopt(output)).toMatchObject({ problems: expect.arrayContaining([expect.any(String)]) });
  });
});

describe('a draft is sent back', () => {
  it.each<[string, DraftTask[], RegExp]>([
    ['a cycle', [task('a', { needs: ['b'] }), task('b', { needs: ['a'] })], /form a cycle: a -> b -> a/],
    ['an unknown need', [task('a', { needs: ['x'] })], /"a" needs "x", which is not in the plan/],
    ['an id that is used twice', [task('a'), task('a')], /"a" appears twice/],
    [
      'two tasks on one file',
      [task('a'), task('b', { touches: ['shop/src/*.ts'] })],
      /"a" and "b" run side by side and both touch/,
    ],
    ['an id of the end', [task('integrate')], /"integrate" has an id that Signalbox uses/],
    ['an id of a later end', [task('scenarios-2')], /"scenarios-2" has an id that Signalbox uses/],
    ['a large task', [task('a', { size: 'large' })], /"a" is large: split it/],
    [
      'a task that touches everything',
      [task('a', { touches: ['**'] }), task('b', { needs: ['a'] })],
      /touches everything/,
    ],
    ['everything, said otherwise', [task('a', { touches: ['!x'] }), task('b', { needs: ['a'] })], /touches everything/],
    ['a path outside', [task('a', { touches: ['../x'] })], /touches \.\.\/x, which is no path from the root/],
    ['an unknown module', [task('a', { module: 'app' })], /names the module app; there are shop, web/],
    ['a module of every object', [task('a', { module: 'constructor' })], /names the module constructor/],
    ['no targets', [task('a', { proof: 'existing-tests' })], /name the failing tests as targets/],
    [
      'targets that pass',
      [task('a', { proof: 'existing-tests', targets: ['test/a.test.ts::a'] })],
      /targets that do not fail on the base: test\/a\.test\.ts::a; the tests that fail are those in the brief/,
    ],
    [
      'targets of another module',
      [task('a', { proof: 'existing-tests', targets: [FAILING], module: 'web' })],
      /do not fail on the base: .*; no test of web fails/,
    ],
    ['targets without their proof', [task('a', { targets: [FAILING], proof: 'gates' })], /its proof is existing-tests/],
    [
      'tests first where none are reported',
      [task('a', { module: 'web' })],
      /no gate reports the tests of web: use gates/,
    ],
    [
      'one target for two tasks',
      [
        task('a', { proof: 'existing-tests', targets: [FAILING] }),
        task('b', { proof: 'existing-tests', targets: [FAILING] }),
      ],
      /tasks "a" and "b" both have the target/,
    ],
    ['a writer of code', [task('a', { role: 'writer', proof: 'gates' })], /has the role writer/],
    ['documents that a test shows', [task('a', { touches: ['docs/a.md'] })], /its proof is gates/],
  ])('with %s', async (_, tasks, expected) => {
    expect(await problemsOf(tasks)).toContainEqual(expect.stringMatching(expected));
  });

  it('with a proof by tests of no module', async () => {
    const { module: _, ...general } = task('a');
    expect(await problemsOf([general])).toEqual([
      'task "a" has the proof test-first: name the module whose tests show it',
    ]);
  });

  it('but may touch everything in its only task', async () => {
    expect(await problemsOf([task('a', { touches: ['**'] })])).toEqual([]);
  });

  it('but may name what a gate reports as failing where tests can not be surveyed', async () => {
    const failing = draft([task('a', { module: 'web', proof: 'existing-tests', targets: ['::renders'] })]);
    planOf(await adopt(failing, {}, ['::renders']));
    expect(await adopt(failing)).toHaveProperty('problems');
  });
});

describe('a critique', () => {
  const read = async (output: unknown) => {
    const blobs = memoryBlobs();
    const ref = await blobs.put(JSON.stringify(output), 'application/json');
    return createPlanDraftActivities({ blobs }).readObjections({ output: ref });
  };

  it('that accepts objects to nothing', async () => {
    const objections = [{ problem: 'p', change: 'c' }];
    expect(await read({ verdict: 'accept', objections })).toEqual([]);
  });

  it('says of which task what should change', async () => {
    const objections = [
      { task: 'fee', problem: 'It is too broad.', change: 'Split it.' },
      { problem: 'P.', change: 'C.' },
    ];
    expect(await read({ verdict: 'revise', objections })).toEqual(['fee: It is too broad. Split it.', 'P. C.']);
  });

  it('that wants another plan without a reason is no acceptance', async () => {
    expect(await read({ verdict: 'revise', objections: [] })).toHaveLength(1);
  });
});
