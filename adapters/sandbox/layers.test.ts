import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PrepareRequest, SandboxLimits } from '../../activities/ports.js';
import type { SetupStep } from '../../schemas/blueprint.js';
import { type Bench, createBench, type Files } from './testing.js';

const LIMITS: SandboxLimits = { memoryMiB: 512, processes: 64, diskMiB: 64, outputBytes: 64 * 1024 };
const FILES: Files = { 'app/lock': '1\n', 'app/code.txt': 'code\n', '.gitignore': 'cache/\n' };

describe('set-up layers', () => {
  let bench: Bench;
  let tree: string;
  const step = (given: Partial<SetupStep>): SetupStep => ({
    name: 'install',
    in: 'app',
    command: 'true',
    lockfiles: ['lock'],
    registries: [],
    hosts: [],
    timeout: '1m',
    ...given,
  });
  const prepare = (given: Partial<SetupStep>, request: Partial<PrepareRequest> = {}) =>
    bench.host.workspaces.prepare({ repo: 'app', tree, step: step(given), layers: [], limits: LIMITS, ...request });
  const inside = async (layers: readonly string[], command: string, of = tree) => {
    const workspace = await bench.host.workspaces.open({ repo: 'app', tree: of, layers, limits: LIMITS });
    try {
      const { stdout, stderr } = await workspace.exec({ command, timeoutMs: 10_000 });
      return { output: stdout + stderr, ...(await workspace.snapshot()) };
    } finally {
      await workspace.close();
    }
  };
  const install = 'mkdir -p deps cache && echo "$RANDOM_ID" >cache/id && cat lock >deps/installed && echo installing';

  beforeAll(async () => {
    bench = createBench();
    ({ tree } = await bench.commit(FILES));
  });
  afterAll(() => bench.remove());

  it('installs once per content of the lockfiles, and lays the result below every workspace', async () => {
    const said: string[] = [];
    const first = await prepare({ command: install }, { onOutput: (chunk) => said.push(chunk) });
    expect(first.cached).toBe(false);
    expect(said.join('')).toBe('installing\n');
    expect(await prepare({ command: install })).toEqual({ layer: first.layer, cached: true });

    const code = await bench.commit({ ...FILES, 'app/code.txt': 'other code\n' }, 'code');
    expect(await prepare({ command: install }, { tree: code.tree })).toEqual({ layer: first.layer, cached: true });
    const seen = await inside([first.layer], 'cat app/deps/installed app/code.txt; ls app/cache', code.tree);
    expect(seen).toEqual({ output: '1\nother code\nid\n', tree: code.tree });

    const lock = await bench.commit({ ...FILES, 'app/lock': '2\n' }, 'lock');
    const second = await prepare({ command: install }, { tree: lock.tree });
    expect(second).toMatchObject({ cached: false });
    expect((await inside([second.layer], 'cat app/deps/installed', lock.tree)).output).toBe('2\n');
  });

  it('lets a workspace change what a layer brought for itself alone, and never into a snapshot', async () => {
    const { layer } = await prepare({ command: install });
    const changed = await inside(
      [layer],
      'echo hacked >app/deps/installed; rm -r app/cache; echo >app/deps/new; cat app/deps/installed',
    );
    expect(changed).toEqual({ output: 'hacked\n', tree });
    expect((await inside([layer], 'cat app/deps/installed; ls app/deps')).output).toBe('1\ninstalled\n');
  });

  it('installs once when many ask at the same time', async () => {
    const command = 'mkdir once && sleep 0.2';
    const all = await Promise.all(Array.from({ length: 4 }, () => prepare({ command })));
    expect(new Set(all.map(({ layer }) => layer)).size).toBe(1);
    expect(all.filter(({ cached }) => !cached)).toHaveLength(1);
  });

  it('stacks steps: a later one sees and may replace what an earlier one made', async () => {
    const first = await prepare({ command: 'mkdir base && echo one >base/a && echo one >base/b' });
    const second = await prepare({ command: 'cat base/a && echo two >base/b && rm base/a' }, { layers: [first.layer] });
    expect((await inside([first.layer, second.layer], 'ls app/base; cat app/base/b')).output).toBe('b\ntwo\n');
    expect((await inside([first.layer], 'cat app/base/b')).output).toBe('one\n');
  });

  it('refuses a step that changes files of the repository, and names them', async () => {
    const changing = prepare({ command: 'echo changed >code.txt && rm lock && mkdir ok' });
    await expect(changing).rejects.toMatchObject({ type: 'SetupFailed', nonRetryable: true });
    await expect(changing).rejects.toThrow('app/code.txt, app/lock');
  });

  it('says how a step failed, with the end of its output', async () => {
    const failing = prepare({ command: 'echo the reason >&2; exit 3' });
    await expect(failing).rejects.toMatchObject({ type: 'SetupFailed', nonRetryable: true });
    await expect(failing).rejects.toThrow(/exit code 3\):\nthe reason/);
    await expect(prepare({ command: 'sleep 20', timeout: '1s' })).rejects.toThrow('timeout');
    await expect(prepare({ lockfiles: ['missing'] })).rejects.toThrow('app/missing, which is not in the repository');
    await expect(inside(['0'.repeat(64)], 'true')).rejects.toThrow('prepare it first');
    await expect(inside(['../../x'], 'true')).rejects.toThrow('expected a layer');
  });

  it('refuses a layer that would hide files of the repository', async () => {
    const { layer } = await prepare({ command: 'mkdir vendored && echo v >vendored/v' });
    const vendored = await bench.commit({ ...FILES, 'app/vendored/own.txt': 'mine\n' }, 'vendored');
    await expect(inside([layer], 'true', vendored.tree)).rejects.toThrow(
      'app/vendored/own.txt is a file of the repository',
    );
  });

  it('stops when it is cancelled, and leaves nothing half made', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);
    await expect(prepare({ command: 'mkdir half; sleep 20' }, { signal: controller.signal })).rejects.toThrow('abort');
    expect(
      (await prepare({ command: 'mkdir half; sleep 20', timeout: '1s' }).catch((error) => error)).message,
    ).toContain('timeout');
    expect(readdirSync(join(bench.options.stateDir, 'sandbox/workspaces'))).toEqual([]);
  });

  it('stops at whatever moment of its beginning it is cancelled', async () => {
    for (let ms = 0; ms < 120; ms += 10) {
      const signal = AbortSignal.timeout(ms);
      await expect(prepare({ command: `sleep ${20 + ms}` }, { signal })).rejects.toThrow(/abort/);
    }
    expect(readdirSync(join(bench.options.stateDir, 'sandbox/workspaces'))).toEqual([]);
  });

  it('has no network without a name for it', async () => {
    const command = `node -e "require('node:net').connect(443, '192.0.2.1').on('error', (e) => { console.error(e.code); process.exit(9) })"`;
    await expect(prepare({ command })).rejects.toThrow('ENETUNREACH');
  });
});
