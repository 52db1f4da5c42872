import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fingerprint, outcome, repository, run, search, start, survey } from '../testing/engine.js';
import { readLines } from './reports.js';

const TOTAL =
  'function total(prices) {\n  let sum = 0;\n  for (const price of prices) sum -= price;\n  return sum;\n}\n\nfunction none() {\n  return 0;\n}\nmodule.exports = { total, none };\n';

/** Module mocks and fake timers belong to jest itself. */
const MOCKED = {
  'package.json': '{}',
  'total.js': TOTAL,
  'log.js': "exports.log = () => { throw new Error('not replaced'); };\n",
  'test/total.test.js':
    "jest.mock('../log', () => ({ log: () => 1 }));\nconst { total, none } = require('../total');\nconst { log } = require('../log');\ndescribe('total', () => {\n  it('adds', () => { log(); expect(total([1, 2])).toBe(3); });\n  it('has none', () => expect(none()).toBe(0));\n});\n",
};
const ADDS = 'test/total.test.js::total > adds';

/** The warm runner turns modules into scripts, where nothing can be awaited at the top. */
const AWAITING = {
  'package.json': '{}',
  'total.js': TOTAL,
  'test/total.test.mjs':
    "import assert from 'node:assert';\nimport { describe, it } from 'node:test';\nconst { default: tool } = await import('../total.js');\ndescribe('total', () => {\n  it('adds', async (t) => {\n    await t.test('nothing', () => assert.ok(!tool.total([])));\n    assert.equal(tool.total([1, 2]), 3);\n  });\n  it('has none', () => assert.equal(tool.none(), 0));\n  it.skip('later', () => {});\n});\n",
};

function withJest(): string {
  const directory = repository(MOCKED);
  symlinkSync(path.resolve('node_modules'), path.join(directory, 'node_modules'));
  return directory;
}

const printOf = (directory: string) =>
  ['total.js', 'log.js', 'test/total.test.js'].map((file) => readFileSync(path.join(directory, file), 'utf8'));

describe('a suite that cannot run warm', () => {
  it('is surveyed by its own command, with lines and functions', async () => {
    const tests = await survey({ directory: withJest(), runner: 'jest' });
    expect(tests.map(({ id, outcome: how }) => `${how} ${id}`)).toEqual([
      `fail ${ADDS}`,
      'pass test/total.test.js::total > has none',
    ]);
    expect(tests[0]?.covered).toEqual({ 'total.js': expect.arrayContaining([2, 3, 4]) });
    expect(tests[0]?.symbols).toContain('total');
    expect(tests[0]?.message).toContain('Expected: 3');
  });

  it('is mended by edits that its own command judges, and is left as it was', async () => {
    const directory = withJest();
    const before = printOf(directory);
    const result = await search({ directory, runner: 'jest', targets: [ADDS] });
    expect(outcome(result)).toContain('sum += price');
    expect(result).toMatchObject({ status: 'plausible', passes: 2, confidence: 'low' });
    expect(printOf(directory)).toEqual(before);
  });

  it('keeps the names of groups and subtests of node:test', async () => {
    const directory = repository(AWAITING);
    const before = fingerprint(directory);
    const tests = await survey({ directory, runner: 'node-test' });
    expect(tests.map(({ id, outcome: how }) => `${how} ${id}`).sort()).toEqual([
      'fail test/total.test.mjs::total > adds',
      'pass test/total.test.mjs::total > adds > nothing',
      'pass test/total.test.mjs::total > has none',
      'skip test/total.test.mjs::total > later',
    ]);
    const targets = ['test/total.test.mjs::total > adds'];
    expect(outcome(await search({ directory, runner: 'node-test', targets }))).toContain('sum += price');
    expect(fingerprint(directory)).toBe(before);
  });

  it('is left as it was also when the engine is ended in the middle of a candidate', async () => {
    const directory = repository({
      ...AWAITING,
      'total.js': TOTAL.replace('sum -= price', "if (price > 9) sum = Number('0')"),
    });
    const before = fingerprint(directory);
    const targets = ['test/total.test.mjs::total > adds'];
    const child = start({ directory, runner: 'node-test', targets });
    const ended = new Promise((resolve) => child.once('close', resolve));
    const changed = new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (fingerprint(directory) === before) return;
        clearInterval(look);
        resolve();
      }, 5);
    });
    await changed;
    child.kill('SIGTERM');
    await ended;
    expect(fingerprint(directory)).toBe(before);
  });

  it('that fails to load everywhere has the failure as its test', async () => {
    const directory = repository({ 'package.json': '{}', 'a.js': '', 'test/a.test.js': "require('../gone');\n" });
    expect((await survey({ directory, runner: 'node-test' })).map(({ id }) => id)).toEqual(['test/a.test.js::(load)']);
  });

  it('whose runner is not there is answered with the reason', async () => {
    const directory = repository(MOCKED);
    const module = { path: '.', language: 'javascript', runner: 'jest', sources: ['*.js'], tests: ['test/*'] };
    const request = { do: 'survey', name: 'main', module, timeoutSeconds: 20 };
    const said = await run({ directory, input: JSON.stringify(request) });
    expect(said.code).toBe(0);
    expect(said.events.at(-1)).toEqual({
      event: 'survey',
      survey: {
        module: 'main',
        tests: [],
        unsupported: expect.stringMatching(/^jest is not installed for .*set-up step/),
      },
    });
  });
});

