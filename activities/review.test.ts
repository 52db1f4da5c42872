import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createSecretScanner } from '../adapters/secrets/secretlint.js';
import { Blueprint } from '../schemas/blueprint.js';
import { Finding } from '../schemas/finding.js';
import type { ChangedFile } from './ports.js';
import { createReviewActivities, type ReviewInput } from './review.js';

const blueprint = Blueprint.parse({
  version: 1,
  modules: {
    service: {
      path: 'service',
      language: 'typescript',
      runner: 'node-test',
      sources: ['src/**/*.ts'],
      tests: ['test/**/*.test.ts'],
    },
    rates: {
      path: 'rates',
      language: 'python',
      runner: 'pytest',
      sources: ['rates/**/*.py'],
      tests: ['tests/**/test_*.py'],
    },
    tools: {
      path: 'tools',
      language: 'javascript',
      runner: 'node-test',
      sources: ['**/*.js'],
      tests: ['**/*.test.js'],
    },
  },
  gates: [
    { name: 'loads', in: 'service', command: 'node --import tsx ./check.mjs src/main.ts' },
    { name: 'lint', command: 'sh scripts/lint.sh && echo done' },
  ],
  scenarios: [{ name: 'end-to-end', in: 'scenarios', command: 'node end-to-end.mjs' }],
  policy: { protected: ['rates/rates/tax.py'], maxChangedLines: 20 },
});

interface Change {
  readonly status?: ChangedFile['status'];
  readonly removed?: readonly string[];
  readonly added?: readonly string[];
  /** Number of the first line. */
  readonly at?: number;
  readonly binary?: boolean;
}

function changed(
  path: string,
  { status = 'modified', removed = [], added = [], at = 10, binary = false }: Change,
): ChangedFile {
  const numbered = (lines: readonly string[]) => lines.map((text, n) => ({ line: at + n, text }));
  return { path, status, binary, addedLines: numbered(added), removedLines: numbered(removed) };
}

async function review(files: readonly ChangedFile[], touches?: readonly string[]): Promise<Finding[]> {
  const { reviewChange } = createReviewActivities({
    depot: { diff: async () => files },
    secrets: createSecretScanner(),
  });
  const input: ReviewInput = { repo: 'parcels', from: 'a', to: 'b', blueprint, ...(touches && { touches }) };
  const findings = await reviewChange(input);
  return findings.map((finding) => Finding.parse(finding));
}

const rules = (findings: readonly Finding[]) => [...new Set(findings.map(({ rule }) => rule))].sort();

// Put together here, so that no scanner takes this file for a leak.
const joined = (...parts: readonly string[]) => parts.join('');
const LETTERS = 'aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYzAbC';
const SECRETS = {
  'a GitHub token': joined('gh', 'p_', LETTERS),
  'an npm token': joined('npm', '_', LETTERS),
  'a Slack token': joined('xo', 'xb-', '123456789012-123456789012-', LETTERS.slice(0, 24)),
  'a private key': generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()
    .trim(),
  'a password in an address': joined('https://admin:', 'S3cretPassw0rd', '@db.example.com/x'),
};

describe('an honest change', () => {
  it.each<[string, ChangedFile[]]>([
    ['one operator', [changed('service/src/discount.ts', { removed: ['  a > b'], added: ['  a >= b'] })]],
    [
      'a Python function',
      [changed('rates/rates/zones.py', { removed: ['  return f(b, a)'], added: ['  return f(a, b)'] })],
    ],
    ['a new source file', [changed('service/src/csv.ts', { status: 'added', added: ['export const csv = 1;'] })]],
    [
      'a new test',
      [changed('service/test/csv.test.ts', { status: 'added', added: ["it('has a top line', () => {});"] })],
    ],
    ['a source that is gone', [changed('service/src/old.ts', { status: 'deleted', removed: ['export {};'] })]],
    ['a page of documentation', [changed('docs/guide.md', { added: ['Skip this step, or test it.'] })]],
    ['a source that a gate runs', [changed('service/src/main.ts', { added: ['await start();'] })]],
    ['a source where tests lie beside sources', [changed('tools/run.js', { added: ['run();'] })]],
    [
      'code that skips and ignores by trade',
      [
        changed('service/src/list.ts', {
          added: [
            'const page = query.skip(10).only(5);',
            'list.todo(x); // ignore what is older',
            'if (skipped) next();',
          ],
        }),
      ],
    ],
    [
      'words about secrets',
      [changed('service/src/auth.ts', { added: ["const token = headers.get('authorization');"] })],
    ],
    ['a script that no gate names', [changed('scripts/deploy.sh', { added: ['echo hello'] })]],
  ])('has no finding: %s', async (_, files) => {
    expect(await review(files)).toEqual([]);
  });

  it('has no finding within what it may touch', async () => {
    const files = [changed('app/[id]/page.ts', { added: ['x'] }), changed('src/deep/.config/a.ts', { added: ['x'] })];
    expect(await review(files, ['app/\\[id\\]/page.ts', 'src/**'])).toEqual([]);
  });
});

