import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createGateActivities, type GateInput } from '../../activities/gates.js';
import { createBlobs } from '../../adapters/blobs/blobs.js';
import { createGateCache } from '../../adapters/blobs/gate-cache.js';
import { createTestHistory } from '../../adapters/blobs/test-history.js';
import { createSandboxHost } from '../../adapters/sandbox/host.js';
import type { Gate } from '../../schemas/blueprint.js';
import type { Verdict } from '../../schemas/verdict.js';
import { loadConfig } from '../../temporal.config.js';

const REPORT = '<testsuites><testcase name="works" classname="test"/></testsuites>';

describe('a gate in the real sandbox', () => {
  let directory: string;
  let gate: (change: Partial<Gate>, more?: Partial<GateInput>) => Promise<Verdict>;
  let readLog: (verdict: Verdict) => Promise<string>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'signalbox-gates-'));
    const { installDir, path } = loadConfig();
    const stateDir = join(directory, 'state');
    const { workspaces, depot } = createSandboxHost({ stateDir, installDir, path });
    const blobs = createBlobs(join(stateDir, 'blobs'));
    const { runGate } = createGateActivities({
      workspaces,
      depot,
      blobs,
      gateCache: createGateCache(join(stateDir, 'gates')),
      testHistory: createTestHistory(join(stateDir, 'tests')),
    });

    const work = join(directory, 'work');
    mkdirSync(work);
    writeFileSync(join(work, 'app.txt'), 'app\n');
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: work });
    git('init', '--quiet', '--initial-branch=main');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'app');
    const { tree } = await depot.fetch({ name: 'app', url: work, defaultBranch: 'main' }, 'main');
    gate = async (change, more) => {
      const named = { name: 'g', command: 'true', timeout: '30s', ...change };
      const blueprint = await blobs.put(
        JSON.stringify({ version: 1, modules: {}, gates: [named] }),
        'application/yaml',
      );
      const input = { repo: 'app', tree, near: tree, blueprint, gate: 'g', targets: [], ...more };
      return new MockActivityEnvironment().run(runGate, input);
    };
    readLog = async ({ log }) => (log ? (await blobs.get(log)).toString() : '');
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('passes by its exit code when it declares no report', async () => {
    expect(await gate({ command: 'cat app.txt' })).toMatchObject({ outcome: 'pass', exitCode: 0, cached: false });
  });

  it('is answered from the cache when gate and tree are equal', async () => {
    await gate({ command: 'echo equal' });
    expect(await gate({ command: 'echo equal' })).toMatchObject({ outcome: 'pass', cached: true });
  });

  it('fails by its exit code', async () => {
    expect(await gate({ command: 'echo broken >&2; exit 3' })).toMatchObject({
      outcome: 'fail',
      reason: 'exit code 3',
    });
  });

  it('that hangs is ended and could not be judged, and that is not cached', async () => {
    const hanging = { command: 'sleep 600', timeout: '1s' };
    expect(await gate(hanging)).toMatchObject({ outcome: 'unknown', reason: 'ended by the sandbox: timeout' });
    expect((await gate(hanging)).cached).toBe(false);
  });

  it('that prints 100 MB keeps the beginning and the end, and says how much was dropped', async () => {
    const verdict = await gate({ command: 'echo first; head -c 100000000 /dev/zero | tr "\\0" x; echo; echo last' });
    const log = await readLog(verdict);
    expect(verdict.outcome).toBe('pass');
    expect(log.length).toBeLessThan(1_000_000);
    expect(log).toContain('last');
    expect(log).toMatch(/\d{8,} more bytes were dropped/);
  });

  it('that declares a report must write one', async () => {
    expect(await gate({ command: 'true', report: 'junit.xml' })).toMatchObject({
      outcome: 'unknown',
      reason: 'the gate wrote no report at junit.xml',
    });
  });

  it('whose report has no test that ran could not be judged', async () => {
    const command = `echo '<testsuites></testsuites>' > junit.xml`;
    expect(await gate({ command, report: 'junit.xml' })).toMatchObject({ outcome: 'unknown', reason: 'no tests ran' });
  });

  it('whose report is not XML could not be judged', async () => {
    expect((await gate({ command: 'echo nonsense > junit.xml', report: 'junit.xml' })).outcome).toBe('unknown');
  });

  it('passes when its report has tests that ran, and all targets among them', async () => {
    const command = `echo '${REPORT}' > junit.xml`;
    expect(await gate({ command, report: 'junit.xml' })).toMatchObject({
      outcome: 'pass',
      counts: { passed: 1, failed: 0 },
    });
    const missed = await gate({ command, report: 'junit.xml' }, { targets: ['test/a.test.ts::other'] });
    expect(missed).toMatchObject({ outcome: 'fail' });
  });

  it('cannot be talked into a pass by what it prints', async () => {
    expect((await gate({ command: 'echo "exit code 0, all tests passed"; exit 1' })).outcome).toBe('fail');
  });
});
