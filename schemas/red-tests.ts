import type { Cases } from './verdict.js';

// Flaky versus red. Pure and without zod.

export interface RedTest {
  readonly test: string;
  /** `flaky`: the same tree gave both answers. `red-on-base`: it failed before the change. */
  readonly state: 'red' | 'flaky' | 'red-on-base';
  /** One line of what was seen. */
  readonly evidence: string;
}

export interface RedRuns {
  /** The run that was red. */
  readonly first: Cases;
  /** Later runs of the same gate on the same tree, without the cache. */
  readonly again: readonly Cases[];
  /** The same gate on the base. */
  readonly base?: Cases;
}

/**
 * What each failing test of a red run is. Only a pass that a report names makes a test flaky: one that is missing or
 * skipped in the runs after stays red.
 */
export function classifyRed({ first, again, base }: RedRuns): RedTest[] {
  const onBase = new Set(base?.failing ?? []);
  return [...new Set(first.failing)].map((test) => {
    if (onBase.has(test)) return { test, state: 'red-on-base', evidence: 'fails on the base too' };
    const passes = again.filter(({ passing, failing }) => passing.includes(test) && !failing.includes(test)).length;
    const fails = again.filter(({ failing }) => failing.includes(test)).length;
    const absent = again.length - passes - fails;
    const runs = [
      `failed ${fails + 1} of ${again.length + 1} times on the same tree`,
      ...(absent > 0 ? [`did not end with a result ${absent} times`] : []),
    ];
    return { test, state: passes > 0 ? 'flaky' : 'red', evidence: runs.join(', ') };
  });
}