describe('the report of Python tests', () => {
  const SOURCE = 'def double(n):\n    if n > 2:\n        return n\n    return n * 2\n';

  function report(kind: 'pytest' | 'unittest', tests: string) {
    const root = repository({
      'double.py': SOURCE,
      'tests/test_double.py': tests,
      'tests/test_gone.py': 'import gone\n',
    });
    const file = path.join(root, 'report.out');
    const program = path.resolve('repair/python/spawned.py');
    const argv = [
      '-B',
      program,
      kind,
      root,
      '.',
      file,
      ...['double', 'gone'].map((name) => path.join(root, `tests/test_${name}.py`)),
    ];
    try {
      execFileSync('python3', argv, { cwd: root, stdio: 'ignore' });
    } catch {
      // pytest says by its code that tests failed.
    }
    return readLines({ report: file, root, module: '.' }).map(({ id, outcome: how, covered }) => [
      `${how} ${id}`,
      covered?.['double.py'],
    ]);
  }

  it('has the lines of each test under unittest', () => {
    const tests =
      'import unittest\nfrom double import double\n\n\nclass Double(unittest.TestCase):\n    def test_small(self):\n        self.assertEqual(double(1), 2)\n\n    def test_large(self):\n        with self.subTest("three"):\n            self.assertEqual(double(3), 6)\n\n    @unittest.skip("later")\n    def test_later(self):\n        pass\n';
    const found = report('unittest', tests);
    expect(found).toHaveLength(4);
    expect(found).toEqual(
      expect.arrayContaining([
        ['pass tests/test_double.py::Double > test_small', [2, 4]],
        ['fail tests/test_double.py::Double > test_large', [2, 3]],
        ['skip tests/test_double.py::Double > test_later', undefined],
        ['fail tests/test_gone.py::(load)', undefined],
      ]),
    );
  });

  it('has the lines of each test under pytest', () => {
    const tests =
      'import pytest\nfrom double import double\n\n\n@pytest.fixture(params=[1, 3])\ndef n(request):\n    return request.param\n\n\nclass TestDouble:\n    def test_it(self, n):\n        assert double(n) == 2 * n\n';
    expect(report('pytest', tests)).toEqual([
      ['fail tests/test_gone.py::(load)', undefined],
      ['pass tests/test_double.py::TestDouble > test_it[1]', [2, 4]],
      ['fail tests/test_double.py::TestDouble > test_it[3]', [2, 3]],
    ]);
  });
});
