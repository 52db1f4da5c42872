import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Fixture, prepareFixture } from './fixture.js';
import { selfTest } from './self-test.js';
import { Site } from './site.js';
import { type Bench, createBench } from './testing.js';

/** A filter of one instruction: everything is allowed. */
const ALLOW_ALL = Buffer.from([0x06, 0, 0, 0, 0, 0, 0xff, 0x7f]);

describe('self-test of the sandbox', () => {
  let bench: Bench;
  let site: Site;
  let sound: Fixture;

  const redOf = async (change: Partial<Fixture>) => {
    const probes = await selfTest(site, async () => ({ ...sound, ...change }));
    for (const probe of probes) if (!probe.ok) expect(probe.remedy).not.toBe('');
    return probes.filter(({ ok }) => !ok).map(({ probe }) => probe);
  };
  const everywhere = (name: string) => ['agent', 'warm', 'set-up'].map((kind) => `sandbox (${kind}): ${name}`);

  beforeAll(async () => {
    bench = createBench();
    site = new Site(bench.options);
    sound = await prepareFixture(site);
  });
  afterAll(() => bench.remove());

  it('finds every probe green on a machine that can hold sandboxes', async () => {
    expect(await redOf({})).toEqual([]);
  });

  it('goes red when the filter lets calls through, or is another one than it should be', async () => {
    const open = join(bench.root, 'open.bpf');
    writeFileSync(open, ALLOW_ALL);
    const red = await redOf({ filter: () => open });
    expect(red).toContain('sandbox (agent): system calls');
    expect(red).toContain('sandbox (agent): system calls are denied by the filter');
    expect(red).toContain('sandbox (set-up): system calls');
    expect(await redOf({ filter: () => sound.filter('setup') })).toContain('sandbox (agent): system calls');
  });

  it('goes red when a directory of the host can be seen', async () => {
    const red = await redOf({ mounts: [...sound.mounts, { from: '/tmp', to: '/tmp' }] });
    expect(red).toEqual(expect.arrayContaining(everywhere('no file of the host')));
  });

  it('goes red when a directory of the host can be written', async () => {
    const mounts = [...sound.mounts, { from: '/tmp', to: '/home', writable: true }];
    expect(await redOf({ mounts })).toEqual(expect.arrayContaining(everywhere('writes only in the workspace')));
  });

  it('goes red when a variable gets in that nobody named', async () => {
    const environment = { ...sound.environment, API_KEY: 'x' };
    expect(await redOf({ environment })).toEqual(everywhere('empty environment'));
  });

  it('goes red when the limit on processes is not set', async () => {
    expect(await redOf({ processLimitFlag: '-v' })).not.toEqual([]);
  });

  it('never runs a sandbox as root', () => {
    if (process.getuid?.() !== 0) return;
    expect(() => new Site({ ...bench.options, identity: { uid: 0, gid: 0 } })).toThrow('never run as root');
  });
});
