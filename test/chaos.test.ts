import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChaosReport } from '../chaos/report.js';
import { environmentWith, loadConfig } from '../temporal.config.js';

const MINUTES = 60_000;
const { installDir } = loadConfig();

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
  readonly report: ChaosReport | undefined;
}

describe('signalbox chaos', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'signalbox-chaos-test-'));
    // As /tmp is: sandboxes look whether they can see into it.
    await chmod(directory, 0o1777);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  function start(args: readonly string[]) {
    const env = environmentWith({ TMPDIR: directory, TEMPORAL_ADDRESS: '' });
    delete (env as Record<string, unknown>).TEMPORAL_ADDRESS;
    const entry = join(installDir, 'dist/cli/main.js');
    return spawn(process.execPath, [entry, 'chaos', ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  }

  async function chaos(...args: readonly string[]): Promise<Ended> {
    const at = await mkdtemp(join(directory, 'report-'));
    const child = start([...args, '--report', at]);
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    const file = await readdir(at);
    return {
      ...{ code, stderr },
      report: file.includes('chaos.json') ? JSON.parse(readFileSync(join(at, 'chaos.json'), 'utf8')) : undefined,
    };
  }

  it(
    '20 missions and 20 kills: nothing is lost, doubled or left behind',
    async () => {
      const { code, stderr, report } = await chaos('--missions', '20', '--kills', '20', '--seed', '1');
      expect({ code, broken: report?.broken, ...(code !== 0 && { stderr }) }).toEqual({ code: 0, broken: [] });
      expect(report?.counts).toMatchObject({ started: 20, finished: 20, sameTree: 20, stuck: 0 });
      const kills = report?.faults.filter(({ fault }) => ['worker', 'gateway', 'server'].includes(fault)) ?? [];
      expect(kills).toHaveLength(20);
      expect(new Set(kills.map(({ fault }) => fault))).toEqual(new Set(['worker', 'gateway', 'server']));
    },
    20 * MINUTES,
  );

  describe('with planted bugs', () => {
    let seen: Ended;
    beforeAll(async () => {
      const plants = join(installDir, 'dist/test/chaos-plants.js');
      const quick = ['--still', '30', '--grace', '3', '--preload', plants];
      const child = ['--missions', '4', '--kills', '0', ...quick];
      seen = await chaosProgram(child);
    }, 8 * MINUTES);

    /** The program itself: what plants bugs is not for the command line. */
    async function chaosProgram(args: readonly string[]): Promise<Ended> {
      const at = await mkdtemp(join(directory, 'report-'));
      const entry = join(installDir, 'dist/chaos/main.js');
      const env = environmentWith({ TMPDIR: directory });
      const child = spawn(process.execPath, [entry, ...args, '--report', at], {
        env,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
      const report = JSON.parse(readFileSync(join(at, 'chaos.json'), 'utf8')) as ChaosReport;
      return { code, stderr, report };
    }

    it('ends with 1', () => {
      expect(seen.code).toBe(1);
    });

    it.each([
      ['a gateway that answers 2xx and starts nothing', 'signals were lost after a 2xx'],
      ['a tracker that ignores its effect key', 'effects were made twice'],
      ['paid answers that are not kept', 'answers of models were paid twice'],
      ['a mission that does not come to an end', 'missions did not come to an end'],
      ['a file that is not as it should be', 'missions left another tree than undisturbed ones'],
      ['a process that nobody ends', 'processes were left behind'],
      ['a workspace that nobody removes', 'workspaces were left behind'],
      ['a mount that stays', 'mounts were left behind'],
      ['a finished turn that is taken again', 'finished turns were repeated'],
    ])('sees %s', (_bug, told) => {
      expect(seen.report?.broken.join('\n')).toContain(told);
    });
  });

  it('ends with 2 when it was called wrongly, and says how to do better', async () => {
    const { code, stderr } = await chaos('--only', 'worker,meteor');
    expect(code).toBe(2);
    expect(stderr).toContain('--only meteor: expected some of worker,gateway,server,model-delay');
  });

  it(
    'leaves nothing behind when it is interrupted',
    async () => {
      const child = start(['--missions', '2', '--kills', '0']);
      const said = text(child.stderr);
      child.stderr.once('data', () => setTimeout(() => child.kill('SIGTERM'), 6_000));
      const [code] = await once(child, 'exit');
      expect({ code, said: await said }).toMatchObject({ code: 130 });
      expect((await readdir(directory)).filter((name) => name.startsWith('signalbox-chaos-'))).toEqual([]);
    },
    2 * MINUTES,
  );
});
