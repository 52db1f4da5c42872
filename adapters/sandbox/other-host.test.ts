import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SandboxLimits } from '../../activities/ports.js';
import { createFileStore } from '../storage/files.js';
import { type Bench, createBench } from './testing.js';

const LIMITS: SandboxLimits = { memoryMiB: 512, processes: 64, diskMiB: 64, outputBytes: 64 * 1024 };

describe('a workspace on another host', () => {
  const root = mkdtempSync(join(tmpdir(), 'hosts-'));
  let first: Bench;
  let second: Bench;

  beforeAll(() => {
    const location = () => ({ name: 'app', url: join(first.root, 'source'), defaultBranch: 'main' });
    const shared = { store: createFileStore(join(root, 'store')), location };
    first = createBench({ shared });
    second = createBench({ shared });
  });
  afterAll(() => {
    first.remove();
    second.remove();
    rmSync(root, { recursive: true });
  });

  it('goes on from the last snapshot of a host that is gone with its disk, to the same tree', async () => {
    const base = await first.commit({ 'a.txt': 'one\n', 'dir/b.txt': 'b\n' });
    const open = (bench: Bench, tree: string) =>
      bench.host.workspaces.open({ repo: 'app', tree, near: base.tree, layers: [], limits: LIMITS });
    const step = { command: 'echo two >>a.txt; rm dir/b.txt; echo c >c.txt; chmod +x c.txt', timeoutMs: 10_000 };
    const next = { command: 'echo three >>a.txt', timeoutMs: 10_000 };

    const undisturbed = await open(first, base.tree);
    await undisturbed.exec(step);
    const { tree } = await undisturbed.snapshot();
    await undisturbed.exec(next);
    const expected = await undisturbed.snapshot();
    await undisturbed.close();
    rmSync(first.options.stateDir, { recursive: true });

    const elsewhere = await open(second, tree);
    expect((await elsewhere.exec({ command: 'cat a.txt; ls dir; stat -c %a c.txt', timeoutMs: 10_000 })).stdout).toBe(
      'one\ntwo\n755\n',
    );
    await elsewhere.exec(next);
    expect((await elsewhere.snapshot()).tree).toBe(expected.tree);
    await elsewhere.close();
  });
});
