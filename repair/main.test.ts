import vm from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { fingerprint, outcome, repository, run, search, searchToldOn, survey } from './testing/engine.js';

const PAGES = {
  'package.json': '{ "type": "module" }',
  'pages.js':
    'export function pages(total, size) {\n  if (total === 0) return 0;\n  return Math.floor(total / size);\n}\n',
  'test/pages.test.js': `import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pages } from '../pages.js';
describe('pages', () => {
  it('counts full pages', () => assert.equal(pages(10, 5), 2));
  it('counts a last, shorter page', () => assert.equal(pages(11, 5), 3));
  it('counts none', () => assert.equal(pages(0, 5), 0));
});
`,
};
const SHORTER = 'test/pages.test.js::pages > counts a last, shorter page';

const DEDUPE = {
  'dedupe.py':
    'def dedupe(items):\n    seen = set()\n    kept = []\n    for item in items:\n        if item in seen:\n            continue\n        kept.append(item)\n    return kept\n',
  'tests/test_dedupe.py': `import pytest
from dedupe import dedupe


@pytest.fixture
def letters():
    return ["a", "b", "a"]


class TestDedupe:
    def test_keeps_order(self):
        assert dedupe([2, 1]) == [2, 1]

    def test_drops_the_second(self, letters):
        assert dedupe(letters) == ["a", "b"]


@pytest.mark.parametrize("given, wanted", [([1, 1], [1]), ([], [])])
def test_sizes(given, wanted):
    assert dedupe(given) == wanted
`,
};

