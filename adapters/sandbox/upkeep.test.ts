import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Workspace } from '../../activities/ports.js';
import { CHECKOUTS } from './checkouts.js';
import { reap } from './reap.js';
import { makeRoom, type RoomLimits } from './room.js';
import { Site } from './site.js';
import { type Bench, createBench } from './testing.js';

const LIMITS = { memoryMiB: 512, processes: 64, diskMiB: 64, outputBytes: 65_536 };
const HOUR_MS = 3_600_000;
const GENEROUS: RoomLimits = { cachesGiB: 1, quarantineGiB: 1, quarantineDays: 14, freeGiB: 0 };
const NOTHING = 1 / 1024 ** 3;

describe('the upkeep of a sandbox host', () => {
  let bench: Bench;
  let site: Site;
  let tree: string;
  const at = (...path: string[]) => join(site.directory, ...path);
  const namesIn = (...path: string[]) => (existsSync(at(...path)) ? readdirSync(at(...path)) : []);
  const open = (of = tree, limits = LIMITS): Promise<Workspace> =>
    bench.host.workspaces.open({ repo: 'app', tree: of, layers: [], limits });

  beforeAll(async () => {
    bench = createBench();
    site = new Site(bench.options);
    ({ tree } = await bench.commit({ 'a.txt': 'a\n' }));
  });
  beforeEach(async () => {
    await makeRoom(site, { ...GENEROUS, quarantineGiB: 0 });
  });
  afterAll(() => bench.remove());

  /** As if it were tomorrow: no step takes a day, so whoever holds it has forgotten it. */
  const tomorrow = () => reap(site, bench.host.depot, Date.now() + 25 * HOUR_MS);

  it('removes a workspace whose work is in a snapshot', async () => {
    const workspace = await open();
    await workspace.writeFile('new.txt', 'kept\n');
    await workspace.snapshot();
    expect(await bench.host.reap()).toEqual({ processes: 0, removed: 0, quarantined: 0 });
    expect(await tomorrow()).toMatchObject({ removed: 1, quarantined: 0 });
    expect(namesIn('workspaces')).toEqual([]);
    expect(namesIn('quarantine')).toEqual([]);
  });

  it('puts work aside that is in no snapshot, with a note of what it is', async () => {
    const workspace = await open();
    await workspace.writeFile('src/kept.txt', 'kept\n');
    await workspace.snapshot();
    await workspace.writeFile('src/lost.txt', 'hours of work\n');
    expect(await tomorrow()).toMatchObject({ removed: 0, quarantined: 1 });
    expect(namesIn('workspaces')).toEqual([]);
    const aside = at('quarantine', workspace.id);
    expect(readFileSync(join(aside, 'upper/src/lost.txt'), 'utf8')).toBe('hours of work\n');
    expect(JSON.parse(readFileSync(join(aside, 'note.json'), 'utf8'))).toMatchObject({
      repo: 'app',
      over: tree,
      files: ['src/lost.txt'],
    });
  });

  it('puts aside what it can’t read through', async () => {
    // As many files as the limit of the disk must let through, however long they take.
    const workspace = await open(tree, { ...LIMITS, diskMiB: 256 });
    await workspace.exec({ command: 'seq 1 20100 | split -l 1 -a 4 - f', timeoutMs: 60_000 });
    expect(await tomorrow()).toMatchObject({ quarantined: 1 });
    expect(JSON.parse(readFileSync(at('quarantine', workspace.id, 'note.json'), 'utf8'))).toMatchObject({
      files: 'not read through',
    });
  });

  it('ends what runs in a workspace that is no more, and nothing of another installation', async () => {
    const sleeper = (label: string, cwd: string) =>
      spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)', label], { cwd, stdio: 'ignore' });
    const [ours, theirs] = [
      sleeper('sb-00000000-0000-4000-8000-000000000001', site.options.stateDir),
      sleeper('sb-00000000-0000-4000-8000-000000000002', bench.root),
    ];
    await Promise.all([once(ours, 'spawn'), once(theirs, 'spawn')]);
    // Its arguments can be read when it has replaced its parent's image.
    while (!readFileSync(`/proc/${ours.pid}/cmdline`, 'utf8').includes('sb-')) await new Promise(setImmediate);
    const ended = once(ours, 'close');
    expect(await bench.host.reap()).toMatchObject({ processes: 1 });
    await ended;
    expect(theirs.exitCode).toBe(null);
    theirs.kill('SIGKILL');
    await once(theirs, 'close');
  });

  it('removes the longest unused checkouts first, and none that a workspace stands on', async () => {
    const trees = [tree];
    for (const name of ['b', 'c']) {
      trees.push((await bench.commit({ [`${name}.txt`]: 'x'.repeat(300_000) }, name)).tree);
    }
    for (const [index, of] of trees.entries()) {
      await (await open(of)).close();
      const used = new Date(Date.now() - (10 - index) * HOUR_MS);
      utimesSync(at(CHECKOUTS, of), used, used);
    }
    const [first, second, third] = trees as [string, string, string];
    const standing = await open(first);
    const used = new Date(Date.now() - 20 * HOUR_MS);
    utimesSync(at(CHECKOUTS, first), used, used);
    const enough = await makeRoom(site, { ...GENEROUS, cachesGiB: 1 });
    expect(enough.removedBytes).toBe(0);
    await makeRoom(site, { ...GENEROUS, cachesGiB: (enough.cacheBytes - 100_000) / 1024 ** 3 });
    expect(namesIn(CHECKOUTS).sort()).toEqual([first, third].sort());
    await makeRoom(site, { ...GENEROUS, cachesGiB: NOTHING });
    expect(namesIn(CHECKOUTS)).toEqual([first]);
    expect(await standing.exec({ command: 'cat a.txt', timeoutMs: 5_000 })).toMatchObject({ stdout: 'a\n' });
    await standing.close();
    expect(second).not.toBe(third);
  });

  it('keeps checkouts while it can’t say what a workspace stands on', async () => {
    await (await open()).close();
    const used = new Date(Date.now() - 2 * HOUR_MS);
    utimesSync(at(CHECKOUTS, tree), used, used);
    mkdirSync(at('workspaces/sb-unknown'), { recursive: true });
    await makeRoom(site, { ...GENEROUS, cachesGiB: NOTHING });
    expect(namesIn(CHECKOUTS)).toContain(tree);
    await reap(site, bench.host.depot, Date.now());
    mkdirSync(at('workspaces'), { recursive: true });
  });

  it('keeps what was put aside for its days, and the newest of what is too much', async () => {
    const aside = (name: string, hoursAgo: number) => {
      mkdirSync(at('quarantine', name), { recursive: true });
      writeFileSync(at('quarantine', name, 'work.bin'), Buffer.alloc(200_000, name));
      const then = new Date(Date.now() - hoursAgo * HOUR_MS);
      utimesSync(at('quarantine', name), then, then);
    };
    aside('expired', 15 * 24);
    aside('older', 48);
    aside('newer', 24);
    const room = await makeRoom(site, GENEROUS);
    expect(namesIn('quarantine').sort()).toEqual(['newer', 'older']);
    expect(room.quarantined).toBe(2);
    await makeRoom(site, { ...GENEROUS, quarantineGiB: 300_000 / 1024 ** 3 });
    expect(namesIn('quarantine')).toEqual(['newer']);
  });

  it('opens no workspace on a disk that is nearly full', async () => {
    const full = createBench({ room: { ...GENEROUS, freeGiB: 1_000_000 } });
    try {
      const { tree: own } = await full.commit({ 'a.txt': 'a\n' });
      const opened = full.host.workspaces.open({ repo: 'app', tree: own, layers: [], limits: LIMITS });
      await expect(opened).rejects.toMatchObject({
        message: expect.stringContaining('nearly full'),
        type: 'SandboxLost',
      });
    } finally {
      full.remove();
    }
  });
});
