import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { classifyRed } from './red-tests.js';
import type { Cases } from './verdict.js';

const run = (passing: string[], failing: string[] = []): Cases => ({ passing, failing });

describe('a failing test', () => {
  it('is red when nothing was run again', () => {
    expect(classifyRed({ first: run([], ['a']), again: [] })).toEqual([
      { test: 'a', state: 'red', evidence: 'failed 1 of 1 times on the same tree' },
    ]);
  });

  it('is red when it fails each time', () => {
    const again = [run(['b'], ['a']), run(['b'], ['a'])];
    expect(classifyRed({ first: run(['b'], ['a']), again })).toEqual([
      { test: 'a', state: 'red', evidence: 'failed 3 of 3 times on the same tree' },
    ]);
  });

  it('is flaky when it passes once', () => {
    const again = [run([], ['a']), run(['a'])];
    expect(classifyRed({ first: run([], ['a']), again })).toEqual([
      { test: 'a', state: 'flaky', evidence: 'failed 2 of 3 times on the same tree' },
    ]);
  });

  it('is red when it is not there again: what did not run did not pass', () => {
    expect(classifyRed({ first: run([], ['a']), again: [run(['b'])] })).toMatchObject([
      { state: 'red', evidence: 'failed 1 of 2 times on the same tree, did not end with a result 1 times' },
    ]);
  });

  it('is red when two tests share its name and one of them fails', () => {
    expect(classifyRed({ first: run(['a'], ['a']), again: [run(['a'], ['a'])] })).toMatchObject([{ state: 'red' }]);
  });

  it('is found in the later runs too', () => {
    expect(classifyRed({ first: run(['b'], ['a']), again: [run(['a'], ['b']), run(['a', 'b'])] })).toEqual([
      { test: 'a', state: 'flaky', evidence: 'failed 1 of 3 times on the same tree' },
      { test: 'b', state: 'flaky', evidence: 'failed 1 of 3 times on the same tree' },
    ]);
  });

  it('is known when the base fails it, whatever it does now', () => {
    const base = run([], ['a']);
    expect(classifyRed({ first: run([], ['a']), again: [run(['a'])], base })).toMatchObject([{ state: 'red-on-base' }]);
  });

  it('is never lost, and never flaky without a pass', () => {
    const cases = fc.record({
      passing: fc.subarray(['a', 'b', 'c']),
      failing: fc.subarray(['a', 'b', 'c']),
    });
    fc.assert(
      fc.property(cases, fc.array(cases, { maxLength: 3 }), (first, again) => {
        const classified = classifyRed({ first, again });
        const runs = [first, ...again];
        expect(new Set(classified.map(({ test }) => test))).toEqual(new Set(runs.flatMap(({ failing }) => failing)));
        for (const { test, state } of classified) {
          const passed = runs.some(({ passing, failing }) => passing.includes(test) && !failing.includes(test));
          expect(state === 'flaky').toBe(passed);
        }
      }),
    );
  });
});
