import { describe, expect, it } from '@jest/globals';
import { type Baseline, judge } from './judge.js';
import type { TestCase } from './junit.js';

const ran = (cases: Readonly<Record<string, TestCase['outcome']>>): TestCase[] =>
  Object.entries(cases).map(([id, outcome]) => ({ id, outcome }));

const run = (exitCode: number, cases: readonly TestCase[]) => ({ exitCode, report: { cases } });
const green = run(0, ran({ 'a.test.ts::works': 'pass' }));

describe('a gate without a report', () => {
  it('passes with exit code 0 alone', () => {
    expect(judge({ exitCode: 0 }, [])).toEqual({ outcome: 'pass', reason: 'exit code 0' });
    expect(judge({ exitCode: 3 }, [])).toEqual({ outcome: 'fail', reason: 'exit code 3' });
  });
});

describe('what is not a result', () => {
  it.each(['timeout', 'cancelled', 'disk', 'memory'])('is never green: ended by the sandbox, %s', (ended) => {
    expect(judge({ ...green, ended }, [])).toEqual({ outcome: 'unknown', reason: `ended by the sandbox: ${ended}` });
  });

  it('is never green: ended by a signal', () => {
    expect(judge({ ...green, exitCode: null }, []).outcome).toBe('unknown');
  });

  it.each([0, 1])('is never green: a report that is missing or unreadable, exit code %d', (exitCode) => {
    const report = { unreadable: 'the gate wrote no report at x.xml' };
    expect(judge({ exitCode, report }, [])).toEqual({ outcome: 'unknown', reason: report.unreadable });
  });

  it.each([0, 1])('is never green: no tests ran, exit code %d', (exitCode) => {
    expect(judge(run(exitCode, []), [])).toEqual({ outcome: 'unknown', reason: 'no tests ran' });
  });

  it('is never green: every test was skipped', () => {
    expect(judge(run(0, ran({ a: 'skip', b: 'skip' })), []).reason).toBe('no tests ran');
  });

  it('is never green: exit code 0 with failures in the report, known or not', () => {
    const baseline = { passing: ['a'], failing: ['b'] };
    const cheat = run(0, ran({ a: 'pass', b: 'fail' }));
    expect(judge(cheat, [], baseline).outcome).toBe('unknown');
    expect(judge(cheat, []).outcome).toBe('fail');
  });

  it('is never green: an exit code that no failing test explains', () => {
    expect(judge(run(1, ran({ a: 'pass' })), [])).toEqual({
      outcome: 'fail',
      reason: 'exit code 1 without a failing test',
    });
  });
});

describe('a report', () => {
  it('passes when every test passes', () => {
    expect(judge(run(0, ran({ a: 'pass', b: 'pass', c: 'skip' })), [])).toEqual({
      outcome: 'pass',
      reason: '2 tests pass',
    });
  });

  it('names the test that fails', () => {
    const { outcome, reason } = judge(run(1, ran({ a: 'pass', b: 'fail', c: 'fail' })), []);
    expect({ outcome, reason }).toEqual({ outcome: 'fail', reason: 'fails: b and 1 more' });
  });
});

describe('the tests that define the fix', () => {
  const target = 'a.test.ts::pages > start late';

  it.each([
    ['is missing', {}],
    ['was skipped', { [target]: 'skip' }],
    ['fails', { [target]: 'fail' }],
  ] as const)('are not mended when one %s', (_, cases) => {
    const judged = judge(run(1, ran({ other: 'pass', ...cases })), [target], { passing: ['other'], failing: [target] });
    expect(judged).toEqual({ outcome: 'fail', reason: `the test that defines the fix does not pass: ${target}` });
  });

  it('are mended when each of them passes', () => {
    expect(judge(run(0, ran({ [target]: 'pass' })), [target]).outcome).toBe('pass');
  });

  it('are found by title where the report names no files', () => {
    expect(judge(run(0, ran({ '::pages > start late': 'pass' })), [target]).outcome).toBe('pass');
    expect(judge(run(0, ran({ '::pages > start': 'pass' })), [target]).outcome).toBe('fail');
    expect(judge(run(0, ran({ 'b.test.ts::pages > start late': 'pass' })), [target]).outcome).toBe('fail');
  });

  it('are found although a reporter drops line breaks from titles', () => {
    expect(judge(run(0, ran({ '::two lines': 'pass' })), ['a.test.ts::two\n lines']).outcome).toBe('pass');
  });

  it('are not mended while a test of the same title fails, because a report without files cannot tell which', () => {
    const cases = [...ran({ '::pages > start late': 'pass' }), ...ran({ '::pages > start late': 'fail' })];
    const baseline = { passing: [], failing: ['::pages > start late', '::pages > start late'] };
    expect(judge(run(1, cases), [target], baseline).outcome).toBe('fail');
  });

  it('may be tests with subtests, which a report has as a suite only', () => {
    const parent = 'a.test.ts::pages';
    expect(judge(run(0, ran({ '::pages > one': 'pass', '::pages > two': 'pass' })), [parent]).outcome).toBe('pass');
    const baseline = { passing: ['::pages > one'], failing: ['::pages > two'] };
    const half = run(1, ran({ '::pages > one': 'pass', '::pages > two': 'fail' }));
    expect(judge(half, [parent], baseline).reason).toBe(`the test that defines the fix does not pass: ${parent}`);
    expect(judge(run(0, ran({ '::pages > one': 'skip', x: 'pass' })), [parent]).outcome).toBe('fail');
  });
});

describe('what the base did', () => {
  const baseline: Baseline = { passing: ['kept', 'also kept'], failing: ['known'] };

  it('is tolerated where it failed before', () => {
    const judged = judge(run(1, ran({ kept: 'pass', 'also kept': 'pass', known: 'fail' })), [], baseline);
    expect(judged).toEqual({ outcome: 'pass', reason: '2 tests pass, 1 known to fail on the base' });
  });

  it.each([
    ['is missing', {}],
    ['is skipped', { kept: 'skip' }],
    ['fails', { kept: 'fail' }],
  ] as const)('must not be lost: what passed %s now', (_, cases) => {
    const judged = judge(run(1, ran({ 'also kept': 'pass', known: 'fail', ...cases })), [], baseline);
    expect(judged).toEqual({ outcome: 'fail', reason: 'passed before, does not pass now: kept' });
  });

  it('does not excuse a failure that is new', () => {
    const cases = ran({ kept: 'pass', 'also kept': 'pass', known: 'fail', fresh: 'fail' });
    expect(judge(run(1, cases), [], baseline).reason).toBe('fails: fresh and 1 more');
  });

  it('is compared by count where two tests share an id', () => {
    const twins: Baseline = { passing: ['::works'], failing: ['::works'] };
    const twice = (...outcomes: TestCase['outcome'][]) => outcomes.map((outcome) => ({ id: '::works', outcome }));
    expect(judge(run(1, twice('fail', 'pass')), [], twins).outcome).toBe('pass');
    expect(judge(run(0, twice('pass', 'pass')), [], twins).outcome).toBe('pass');
    expect(judge(run(1, twice('fail', 'fail')), [], twins).outcome).toBe('fail');
    expect(judge(run(1, twice('fail', 'skip')), [], twins).outcome).toBe('fail');
    expect(judge(run(1, twice('fail', 'fail', 'pass')), [], twins).outcome).toBe('fail');
  });

  it.each([126, 127])('could not be judged when its command could not be run (exit code %i)', (exitCode) => {
    expect(judge({ exitCode }, [])).toMatchObject({
      outcome: 'unknown',
      reason: expect.stringContaining(String(exitCode)),
    });
  });
});
