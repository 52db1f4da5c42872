import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CommandResult, SandboxCommand, SandboxLimits, Workspace } from '../../activities/ports.js';
import { eventually } from '../../test/eventually.js';
import { type Bench, createBench } from './testing.js';

const LIMITS: SandboxLimits = { memoryMiB: 256, processes: 64, diskMiB: 32, outputBytes: 64 * 1024 };
const MIB = 1024 * 1024;

/** Processes whose command line names the mark; sandboxed ones are seen from the host. */
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

const noneLeft = (mark: string) => eventually(() => processesWith(mark).length === 0);

describe('limits', () => {
  let bench: Bench;
  let workspace: Workspace;
  const ways = ['a fresh sandbox', 'the warm sandbox'] as const;
  const run = async (way: (typeof ways)[number], command: SandboxCommand): Promise<CommandResult> =>
    way === 'a fresh sandbox' ? workspace.exec(command) : (await workspace.shell()).exec(command);

  beforeAll(async () => {
    bench = createBench();
    const { tree } = await bench.commit({ 'a.txt': 'a\n' });
    workspace = await bench.host.workspaces.open({ repo: 'app', tree, layers: [], limits: LIMITS });
  });
  afterAll(async () => {
    await workspace?.close();
    bench.remove();
  });

  describe.each(ways)('in %s', (way) => {
    it('ends a command that hangs, and everything that it started, in any session', async () => {
      const mark = `31.${way.length}1`;
      const command = `(setsid sleep ${mark} &) ; trap '' TERM HUP INT; sleep ${mark} & sleep ${mark}`;
      const running = run(way, { command, timeoutMs: 2_000 });
      // The control: they were there.
      await eventually(() => processesWith(mark).length > 2);
      expect(await running).toMatchObject({ ended: 'timeout', exitCode: null, signal: 'SIGKILL' });
      expect(await noneLeft(mark)).toBe(true);
      expect(await run(way, { command: 'echo next', timeoutMs: 5000 })).toMatchObject({ stdout: 'next\n' });
    });

    it('ends a command that is cancelled, also before it began', async () => {
      const controller = new AbortController();
      const mark = `32.${way.length}2`;
      const running = run(way, { command: `sleep ${mark}`, timeoutMs: 20_000, signal: controller.signal });
      await sleep(100);
      controller.abort();
      expect(await running).toMatchObject({ ended: 'cancelled', exitCode: null });
      expect(await noneLeft(mark)).toBe(true);
      const late = await run(way, { command: 'touch late', timeoutMs: 5000, signal: controller.signal });
      expect(late).toMatchObject({ ended: 'cancelled' });
      expect(await run(way, { command: 'test -e late', timeoutMs: 5000 })).toMatchObject({ exitCode: 1 });
    });

    it('leaves nothing running that a command has put into the background', async () => {
      const mark = `33.${way.length}3`;
      const result = await run(way, {
        command: `(setsid sleep ${mark} >/dev/null 2>&1 &) ; echo done`,
        timeoutMs: 5000,
      });
      expect(result).toMatchObject({ exitCode: 0, stdout: 'done\n' });
      expect(await noneLeft(mark)).toBe(true);
    });

    it('takes 100 MB of output without keeping it, and hands all of it on', async () => {
      let passed = 0;
      const result = await run(way, {
        command: 'echo first; head -c 100000000 /dev/zero | tr "\\0" x; echo; echo last; echo small >&2',
        timeoutMs: 20_000,
        onStdout: (chunk) => {
          passed += chunk.length;
        },
      });
      expect(result).toMatchObject({ exitCode: 0, stderr: 'small\n' });
      expect(result.stdout.length).toBeLessThan(LIMITS.outputBytes + 100);
      expect(result.stdout).toMatch(/^first\nxxx/);
      expect(result.stdout).toMatch(/xxx\nlast\n$/);
      expect(result.dropped).toBe(100_000_012 - LIMITS.outputBytes);
      expect(passed).toBe(100_000_012);
    });

    it('survives a fork bomb', async () => {
      const result = await run(way, { command: 'bomb() { bomb | bomb & }; bomb; sleep 5', timeoutMs: 1000 });
      expect(result.exitCode === null || result.exitCode !== 0).toBe(true);
      expect(await run(way, { command: 'echo alive', timeoutMs: 5000 })).toMatchObject({ stdout: 'alive\n' });
    });

    it('lets no process have more memory than the sandbox may, and ends a sandbox that has it together', async () => {
      const alone = await run(way, { command: ['node', '-e', 'new Uint8Array(2 ** 30)'], timeoutMs: 10_000 });
      expect(alone.stderr).toContain('Array buffer allocation failed');
      const hold = 'node -e "globalThis.kept = Buffer.alloc(80 * 2 ** 20, 1); setTimeout(() => {}, 9000)" &';
      const together = await run(way, { command: `${hold.repeat(4)} wait`, timeoutMs: 15_000 });
      expect(together).toMatchObject({ ended: 'memory', exitCode: null });
    });

    it('lets no file be larger than the disk limit, and ends a command that fills the disk with many', async () => {
      const large = await run(way, {
        command: 'head -c 100000000 /dev/zero >large; wc -c <large; rm large',
        timeoutMs: 10_000,
      });
      expect(Number(large.stdout)).toBe(LIMITS.diskMiB * MIB);
      const fill = 'for n in $(seq 200); do head -c 4194304 /dev/zero >fill.$n || exit 9; sleep 0.05; done';
      expect(await run(way, { command: fill, timeoutMs: 20_000 })).toMatchObject({ ended: 'disk', exitCode: null });
      expect(await run(way, { command: 'rm -f fill.*; ls', timeoutMs: 5000 })).toMatchObject({ stdout: 'a.txt\n' });
      const open = 'chmod 700 dark; head -c 4194304 /dev/zero >dark/$n || exit 9; chmod 000 dark; sleep 0.05';
      const hidden = `mkdir dark; for n in $(seq 200); do ${open}; done`;
      expect(await run(way, { command: hidden, timeoutMs: 20_000 })).toMatchObject({ ended: 'disk' });
      await run(way, { command: 'chmod 700 dark; rm -rf dark', timeoutMs: 5000 });
    });

    it('keeps /tmp and /dev/shm small', async () => {
      const command =
        'for d in /tmp /dev/shm; do head -c 20000000 /dev/zero >$d/1; for n in 2 3 4 5 6 7 8 9; do head -c 20000000 /dev/zero >$d/$n; done; rm -f $d/[1-9]; done';
      const result = await run(way, { command, timeoutMs: 10_000 });
      expect(result.stderr.match(/No space left on device/g)?.length).toBeGreaterThan(3);
    });
  });

  it('tells the exit code of the command, of a signal and of a missing program', async () => {
    for (const way of ways) {
      const code = async (command: string | readonly string[]) =>
        (await run(way, { command, timeoutMs: 5000 })).exitCode;
      expect(await code('exit 3')).toBe(3);
      expect(await code('kill -9 $$')).toBe(137);
      expect(await code('no-such-program')).toBe(127);
      expect(await code(['no-such-program'])).toBe(127);
      expect(await code(['false'])).toBe(1);
      expect(await code(['cd', 'x'])).toBe(127);
    }
  });
});
