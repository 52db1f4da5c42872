// Flaky versus red. Pure and without zod.

export interface RedTest {
  readonly test: string;
  /** `flaky`: the same tree gave both answers. `red-on-base`: it failed before the change. */
  readonly state: 'red' | 'flaky' | 'red-on-base';
  /** One line of what was seen. */
  readonly evidence: string;
}

/** Ids of tests by how they ended in one run. */
interface Cases {
  readonly passing: readonly string[];
  readonly failing: readonly string[];
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
 * What each test is that failed in any of the runs. Only a pass that a report names makes a test flaky: one that is
 * missing or skipped in the other runs stays red.
 */
export function classifyRed({ first, again, base }: RedRuns): RedTest[] {
  const runs = [first, ...again];
  const onBase = new Set(base?.failing ?? []);
  return [...new Set(runs.flatMap(({ failing }) => failing))].map((test) => {
    if (onBase.has(test)) return { test, state: 'red-on-base', evidence: 'fails on the base too' };
    const fails = runs.filter(({ failing }) => failing.includes(test)).length;
    const passes = runs.filter(({ passing, failing }) => passing.includes(test) && !failing.includes(test)).length;
    const absent = runs.length - passes - fails;
    const seen = [`failed ${fails} of ${runs.length} times on the same tree`];
    if (absent > 0) seen.push(`did not end with a result ${absent} times`);
    return { test, state: passes > 0 ? 'flaky' : 'red', evidence: seen.join(', ') };
  });
}
