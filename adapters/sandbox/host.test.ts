import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SandboxLimits } from '../../activities/ports.js';
import { eventually } from '../../test/eventually.js';
import { type Bench, createBench } from './testing.js';

const LIMITS: SandboxLimits = { memoryMiB: 512, processes: 64, diskMiB: 64, outputBytes: 64 * 1024 };
const asRoot = process.getuid?.() === 0 ? it : it.skip;
/** Another user can only run a worker from an installation that is open to others. */
const asRootOfOpenInstallation = isOpen(resolve('.')) ? asRoot : it.skip;

function isOpen(directory: string): boolean {
  const open = (statSync(directory).mode & 0o005) === 0o005;
  return open && (directory === '/' || isOpen(dirname(directory)));
}

/** A worker of its own in another process, from what was built. `body` uses `host`, `limits` and `tree`. */
function worker(bench: Bench, tree: string, body: string, options: object = {}): ChildProcess {
  const built = resolve('dist/adapters/sandbox/host.js');
  const script = `
    import { createSandboxHost } from ${JSON.stringify(built)};
    const host = createSandboxHost(${JSON.stringify(bench.options)});
    const limits = ${JSON.stringify(LIMITS)};
    const tree = ${JSON.stringify(tree)};
    ${body}`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  });
}

async function answerOf(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('the worker has no output');
  return (await text(child.stdout)).trim();
}

function processesWith(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(mark);
    } catch {
      return false;
    }
  });
}

const OPEN = `const workspace = await host.workspaces.open({ repo: 'app', tree, layers: [], limits });`;

