import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Workspace } from '../../activities/ports.js';
import { type Bench, createBench } from './testing.js';

const LIMITS = { memoryMiB: 512, processes: 64, diskMiB: 64, outputBytes: 65_536, hungMs: 4_000 };
const AT_MOST_MS = 30_000;

describe('a command that hangs', () => {
  let bench: Bench;
  let workspace: Workspace;
  beforeAll(async () => {
    bench = createBench();
    const { tree } = await bench.commit({ 'a.txt': 'a\n' });
    workspace = await bench.host.workspaces.open({ repo: 'app', tree, layers: [], limits: LIMITS });
  });
  afterAll(async () => {
    await workspace.close();
    bench.remove();
  });

  const ways = {
    'in a fresh sandbox': (command: string) => workspace.exec({ command, timeoutMs: AT_MOST_MS }),
    'in the warm one': async (command: string) => (await workspace.shell()).exec({ command, timeoutMs: AT_MOST_MS }),
  };

  describe.each(Object.entries(ways))('%s', (_name, run) => {
    it('is ended long before its time is up', async () => {
      expect(await run('echo waiting; sleep 100')).toMatchObject({ ended: 'hung', stdout: 'waiting\n' });
    });

    it('is left alone while it says something', async () => {
      const command = 'for n in $(seq 14); do echo $n; sleep 0.4; done';
      const result = await run(command);
      expect(result.ended).toBe(undefined);
      expect(result.stdout).toContain('14\n');
    });

    it('is left alone while a process of it computes in silence', async () => {
      const result = await run('timeout 7 sh -c "while :; do :; done" & wait; echo done');
      expect(result).toMatchObject({ stdout: 'done\n', exitCode: 0 });
    });
  });
});
