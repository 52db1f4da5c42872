import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { stringify } from 'yaml';
import { createGateActivities, type GateInput } from '../activities/gates.js';
import { createBlobs } from '../adapters/blobs/blobs.js';
import { createGateCache } from '../adapters/blobs/gate-cache.js';
import { createTestHistory } from '../adapters/blobs/test-history.js';
import { createSandboxHost } from '../adapters/sandbox/host.js';
import type { Verdict } from '../schemas/verdict.js';
import type { Bench, BenchContext } from './context.js';
import { inTurns, timed } from './measure.js';
import { ratioRow } from './row.js';

const REPO = 'app';
/** About the cheapest gate that people have: one test file. */
const COMMAND = 'mkdir -p out && node --test --test-reporter=junit --test-reporter-destination=out/junit.xml test/';
const TEST = "import { test } from 'node:test';\ntest('adds', () => {\n  if (1 + 1 !== 2) throw new Error();\n});\n";

/** A gate that was answered before on an equal tree, against running it in its sandbox. */
export const gateCache: Bench = {
  name: 'gate-cache',
  async run(context) {
    const { input, activitiesWith } = await prepare(context);
    const known = activitiesWith('known');
    const judge = async (activities: typeof known, cached: boolean) => {
      const verdict: Verdict = await new MockActivityEnvironment().run(activities.runGate, input);
      if (verdict.outcome !== 'pass') throw new Error(`the gate was to pass: ${verdict.reason}`);
      if (verdict.cached !== cached) throw new Error(`the verdict was ${cached ? 'not ' : ''}from the cache`);
    };
    await judge(known, false);
    const { ours, baseline } = await inTurns({
      repetitions: context.quick ? 2 : 12,
      warmUps: 1,
      ours: () => timed(() => judge(known, true)),
      baseline: (n) => {
        const fresh = activitiesWith(`fresh-${n}`);
        return timed(() => judge(fresh, false));
      },
    });
    const name = 'equal gate on an equal tree / running it in its sandbox';
    return [ratioRow({ name, unit: 'ms', ours, baseline, target: { atMost: 1 / 20 } })];
  },
};

async function prepare({ directory, installDir, path }: BenchContext) {
  const root = join(directory, 'gate-cache');
  const source = join(root, 'source');
  mkdirSync(join(source, 'test'), { recursive: true });
  writeFileSync(join(source, 'test/adds.test.mjs'), TEST);
  const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: source, stdio: 'ignore' });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('-c', 'user.name=bench', '-c', 'user.email=bench@localhost', 'commit', '--quiet', '--message=a test');
  const { depot, workspaces } = createSandboxHost({ stateDir: join(root, 'state'), installDir, path });
  const { tree } = await depot.fetch({ name: REPO, url: source, defaultBranch: 'main' }, 'main');
  const blobs = createBlobs(join(root, 'blobs'));
  const testHistory = createTestHistory(join(root, 'tests'));
  const activitiesWith = (cache: string) =>
    createGateActivities({
      workspaces,
      depot,
      blobs,
      gateCache: createGateCache(join(root, 'caches', cache)),
      testHistory,
    });
  const input: GateInput = {
    ...{ repo: REPO, tree, near: tree, gate: 'tests', targets: [] },
    blueprint: await blobs.put(blueprintText(), 'application/yaml'),
  };
  return { input, activitiesWith };
}

function blueprintText(): string {
  const module = { path: '.', language: 'javascript', runner: 'node-test', sources: ['*.mjs'], tests: ['test/**'] };
  return stringify({
    version: 1,
    modules: { app: module },
    gates: [{ name: 'tests', command: COMMAND, report: 'out/junit.xml', module: 'app' }],
  });
}