describe('a planted cheat', () => {
  it.each<[string, ChangedFile, string]>([
    [
      'edits a test',
      changed('service/test/page.test.ts', { removed: ['equal(a, 1)'], added: ['equal(a, 2)'] }),
      'test-changed',
    ],
    [
      'deletes a test',
      changed('rates/tests/test_tax.py', { status: 'deleted', removed: ['assert x'] }),
      'test-changed',
    ],
    [
      'weakens a helper of tests',
      changed('service/test/helpers.ts', { added: ['export const equal = () => {};'] }),
      'test-changed',
    ],
    ['edits the data of tests', changed('rates/tests/data/prices.json', { added: ['{}'] }), 'test-changed'],
    ['turns a test into a link', changed('service/test/page.test.ts', { status: 'typechange' }), 'test-changed'],
    [
      'skips a test',
      changed('service/test/new.test.ts', { status: 'added', added: ["it.skip('x', f);"] }),
      'suppression',
    ],
    [
      'skips in pytest',
      changed('rates/tests/test_new.py', { status: 'added', added: ['@pytest.mark.skipif(True)'] }),
      'suppression',
    ],
    [
      'skips in unittest',
      changed('rates/tests/test_new.py', { status: 'added', added: ['@unittest.skip("later")'] }),
      'suppression',
    ],
    [
      'adds a conftest',
      changed('rates/conftest.py', { status: 'added', added: ['collect_ignore = ["tests"]'] }),
      'protected-path',
    ],
    ['configures pytest', changed('rates/pytest.ini', { added: ['addopts = -k nothing'] }), 'protected-path'],
    [
      'configures pytest elsewhere',
      changed('rates/pyproject.toml', { status: 'added', added: ['[tool.pytest.ini_options]'] }),
      'protected-path',
    ],
    [
      'runs before Python',
      changed('rates/sitecustomize.py', { status: 'added', added: ['import os'] }),
      'protected-path',
    ],
    [
      'configures jest',
      changed('service/jest.config.ts', { status: 'added', added: ['export default {}'] }),
      'protected-path',
    ],
    [
      'edits the test script',
      changed('service/package.json', { removed: ['"test": "jest"'], added: ['"test": "true"'] }),
      'protected-path',
    ],
    ['maps the subject away', changed('service/tsconfig.json', { added: ['"paths": {}'] }), 'protected-path'],
    [
      'mocks the subject',
      changed('service/src/__mocks__/page.ts', { status: 'added', added: ['export {}'] }),
      'protected-path',
    ],
    ['edits a lockfile', changed('service/package-lock.json', { added: ['"resolved": "x"'] }), 'protected-path'],
    ["edits Python's lockfile", changed('rates/requirements.lock', { added: ['x==1'] }), 'protected-path'],
    ['edits the blueprint', changed('signalbox.yaml', { added: ['gates: []'] }), 'protected-path'],
    ['edits CI', changed('.github/workflows/ci.yml', { added: ['run: true'] }), 'protected-path'],
    ['edits a registry', changed('service/.npmrc', { added: ['registry=x'] }), 'protected-path'],
    ['filters in git', changed('.gitattributes', { status: 'added', added: ['*.ts filter=x'] }), 'protected-path'],
    ['adds hooks', changed('.husky/pre-commit', { status: 'added', added: ['exit 0'] }), 'protected-path'],
    ['edits what a gate runs', changed('service/check.mjs', { added: ['process.exit(0);'] }), 'protected-path'],
    ['edits a script of a gate', changed('scripts/lint.sh', { added: ['exit 0'] }), 'protected-path'],
    ['edits a scenario', changed('scenarios/end-to-end.mjs', { added: ['process.exit(0);'] }), 'protected-path'],
    ['edits what a scenario imports', changed('scenarios/lib/checks.mjs', { added: ['export {};'] }), 'protected-path'],
    ['edits what the policy protects', changed('rates/rates/tax.py', { added: ['return 0'] }), 'protected-path'],
    ['changes what nobody can read', changed('service/src/native.node', { binary: true }), 'protected-path'],
    ['adds a dependency', changed('service/package.json', { added: ['    "left-pad": "^1.3.0",'] }), 'new-dependency'],
    [
      'adds one from elsewhere',
      changed('service/package.json', { added: ['    "left-pad": "github:x/left-pad"'] }),
      'new-dependency',
    ],
    ['adds one without a version', changed('rates/requirements.txt', { added: ['requests'] }), 'new-dependency'],
    ['adds one to a project', changed('rates/pyproject.toml', { added: ['  "requests>=2",'] }), 'new-dependency'],
    ['silences a linter', changed('service/src/a.ts', { added: ['// eslint-disable-next-line'] }), 'suppression'],
    ['silences the compiler', changed('service/src/a.ts', { added: ['  // @ts-ignore'] }), 'suppression'],
    ['silences Python tools', changed('rates/rates/a.py', { added: ['x = f()  # type: ignore'] }), 'suppression'],
    ['hides from coverage', changed('rates/rates/a.py', { added: ['if x:  # pragma: no cover'] }), 'suppression'],
    [
      'knows when it is tested',
      changed('service/src/a.ts', { added: ['if (process.env.NODE_TEST_CONTEXT) return 5;'] }),
      'suppression',
    ],
    [
      'knows where hold-outs will be',
      changed('service/src/a.ts', { added: ["if (existsSync('../.signalbox-holdout')) return 5;"] }),
      'suppression',
    ],
    ['knows when pytest runs', changed('rates/rates/a.py', { added: ['if "pytest" in sys.modules:'] }), 'suppression'],
    [
      'is too large to be read',
      changed('service/src/a.ts', { added: Array.from({ length: 21 }, (_, n) => `line(${n});`) }),
      'size',
    ],
  ])('that %s is found', async (_, file, rule) => {
    const found = (await review([file])).filter((finding) => finding.rule === rule);
    expect(found).toHaveLength(1);
    expect(found[0]?.severity).toBe('person');
    expect(found[0]?.path).toBe(rule === 'size' ? '.' : file.path);
  });

  it('is not found in what is only taken away', async () => {
    expect(await review([changed('service/src/a.ts', { removed: ['// @ts-ignore', 'it.skip()'] })])).toEqual([]);
  });

  it('blocks outside of what it may touch, and with an empty promise everywhere', async () => {
    const files = [changed('service/src/a.ts', { added: ['x'] }), changed('service/src/b.ts', { added: ['x'] })];
    const found = await review(files, ['service/src/a.ts']);
    expect(found).toEqual([
      expect.objectContaining({ rule: 'outside-touches', severity: 'blocker', path: 'service/src/b.ts' }),
    ]);
    expect(await review(files, [])).toHaveLength(2);
  });

  it('is found beside others in one file', async () => {
    const added = ['    "left-pad": "1.0.0",', `    "token": "${SECRETS['an npm token']}"`];
    expect(rules(await review([changed('service/package.json', { added })], ['service/src/**']))).toEqual([
      'new-dependency',
      'outside-touches',
      'protected-path',
      'secret',
    ]);
  });

  it('that bumps a version is left to the lockfile', async () => {
    const files = [changed('service/package.json', { removed: ['"hono": "4.0.0"'], added: ['"hono": "4.0.1"'] })];
    expect(rules(await review(files))).toEqual(['protected-path']);
  });
});

