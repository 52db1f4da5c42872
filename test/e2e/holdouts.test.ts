import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { stringify } from 'yaml';
import { createHoldoutActivities, type HoldoutInput } from '../../activities/holdouts.js';
import type { Blobs } from '../../activities/ports.js';
import { createBlobs } from '../../adapters/blobs/blobs.js';
import { createHoldouts } from '../../adapters/holdouts/holdouts.js';
import { type Bench, createBench, type Files } from '../../adapters/sandbox/testing.js';
import type { HoldoutProgress, HoldoutResult } from '../../schemas/holdouts.js';

/** What the operator keeps: `adds` is met by the code of these tests, `doubles` only by honest code. */
const CHECK = '[ "$(sh add.sh 2 2)" = 4 ] && cat .signalbox-holdout/deep/words.txt && [ ! -e left ] && touch left';
const SCENARIOS = [
  { name: 'adds', command: CHECK, files: 'adds' },
  { name: 'doubles', command: 'test "$(sh add.sh 21 21)" = 42 || { echo secretive reason; exit 1; }' },
];
const HONEST = { 'add.sh': 'echo $(($1 + $2))\n' };
const OVERFITTED = { 'add.sh': 'echo 4\n' };

describe('hold-out scenarios in the real sandbox', () => {
  let bench: Bench;
  let blobs: Blobs;
  let directory: string;
  let branches = 0;

  const keep = (scenarios: unknown) => writeFileSync(join(directory, 'holdouts.yaml'), stringify({ scenarios }));

  /** The input for a change with these files. */
  async function inputFor(files: Files, more: Partial<HoldoutInput> = {}): Promise<HoldoutInput> {
    const { tree } = await bench.commit(files, `b${branches++}`);
    const blueprint = await blobs.put(
      stringify({ version: 1, modules: {}, gates: [{ name: 'g', command: 'true' }] }),
      'application/yaml',
    );
    return { repo: 'app', tree, near: tree, blueprint, runs: 2, confidence: 0.95, ...more };
  }

  function start(directories: Readonly<Record<string, string>> = { app: directory }) {
    const { workspaces, depot } = bench.host;
    return createHoldoutActivities({ workspaces, depot, blobs, holdouts: createHoldouts(directories) });
  }

  /** The result, and what Temporal was told on the way. */
  async function run(input: HoldoutInput, heartbeatDetails?: HoldoutProgress) {
    const environment = new MockActivityEnvironment(heartbeatDetails && { heartbeatDetails });
    const beats: HoldoutProgress[] = [];
    environment.on('heartbeat', (details) => details && beats.push(details as HoldoutProgress));
    const result: HoldoutResult = await environment.run(start().runHoldouts, input);
    return { result, beats };
  }

  beforeAll(() => {
    bench = createBench();
    blobs = createBlobs(join(bench.root, 'blobs'));
    directory = join(bench.root, 'kept');
    mkdirSync(join(directory, 'adds/deep'), { recursive: true });
    writeFileSync(join(directory, 'adds/deep/words.txt'), 'kept words\n');
    keep(SCENARIOS);
  });
  afterAll(() => bench.remove());

  it('satisfy honest code in every run, each in a workspace of its own', async () => {
    const { result } = await run(await inputFor(HONEST));
    expect(result).toMatchObject({ satisfied: 4, runs: 4, perScenario: Array(2).fill({ satisfied: 2, runs: 2 }) });
    expect(result.lower).toBeCloseTo(0.51, 2);
  });

  it('find out code that was written to fit what could be seen', async () => {
    const { result } = await run(await inputFor(OVERFITTED));
    expect(result).toMatchObject({ satisfied: 2, runs: 4 });
    expect(result.perScenario).toEqual([
      { satisfied: 2, runs: 2 },
      { satisfied: 0, runs: 2 },
    ]);
    const log = result.log ? (await blobs.get(result.log)).toString() : '';
    expect(log).toContain('doubles: 0 of 2 satisfied');
    expect(log).toContain('secretive reason');
  });

  it('tell nothing but numbers and addresses to whoever asked for them', async () => {
    const { result, beats } = await run(await inputFor(OVERFITTED));
    for (const told of [result, ...beats]) {
      expect(JSON.stringify(told)).not.toMatch(/adds|doubles|kept words|secretive|add\.sh/);
    }
  });

  it('leave nothing in the tree: files of a run are gone with its workspace', async () => {
    const input = await inputFor(HONEST);
    await run(input);
    expect(await bench.host.depot.list('app', input.tree)).toEqual(['add.sh']);
  });

  it('are not run again by a retry, nor by another host', async () => {
    const input = await inputFor(OVERFITTED);
    const { beats, result } = await run(input);
    const third = beats.find(({ counts }) => counts.reduce((sum, { runs }) => sum + runs, 0) === 3);
    if (!third) throw new Error('there was no third heartbeat');
    const retried = await run(input, third);
    expect(retried.beats.at(0)?.counts).toEqual(third.counts);
    expect(new Set(retried.beats.map((beat) => JSON.stringify(beat.counts))).size).toBe(2);
    expect(retried.result).toEqual(result);
    expect((await run({ ...input, progress: third })).result).toEqual(result);
  });

  it('are run again when another tree or other scenarios were run before', async () => {
    const { beats } = await run(await inputFor(OVERFITTED));
    const last = beats.at(-1);
    const { result } = await run(await inputFor(HONEST), last);
    expect(result.satisfied).toBe(4);
  });

  it('are judged like a gate: a report that is missing is no satisfaction', async () => {
    keep([{ name: 'reports', command: 'true', report: 'junit.xml' }]);
    expect((await run(await inputFor(HONEST))).result).toMatchObject({ satisfied: 0, runs: 2 });
    keep([{ name: 'elsewhere', command: 'true', in: 'nowhere' }]);
    expect((await run(await inputFor(HONEST))).result).toMatchObject({ satisfied: 0, runs: 2 });
    const report = '<testsuites><testcase name="works" classname="t"/></testsuites>';
    keep([{ name: 'reports', command: `echo '${report}' > junit.xml`, report: 'junit.xml' }]);
    expect((await run(await inputFor(HONEST))).result).toMatchObject({ satisfied: 2, runs: 2 });
    keep(SCENARIOS);
  });

  it('do not run on a change that put files where theirs will be', async () => {
    const input = await inputFor({ ...HONEST, '.signalbox-holdout/deep/words.txt': 'mine' });
    await expect(run(input)).rejects.toMatchObject({ type: 'SandboxRefused', nonRetryable: true });
  });

  it('that can not be read stop the step, and it does not say what they are', async () => {
    keep([{ name: 'adds', command: 'true', files: 'adds', surprise: 'hidden words' }]);
    const input = await inputFor(HONEST);
    await expect(run(input)).rejects.toMatchObject({ type: 'BadInput', message: expect.not.stringMatching('hidden') });
    mkdirSync(join(directory, 'linked'), { recursive: true });
    symlinkSync('/etc/passwd', join(directory, 'linked/passwd'));
    keep([{ name: 'linked', command: 'true', files: 'linked' }]);
    await expect(run(input)).rejects.toMatchObject({ type: 'BadInput' });
    keep(SCENARIOS);
  });

  it('are counted before they run: none is none, and never a pass', async () => {
    const input = await inputFor(HONEST);
    const environment = new MockActivityEnvironment();
    expect(await environment.run(start().countHoldouts, { repo: 'app' })).toEqual({ scenarios: 2, roundMs: 600_000 });
    const none = start({ other: directory });
    expect(await environment.run(none.countHoldouts, { repo: 'app' })).toEqual({ scenarios: 0, roundMs: 0 });
    expect(await environment.run(none.runHoldouts, input)).toEqual({
      satisfied: 0,
      runs: 0,
      lower: 0,
      perScenario: [],
    });
  });
});
