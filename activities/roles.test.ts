import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RoleName, type Scope, ToolName } from '../schemas/agent.js';
import { Blueprint, RolePolicy } from '../schemas/blueprint.js';
import { describeScope, within } from '../tools/scope.js';
import { ROLES, termsOf } from './roles.js';

const module = { language: 'typescript', runner: 'jest', sources: ['src/**'] } as const;

function blueprintOf(more: Partial<Record<keyof Blueprint, unknown>> = {}): Blueprint {
  return Blueprint.parse({
    version: 1,
    modules: {
      root: { ...module, path: '.', tests: ['**/*.test.ts'] },
      rates: { ...module, path: 'rates', tests: ['spec/**'] },
    },
    gates: [{ name: 'tests', command: 'npm test' }],
    ...more,
  });
}

const withPolicy = (role: RoleName, policy: unknown) => blueprintOf({ roles: { [role]: policy } });
const ALWAYS_DENIED = [
  'signalbox.yaml',
  '.git/hooks/pre-commit',
  'vendor/.git/config',
  '.github/workflows/ci.yml',
  '.gitlab-ci.yml',
  '.husky/pre-push',
  'tools/Jenkinsfile',
];

describe('what each role may do', () => {
  it('lets only coders, testers and writers change files', () => {
    const changing = RoleName.options.filter((role) => ROLES[role].tools.some((tool) => /^(edit|patch)$/.test(tool)));
    expect(changing).toEqual(['coder', 'tester', 'writer']);
    const others = RoleName.options.filter((role) => !changing.includes(role));
    for (const role of others) expect([role, termsOf(role, blueprintOf()).scope.allow]).toEqual([role, []]);
  });

  it('gives commands to those who have to see something run', () => {
    const running = RoleName.options.filter((role) => ROLES[role].tools.includes('run'));
    expect(running).toEqual(['coder', 'tester', 'reviewer', 'incident-analyst']);
  });

  it('gives the triager, who reads what strangers send, nothing but an answer', () => {
    expect(ROLES.triager.tools).toEqual(['submit', 'cannot_do']);
  });

  it.each([
    ['coder', 'src/a.ts', true],
    ['coder', '.config/a.json', true],
    ['tester', 'src/a.test.ts', true],
    ['tester', 'rates/spec/helper.py', true],
    ['tester', 'src/a.ts', false],
    ['tester', 'spec/a.ts', false],
    ['writer', 'README.md', true],
    ['writer', 'docs/images/a.svg', true],
    ['writer', 'src/a.ts', false],
    ['reviewer', 'README.md', false],
    ['planner', 'docs/plan.md', false],
  ] as const)('%s may change %s: %s', (role, path, may) => {
    expect(within(termsOf(role, blueprintOf()).scope)(path)).toBe(may);
  });

  it.each(RoleName.options)('never lets a %s change what decides which checks run', (role) => {
    const blueprint = withPolicy(role, { allow: ['**', ...ALWAYS_DENIED] });
    const may = within(termsOf(role, blueprint, { allow: ['**', ...ALWAYS_DENIED], deny: [] }).scope);
    expect(ALWAYS_DENIED.filter(may)).toEqual([]);
  });
});

describe('what a blueprint makes of a role', () => {
  it('takes tools away, and never gives one', () => {
    const { tools } = termsOf('reviewer', withPolicy('reviewer', { tools: ['read', 'edit', 'submit', 'cannot_do'] }));
    expect(tools).toEqual(['read', 'submit', 'cannot_do']);
  });

  it('leaves it the tools that end its work', () => {
    expect(termsOf('coder', withPolicy('coder', { tools: [] })).tools).toEqual(['submit', 'cannot_do']);
  });

  it('narrows where it may change files, together with the task', () => {
    const blueprint = withPolicy('tester', { allow: ['src/**'], deny: ['**/kept.test.ts'] });
    const { scope } = termsOf('tester', blueprint, { allow: ['src/orders/**', 'src/kept.test.ts'], deny: ['**/x/**'] });
    const may = within(scope);
    expect(may('src/orders/a.test.ts')).toBe(true);
    expect(may('src/orders/a.ts')).toBe(false);
    expect(may('src/rates/a.test.ts')).toBe(false);
    expect(may('src/kept.test.ts')).toBe(false);
    expect(may('src/orders/x/a.test.ts')).toBe(false);
    expect(describeScope(scope)).toContain(
      '**/*.test.ts, rates/spec/**; of these only src/**; of these only src/orders',
    );
  });

  it('says in words that an empty list leaves nothing', () => {
    const { scope } = termsOf('coder', withPolicy('coder', { allow: [] }));
    expect([within(scope)('a.ts'), describeScope(scope)]).toEqual([false, 'you may not change any file']);
  });

  it('sets turns, money, thinking, models and instructions', () => {
    const policy = { turns: 7, usd: 0.25, thinkingTokens: 0, models: ['strong'], instructions: 'docs/coder.md' };
    const { maxTurns, maxUsd, thinkingTokens, models, instructions } = termsOf('coder', withPolicy('coder', policy));
    expect({ turns: maxTurns, usd: maxUsd, thinkingTokens, models, instructions }).toEqual(policy);
  });

  it('caps turns by its limits where the role has no policy of its own', () => {
    const limits = { turnsPerTask: 12 };
    expect(termsOf('coder', blueprintOf({ limits })).maxTurns).toBe(12);
    expect(termsOf('planner', blueprintOf({ limits })).maxTurns).toBe(12);
    expect(termsOf('planner', blueprintOf()).maxTurns).toBe(ROLES.planner.turns);
  });

  it('never widens anything, whatever it and the task say', () => {
    const glob = fc.constantFrom(
      '**',
      '*',
      'src/**',
      '**/*.md',
      'docs/**',
      '!src/**',
      '{a,b}/**',
      '**/*.test.ts',
      '.*/**',
    );
    const globs = fc.array(glob, { maxLength: 3 });
    const path = fc.constantFrom(
      'a.ts',
      'src/a.ts',
      'src/a.test.ts',
      'docs/x',
      'b/y.md',
      'signalbox.yaml',
      '.x/y',
      '.git/z',
    );
    const policy = fc.record({ allow: globs, deny: globs, tools: fc.array(fc.constantFrom(...ToolName.options)) });
    const scope: fc.Arbitrary<Scope> = fc.record({
      allow: globs,
      deny: globs,
      narrowed: fc.array(globs, { maxLength: 2 }),
    });
    fc.assert(
      fc.property(fc.constantFrom(...RoleName.options), policy, scope, path, (role, narrower, task, file) => {
        const free = termsOf(role, blueprintOf());
        const bound = termsOf(role, withPolicy(role, RolePolicy.parse(narrower)), task);
        for (const tool of bound.tools) expect(free.tools).toContain(tool);
        const { allow, deny } = narrower;
        const expected = within(free.scope)(file) && within({ allow, deny })(file) && within(task)(file);
        expect(within(bound.scope)(file)).toBe(expected);
      }),
    );
  });
});