describe('a secret', () => {
  it.each(Object.entries(SECRETS))('blocks and is never repeated: %s', async (_, secret) => {
    const added = ['const before = 1;', ...`const key = \`${secret}\`;`.split('\n')];
    const found = await review([changed('service/src/key.ts', { added, at: 7 })]);
    expect(found).toEqual([expect.objectContaining({ rule: 'secret', severity: 'blocker', risk: 'high', line: 8 })]);
    const said = JSON.stringify(found);
    for (const line of secret.split('\n').filter((text) => !text.startsWith('---')))
      expect(said).not.toContain(line.slice(0, 16));
    expect(said).not.toContain('S3cret');
  });
});

describe('the id of a finding', () => {
  const at = (line: number) => [
    changed('service/src/a.ts', { at: line, added: ['  // @ts-ignore', `const k = '${SECRETS['a GitHub token']}';`] }),
    changed('service/package.json', { at: line, added: ['    "left-pad": "^1.3.0",'] }),
    changed('service/test/a.test.ts', { at: line, added: ['equal(1, 1);'] }),
  ];

  it('stays when lines move', async () => {
    const [one, other] = [await review(at(3)), await review(at(300))];
    expect(one.map(({ id }) => id)).toEqual(other.map(({ id }) => id));
    expect(one.map(({ line }) => line)).not.toEqual(other.map(({ line }) => line));
  });

  it('is another for another rule, path or text', async () => {
    const findings = await review([
      ...at(3),
      changed('service/src/b.ts', { added: ['// @ts-ignore', '// @ts-nocheck'] }),
    ]);
    expect(new Set(findings.map(({ id }) => id)).size).toBe(findings.length);
    expect(findings.length).toBe(7);
  });

  it('stands for the same remark on several lines, once', async () => {
    const found = await review([changed('service/src/b.ts', { added: ['// @ts-ignore', 'x', '  // @ts-ignore'] })]);
    expect(found.map(({ line }) => line)).toEqual([10]);
  });
});
