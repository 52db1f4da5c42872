import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../temporal.config.js';
import { eventually } from './eventually.js';

// `signalbox dev` with the real parts: what it says, and that it leaves nothing behind.

describe('signalbox dev', () => {
  let directory: string;
  let child: ChildProcess;
  let talk: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'signalbox-dev-'));
    execFileSync('git', ['init', '--quiet', '--bare', join(directory, 'shop.git')]);
  });
  afterEach(async () => {
    child.kill('SIGKILL');
    for (const pid of processes()) process.kill(pid, 'SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });

  function start(gatewayPort: number): void {
    const config = { repos: [{ name: 'shop', url: 'shop.git' }], gateway: { port: gatewayPort } };
    // JSON is YAML.
    writeFileSync(join(directory, 'signalbox.config.yaml'), JSON.stringify(config));
    const { cacheDir, installDir } = loadConfig();
    const env = {
      ...{ PATH: process.env.PATH, HOME: directory, SIGNALBOX_TOKEN: 't', SIGNALBOX_STATE: join(directory, 'state') },
      XDG_CACHE_HOME: join(cacheDir, '..'),
    };
    const args = [join(installDir, 'dist/cli/main.js'), 'dev', '--json', '--temporal-port', '0', '--ui-port', '0'];
    child = spawn(process.execPath, args, { cwd: directory, env });
    talk = '';
    child.stderr?.on('data', (chunk) => {
      talk += chunk;
    });
  }

  /** Everything that was started for this test knows its directory. */
  function processes(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== child.pid)
      .filter((pid) => environment(pid).includes(directory))
      .map(Number);
  }

  function environment(pid: string): string {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8');
    } catch {
      return '';
    }
  }

  async function nothingRuns(): Promise<void> {
    // A worker that is told to stop ends its steps first.
    await eventually(processes, (left) => left.length === 0);
  }

  it('says where everything is once it is ready, and leaves nothing running after Ctrl-C', async () => {
    start(0);
    const exit = once(child, 'exit');
    const ready = await Promise.race([once(child.stdout as NonNullable<typeof child.stdout>, 'data'), exit]);
    if (!Buffer.isBuffer(ready[0])) throw new Error(`it ended: ${talk}`);
    const { temporal, gateway, ui, people } = JSON.parse(ready[0].toString());
    expect(people).toMatch(/ \(local\), made for this machine; .*docs\/people\.md/);
    expect(temporal).toMatch(/^127\.0\.0\.1:\d+$/);
    expect((await fetch(`${gateway}/readyz`)).status).toBe(200);
    expect((await fetch(ui)).status).toBe(200);
    expect(processes().length).toBeGreaterThanOrEqual(3);
    child.kill('SIGINT');
    expect(await exit).toEqual([130, null]);
    await nothingRuns();
  });

  it('ends everything, with the reason, when one part ends', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    start(typeof address === 'object' && address ? address.port : 0);
    expect(await once(child, 'exit')).toEqual([1, null]);
    other.close();
    expect(talk).toContain('the gateway ended with code 1; everything else is ended too');
    await nothingRuns();
  });

  it('leaves nothing running when it is killed itself', async () => {
    start(0);
    await eventually(processes, (running) => running.length >= 3);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await nothingRuns();
  });
});
