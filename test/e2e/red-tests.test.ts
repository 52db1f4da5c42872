import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { stringify } from 'yaml';
import { createGateActivities } from '../../activities/gates.js';
import type { Blobs } from '../../activities/ports.js';
import { createRedTestActivities, type RedExplained, type RedGate } from '../../activities/red-tests.js';
import { createBlobs } from '../../adapters/blobs/blobs.js';
import { createGateCache } from '../../adapters/blobs/gate-cache.js';
import { createTestHistory } from '../../adapters/blobs/test-history.js';
import { type Bench, createBench } from '../../adapters/sandbox/testing.js';
import type { BlobRef } from '../../schemas/blob-ref.js';
import type { Verdict } from '../../schemas/verdict.js';

const NAMES = ['steady', 'shaky', 'broken'] as const;
type Name = (typeof NAMES)[number];

/** A gate whose report says that these tests fail and the others pass. */
function blueprintOf(failing: readonly Name[], file: string): string {
  const cases = NAMES.map((name) => {
    const inside = failing.includes(name) ? '><failure/></testcase>' : '/>';
    return `<testcase name="${name}" classname="${file}"${inside}`;
  });
  const command = `echo '<testsuites>${cases.join('')}</testsuites>' > junit.xml; exit ${failing.length > 0 ? 1 : 0}`;
  const module = {
    path: 'app',
    language: 'javascript',
    runner: 'node-test',
    sources: ['src/**'],
    tests: ['test/**/*.test.js'],
  };
  const gate = { name: 'tests', in: 'app', command, report: 'junit.xml', module: 'app' };
  return stringify({ version: 1, modules: { app: module }, gates: [gate] });
}