describe('sandbox host', () => {
  let bench: Bench;
  let tree: string;

  beforeAll(async () => {
    bench = createBench();
    ({ tree } = await bench.commit({ 'a.txt': 'a\n', 'dir/b.txt': 'b\n' }));
  });
  afterAll(() => bench.remove());

  it('ends with its worker, however hard that is killed, and the next one removes what is left', async () => {
    const workspaces = join(bench.options.stateDir, 'sandbox/workspaces');
    const own = await bench.host.workspaces.open({ repo: 'app', tree, layers: [], limits: LIMITS });
    const child = worker(
      bench,
      tree,
      `${OPEN}
      const shell = await workspace.shell();
      workspace.exec({ command: 'mkdir -m 000 dark; setsid sleep 71.01 & sleep 71.02', timeoutMs: 60000 });
      shell.exec({ command: 'sleep 71.03 & sleep 71.04', timeoutMs: 60000 });
      setTimeout(() => console.log(workspace.id), 300);`,
    );
    const [id] = (await once(child.stdout ?? child, 'data')).map((chunk) => String(chunk).trim());
    expect(processesWith('sleep\x0071.0').length).toBe(4);
    expect(await bench.host.reap()).toEqual({ processes: 0, removed: 0, quarantined: 0 });
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(
      await eventually(() => processesWith('sleep\x0071.0').length === 0 && processesWith(String(id)).length === 0),
    ).toBe(true);
    expect(readdirSync(workspaces).sort()).toEqual([id, own.id].sort());
    expect(await bench.host.reap()).toEqual({ processes: 0, removed: 1, quarantined: 0 });
    expect(readdirSync(workspaces)).toEqual([own.id]);
    expect(await own.exec({ command: 'cat a.txt', timeoutMs: 5000 })).toMatchObject({ stdout: 'a\n' });
    await own.close();
  });

  it('leaves nothing running when it is killed while sandboxes are about to start', async () => {
    for (const delay of [0, 2, 4, 6, 8, 12]) {
      const child = worker(
        bench,
        tree,
        `${OPEN}
        console.log(workspace.id);
        for (;;) await Promise.all([1, 2, 3].map(() => workspace.exec({ command: 'exec sleep 72.01', timeoutMs: 20 })));`,
      );
      const [id] = (await once(child.stdout ?? child, 'data')).map((chunk) => String(chunk).trim());
      await sleep(delay);
      child.kill('SIGKILL');
      await once(child, 'close');
      const gone = await eventually(
        () => processesWith('72.01').length === 0 && processesWith(String(id)).length === 0,
      );
      if (!gone) await bench.host.reap();
      expect(
        await eventually(() => processesWith('72.01').length === 0 && processesWith(String(id)).length === 0),
      ).toBe(true);
    }
    await bench.host.reap();
  });

  it('gives sandboxes no descriptor that the worker has inherited', async () => {
    const leaked = openSync(join(bench.root, 'leaked.txt'), 'w');
    const stdio = Array.from({ length: 201 }, (_, fd) =>
      fd === 200 ? leaked : fd === 1 ? 'pipe' : fd === 2 ? 'inherit' : 'ignore',
    );
    const child = worker(
      bench,
      tree,
      `import { execFileSync } from 'node:child_process';
      ${OPEN}
      const list = 'for fd in /proc/self/fd/*; do readlink $fd; done; true';
      const outside = execFileSync('/bin/sh', ['-c', list]).toString();
      const inside = (await workspace.exec({ command: list, timeoutMs: 5000 })).stdout;
      const warm = (await (await workspace.shell()).exec({ command: list, timeoutMs: 5000 })).stdout;
      console.log(JSON.stringify({ outside, inside, warm }));
      await workspace.close();`,
      { stdio },
    );
    const seen = JSON.parse(await answerOf(child));
    expect(seen.outside).toContain('leaked.txt');
    expect(seen.inside + seen.warm).not.toContain('leaked.txt');
  });

  asRoot('works from a state directory and an installation that are closed to the identity of sandboxes', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'closed-'));
    const installDir = join(parent, 'install');
    mkdirSync(join(installDir, 'dist/repair'), { recursive: true });
    mkdirSync(join(installDir, 'node_modules/left'), { recursive: true });
    writeFileSync(join(installDir, 'package.json'), '{"type":"module"}');
    writeFileSync(join(installDir, 'dist/repair/main.js'), 'console.log("the engine", import.meta.url)');
    chmodSync(parent, 0o700);
    const closed = createBench({ parent, installDir });
    try {
      const { tree: own } = await closed.commit({ 'a.txt': 'a\n', lock: '1' });
      const { layer } = await closed.host.workspaces.prepare({
        repo: 'app',
        tree: own,
        step: {
          name: 'x',
          in: '.',
          command: 'mkdir deps',
          lockfiles: ['lock'],
          registries: [],
          hosts: [],
          timeout: '1m',
        },
        layers: [],
        limits: LIMITS,
      });
      const workspace = await closed.host.workspaces.open({ repo: 'app', tree: own, layers: [layer], limits: LIMITS });
      const ran = await workspace.exec({ command: closed.host.workspaces.engine, timeoutMs: 10_000 });
      expect(ran.stdout).toBe('the engine file:///opt/signalbox/dist/repair/main.js\n');
      await workspace.writeFile('b.txt', 'b\n');
      const { tree: taken } = await workspace.snapshot();
      expect(await closed.host.depot.list('app', taken)).toEqual(['a.txt', 'b.txt', 'lock']);
      await workspace.close();
      expect((await closed.host.selfTest()).filter(({ ok }) => !ok)).toEqual([]);
    } finally {
      rmSync(parent, { recursive: true, force: true });
    }
  });

  asRootOfOpenInstallation('works for a worker that is not root, and then as its own user', async () => {
    const other = createBench();
    const { tree: own } = await other.commit({ 'a.txt': 'a\n' });
    const give = (path: string) => {
      chownSync(path, 4321, 4321);
      for (const entry of readdirSync(path, { withFileTypes: true })) {
        if (entry.isDirectory()) give(join(path, entry.name));
        else chownSync(join(path, entry.name), 4321, 4321);
      }
    };
    give(other.root);
    const child = worker(
      other,
      own,
      `const red = (await host.selfTest()).filter(({ ok }) => !ok);
      ${OPEN}
      const ran = await workspace.exec({ command: 'id -u; mkdir -m 000 dark; echo b >b.txt', timeoutMs: 5000 });
      await workspace.exec({ command: 'chmod 700 dark; mkdir dark/er; chmod 000 dark', timeoutMs: 5000 });
      await workspace.exec({ command: 'rmdir dark || chmod 700 dark && rm -r dark; mkdir -m 000 ignored', timeoutMs: 5000 });
      const { tree: taken } = await workspace.snapshot();
      await workspace.close();
      console.log(JSON.stringify({ red, stdout: ran.stdout, files: await host.depot.list('app', taken) }));`,
      { uid: 4321, gid: 4321, cwd: '/' },
    );
    try {
      expect(JSON.parse(await answerOf(child))).toEqual({ red: [], stdout: '1000\n', files: ['a.txt', 'b.txt'] });
      expect(readdirSync(join(other.options.stateDir, 'sandbox/workspaces'))).toEqual([]);
    } finally {
      other.remove();
    }
  });
});