describe('the repair engine', () => {
  it('surveys each test with its outcome, its lines and the functions it entered', async () => {
    const tests = await survey({ directory: repository(PAGES), runner: 'node-test' });
    expect(tests.map((test) => [test.id, test.outcome])).toEqual([
      ['test/pages.test.js::pages > counts full pages', 'pass'],
      [SHORTER, 'fail'],
      ['test/pages.test.js::pages > counts none', 'pass'],
    ]);
    expect(tests[1]?.covered).toEqual({ 'pages.js': expect.arrayContaining([3]) });
    expect(tests[2]?.covered['pages.js']).not.toContain(3);
    expect(tests[1]?.symbols).toContain('pages');
  });

  it('names Python tests as files, classes, functions and parameters', async () => {
    const tests = await survey({ directory: repository(DEDUPE), runner: 'pytest' });
    expect(tests.map((test) => `${test.id} ${test.outcome}`)).toEqual([
      'tests/test_dedupe.py::TestDedupe > test_keeps_order pass',
      'tests/test_dedupe.py::TestDedupe > test_drops_the_second fail',
      'tests/test_dedupe.py::test_sizes[given0-wanted0] fail',
      'tests/test_dedupe.py::test_sizes[given1-wanted1] pass',
    ]);
  });

  it('mends an ES module and leaves the checkout as it was', async () => {
    const directory = repository(PAGES);
    const before = fingerprint(directory);
    const result = await search({ directory, runner: 'node-test', targets: [SHORTER] });
    expect(outcome(result)).toContain('Math.ceil(total / size)');
    expect(result).toMatchObject({ status: 'plausible', passes: 3, confidence: 'high', clusters: 1 });
    expect(fingerprint(directory)).toBe(before);
  });

  it('mends Python under pytest and leaves no cache behind', async () => {
    const directory = repository(DEDUPE);
    const before = fingerprint(directory);
    const targets = [
      'tests/test_dedupe.py::TestDedupe > test_drops_the_second',
      'tests/test_dedupe.py::test_sizes[given0-wanted0]',
    ];
    const result = await search({ directory, runner: 'pytest', targets });
    expect(outcome(result)).toMatch(/seen\.add\(item\)|item in kept/);
    expect(fingerprint(directory)).toBe(before);
  });

  it('goes through pytest itself when a suite needs its fixtures', async () => {
    const directory = repository({
      'greet.py': 'def greet(name, times):\n    for _ in range(times + 1):\n        print(name)\n    return times\n',
      'tests/test_greet.py':
        'from greet import greet\n\n\ndef test_twice(capsys):\n    greet("ada", 2)\n    assert capsys.readouterr().out == "ada\\nada\\n"\n\n\ndef test_count():\n    assert greet("x", 3) == 3\n',
    });
    const targets = ['tests/test_greet.py::test_twice'];
    expect(outcome(await search({ directory, runner: 'pytest', targets, more: { candidates: 60 } }))).toContain(
      'range(times)',
    );
  });

  it('mends Python under unittest', async () => {
    const directory = repository({
      'fee.py': 'def fee(days):\n    if days < 3:\n        return 0\n    return days * 2\n',
      'tests/test_fee.py':
        'import unittest\nfrom fee import fee\n\n\nclass Fee(unittest.TestCase):\n    def test_grace(self):\n        self.assertEqual(fee(3), 0)\n\n    def test_late(self):\n        self.assertEqual(fee(4), 8)\n',
    });
    const result = await search({ directory, runner: 'unittest', targets: ['tests/test_fee.py::Fee > test_grace'] });
    expect(outcome(result)).toContain('days <= 3');
  });

  it('surveys a package whose empty __init__.py has no line to cover', async () => {
    const directory = repository({
      'shop/__init__.py': '',
      'shop/fee.py': 'def fee(days):\n    return days * 2\n',
      'tests/test_fee.py':
        'import unittest\nfrom shop.fee import fee\n\n\nclass Fee(unittest.TestCase):\n    def test_late(self):\n        self.assertEqual(fee(4), 8)\n',
    });
    const [test] = await survey({ directory, runner: 'unittest' });
    expect(test).toMatchObject({ outcome: 'pass', covered: { 'shop/fee.py': expect.arrayContaining([2]) } });
    expect(Object.values(test?.covered ?? {}).flat()).not.toContain(0);
  });

  it('mends TypeScript under describe, it and expect', async () => {
    const directory = repository({
      'range.ts':
        'export interface Range { readonly low: number; readonly high: number }\n\nexport function inside(value: number, range: Range): boolean {\n  return value >= range.low || value <= range.high;\n}\n',
      'test/range.test.ts':
        "import { describe, expect, it } from '@jest/globals';\nimport { inside } from '../range.js';\ndescribe('inside', () => {\n  it.each([[1, true], [5, true], [9, false], [-1, false]])('%i is %s', (value, wanted) => {\n    expect(inside(value, { low: 0, high: 5 })).toBe(wanted);\n  });\n});\n",
    });
    const targets = ['test/range.test.ts::inside > 9 is false', 'test/range.test.ts::inside > -1 is false'];
    expect(outcome(await search({ directory, runner: 'jest', targets }))).toContain(
      'value >= range.low && value <= range.high',
    );
  });

  it('mends CommonJS under mocha, with callbacks and promises', async () => {
    const directory = repository({
      'total.js':
        'function total(prices) {\n  let sum = 0;\n  for (const price of prices) sum -= price;\n  return sum;\n}\nmodule.exports = { total };\n',
      'test/total.test.js':
        "const assert = require('assert');\nconst { total } = require('../total');\ndescribe('total', function () {\n  it('waits', function (done) { setTimeout(() => { assert.strictEqual(total([]), 0); done(); }, 1); });\n  it('adds', async function () { await null; assert.strictEqual(total([1, 2]), 3); });\n});\n",
    });
    const result = await search({ directory, runner: 'mocha', targets: ['test/total.test.js::total > adds'] });
    expect(outcome(result)).toContain('sum += price');
  });

  it('survives candidates and tests that never end', async () => {
    const directory = repository({
      'count.py':
        'def count(n):\n    steps = 0\n    while n > 0:\n        n = n // 2\n        steps -= 1\n    return steps\n',
      'tests/test_count.py':
        'from count import count\n\n\ndef test_none():\n    assert count(0) == 0\n\n\ndef test_some():\n    assert count(8) == 4\n\n\ndef test_hangs():\n    while True:\n        try:\n            count(1)\n        except Exception:\n            continue\n',
    });
    expect(
      outcome(await search({ directory, runner: 'pytest', targets: ['tests/test_count.py::test_some'] })),
    ).toContain('steps += 1');
    const script = {
      'count.js':
        'function count(n) {\n  let steps = 0;\n  while (n > 0) {\n    n += 1;\n    steps += 1;\n  }\n  return steps;\n}\nmodule.exports = { count };\n',
      'test/count.test.cjs':
        "const test = require('node:test');\nconst assert = require('node:assert');\nconst { count } = require('../count.js');\ntest('none', () => assert.equal(count(0), 0));\ntest('some', () => assert.equal(count(3), 3));\ntest('later', async () => { await null; assert.equal(count(2), 2); });\n",
    };
    const targets = ['test/count.test.cjs::some', 'test/count.test.cjs::later'];
    expect(outcome(await search({ directory: repository(script), runner: 'node-test', targets }))).toMatch(
      /n -= 1|n--/,
    );
  });

  it('goes on from an index to the same answer, and passes over what was rejected', async () => {
    const directory = repository(PAGES);
    const first = await search({ directory, runner: 'node-test', targets: [SHORTER] });
    if (first.status !== 'plausible') throw new Error('expected a plausible candidate');
    const resumed = await search({
      directory,
      runner: 'node-test',
      targets: [SHORTER],
      more: { startAt: first.index },
    });
    expect(resumed).toMatchObject({ status: 'plausible', index: first.index, candidate: first.candidate });
    const other = await search({
      directory,
      runner: 'node-test',
      targets: [SHORTER],
      more: { rejected: [first.candidate.id] },
    });
    if (other.status === 'plausible') expect(other.candidate.id).not.toBe(first.candidate.id);
  });

  it('is interrupted after it has found something, and finds the same when it goes on', async () => {
    const directory = repository(PAGES);
    const asked = { directory, runner: 'node-test', targets: [SHORTER] } as const;
    const { indexes, result } = await searchToldOn(asked);
    if (result.status !== 'plausible') throw new Error('expected a plausible candidate');
    expect(indexes).not.toEqual([]);
    expect(await search({ ...asked, more: { startAt: indexes.at(-1) } })).toMatchObject({
      candidate: result.candidate,
    });
  });

  it('says why it cannot', async () => {
    const directory = repository(PAGES);
    const ask = async (targets: readonly string[], more = {}) =>
      outcome(await search({ directory, runner: 'node-test', targets, more }));
    expect(await ask(['test/pages.test.js::pages > counts none'])).toBe('no-failing-test');
    expect(await ask(['test/pages.test.js::nothing like it'])).toBe('not-reproducible');
    expect(await ask([SHORTER], { touches: ['docs/**'] })).toBe('no-suspicious-code');
    expect(await ask([SHORTER], { candidates: 1, startAt: 100 })).toBe('exhausted');
    const lines = Array.from({ length: 60 }, (_, i) => `  n += ${i};`).join('\n');
    const long = repository({
      'long.js': `function long(n) {\n${lines}\n  return n;\n}\nmodule.exports = { long };\n`,
      'test/long.test.cjs':
        "const test = require('node:test');\ntest('long', () => require('node:assert').equal(require('../long.js').long(0), 1));\n",
    });
    expect(outcome(await search({ directory: long, runner: 'node-test', targets: ['test/long.test.cjs::long'] }))).toBe(
      'region-too-large',
    );
    const mocked = repository({
      'a.js': 'module.exports = 1;\n',
      'test/a.test.js': "jest.mock('../a');\ntest('a', () => {});\n",
    });
    expect(outcome(await search({ directory: mocked, runner: 'jest', targets: ['test/a.test.js::a'] }))).toBe(
      'unsupported-runner',
    );
  });

  it('never offers an edit that breaks a test that passed', async () => {
    const directory = repository({
      'sign.py': 'def sign(n):\n    return "plus"\n',
      'tests/test_sign.py':
        "from sign import sign\n\n\ndef test_up():\n    assert sign(3) == 'plus'\n\n\ndef test_down():\n    assert sign(-3) == 'less'\n\n\ndef test_none():\n    assert sign(0) == 'same'\n",
    });
    const targets = ['tests/test_sign.py::test_down', 'tests/test_sign.py::test_none'];
    expect(await search({ directory, runner: 'pytest', targets })).toMatchObject({
      status: 'cannot-do',
      reason: 'exhausted',
    });
  });

  it('believes no candidate that passes only by what an earlier one did to a builtin', async () => {
    const directory = repository({
      // Once an edit has turned the condition round, all that share its context return 1, whatever they changed.
      'poison.js':
        'const seen = Object;\nfunction first(count) {\n  if (count === 0) seen.poisoned = true;\n  return seen.poisoned ? 1 : 0;\n}\nmodule.exports = { first };\n',
      'test/poison.test.cjs':
        "const test = require('node:test');\nconst { first } = require('../poison.js');\ntest('first', () => require('node:assert').equal(first(5), 1));\n",
    });
    const result = await search({ directory, runner: 'node-test', targets: ['test/poison.test.cjs::first'] });
    expect(result.status).toBe('plausible');
    if (result.status !== 'plausible') return;
    for (const { edits } of [result.candidate, ...result.alternatives]) {
      const module = { exports: { first: (_count: number) => 0 } };
      vm.runInNewContext(edits[0]?.after ?? '', { module });
      expect(module.exports.first(5)).toBe(1);
    }
  });

  it('exits 2 on a request that is not one, and names what is wrong', async () => {
    const said = await run({ directory: repository(PAGES), input: '{"do":"survey"}' });
    expect(said.code).toBe(2);
    expect(said.errors).toContain('module');
  });
});