describe('flaky or red, in the real sandbox', () => {
  let bench: Bench;
  let blobs: Blobs;
  let base: string;
  let untouched: string;
  let touched: string;
  let activities: ReturnType<typeof createGateActivities> & ReturnType<typeof createRedTestActivities>;
  let plain: BlobRef;

  /** A run of the gate in which these fail; what a run says differs from run to run as a flaky test's does. */
  async function runOf(
    tree: string,
    failing: readonly Name[],
    more: object = {},
    file = 'test/a.test.js',
  ): Promise<Verdict> {
    const blueprint = await blobs.put(blueprintOf(failing, file), 'application/yaml');
    const input = { repo: 'app', tree, near: base, blueprint, gate: 'tests', targets: [], fresh: true, ...more };
    return new MockActivityEnvironment().run(activities.runGate, input);
  }

  function explain(runs: Pick<RedGate, 'first' | 'again'> & Partial<RedGate>): Promise<RedExplained> {
    const input = { repo: 'app', tree: runs.first.tree, near: base, blueprint: plain, targets: [], ...runs };
    return new MockActivityEnvironment().run(activities.explainRed, input);
  }

  const idOf = (name: Name) => `test/a.test.js::${name}`;

  beforeAll(async () => {
    bench = createBench();
    const { workspaces, depot } = bench.host;
    blobs = createBlobs(join(bench.root, 'blobs'));
    const testHistory = createTestHistory(join(bench.root, 'tests'));
    const gateCache = createGateCache(join(bench.root, 'gates'));
    activities = {
      ...createGateActivities({ workspaces, depot, blobs, gateCache, testHistory }),
      ...createRedTestActivities({ blobs, depot, testHistory }),
    };
    plain = await blobs.put(blueprintOf([], ''), 'application/yaml');
    const files = { 'app/src/a.js': '', 'app/test/a.test.js': '' };
    base = (await bench.commit(files, 'base')).tree;
    untouched = (await bench.commit({ ...files, 'app/src/a.js': 'b' }, 'untouched')).tree;
    touched = (await bench.commit({ ...files, 'app/test/a.test.js': 'b' }, 'touched')).tree;
  });
  afterAll(() => bench.remove());

  it('a fresh run goes past the cache, and leaves its answer alone', async () => {
    const cached = await runOf(untouched, [], { fresh: false });
    expect(await runOf(untouched, [], { fresh: false })).toMatchObject({ outcome: 'pass', cached: true });
    expect(await runOf(untouched, [])).toMatchObject({ outcome: 'pass', cached: false });
    expect(await runOf(untouched, [], { fresh: false })).toEqual({ ...cached, cached: true });
  });

  it('a test that passes when it is run again is named, and the run that passed counts', async () => {
    const [first, again] = [await runOf(untouched, ['shaky']), await runOf(untouched, [])];
    const { verdict, tests, findings } = await explain({ first, again: [again] });
    expect(verdict).toMatchObject({ outcome: 'pass', flaky: [idOf('shaky')] });
    expect(verdict.reason).toBe(`3 tests pass; flaky: ${idOf('shaky')}`);
    expect(tests).toEqual([{ test: idOf('shaky'), state: 'flaky', evidence: 'failed 1 of 2 times on the same tree' }]);
    expect(findings).toMatchObject([
      {
        rule: 'flaky-test',
        severity: 'note',
        path: 'app/test/a.test.js',
        message: expect.stringMatching(/is flaky: .*shaky failed 1 of 2 times.*recorded runs; gave both answers on/),
      },
    ]);
  });

  it('a flaky test that the change touched needs a person', async () => {
    const [first, again] = [await runOf(touched, ['shaky']), await runOf(touched, [])];
    expect((await explain({ first, again: [again] })).findings).toMatchObject([{ severity: 'person', risk: 'medium' }]);
  });

  it('without the name of its file, any test that the change touched may be it', async () => {
    const of = async (tree: string) => {
      const runs = [await runOf(tree, ['shaky'], {}, 'group'), await runOf(tree, [], {}, 'group')] as [
        Verdict,
        Verdict,
      ];
      return (await explain({ first: runs[0], again: [runs[1]] })).findings.map(({ severity }) => severity);
    };
    expect(await of(touched)).toEqual(['person']);
    expect(await of(untouched)).toEqual(['note']);
  });

  it('a test that fails each time is red, whatever else is flaky beside it', async () => {
    const first = await runOf(untouched, ['shaky', 'broken']);
    const { verdict, tests } = await explain({ first, again: [await runOf(untouched, ['broken'])] });
    expect(verdict).toMatchObject({ outcome: 'fail', flaky: [idOf('shaky')] });
    expect(tests.map(({ state }) => state)).toEqual(['flaky', 'red']);
  });

  it('a test that is gone from the run that passed is red: it did not pass', async () => {
    const first = await runOf(untouched, ['shaky', 'broken']);
    const cases = await blobs.put(JSON.stringify({ passing: [idOf('shaky')], failing: [] }), 'application/json');
    const { verdict } = await explain({ first, again: [{ ...(await runOf(untouched, [])), cases }] });
    expect(verdict).toMatchObject({ outcome: 'fail', flaky: [idOf('shaky')] });
  });

  it('the gate stays red while no later run passes as a whole', async () => {
    const again = [await runOf(untouched, ['broken']), await runOf(untouched, ['shaky'])];
    const { verdict } = await explain({ first: await runOf(untouched, ['shaky']), again });
    expect(verdict.outcome).toBe('fail');
  });

  it('what failed on the base is known, and no reason to call the gate flaky', async () => {
    const [verdictOfBase, first] = [await runOf(base, ['broken']), await runOf(untouched, ['broken', 'shaky'])];
    const more = verdictOfBase.cases && { baseline: verdictOfBase.cases };
    const again = [await runOf(untouched, ['broken'], more)];
    const { verdict, tests } = await explain({ first, again, base: verdictOfBase });
    expect(tests.map(({ test, state }) => [test, state])).toEqual([
      [idOf('shaky'), 'flaky'],
      [idOf('broken'), 'red-on-base'],
    ]);
    expect(verdict).toMatchObject({ outcome: 'pass', flaky: [idOf('shaky')] });
  });

  it('a test that defines the fix proves nothing when it passes only sometimes', async () => {
    const [first, again] = [await runOf(untouched, ['shaky']), await runOf(untouched, [])];
    const { verdict } = await explain({ first, again: [again], targets: ['test/other.test.js::shaky'] });
    expect(verdict).toMatchObject({ outcome: 'fail', flaky: [idOf('shaky')] });
  });

  it('runs that could not be judged leave the verdict red', async () => {
    const first = await runOf(untouched, ['shaky']);
    const { cases: _, ...unjudged } = { ...first, outcome: 'unknown' as const, failing: [] };
    expect(await explain({ first, again: [unjudged] })).toMatchObject({
      verdict: first,
      tests: [{ state: 'red', evidence: expect.stringContaining('did not end with a result 1 times') }],
      findings: [],
    });
  });
});
