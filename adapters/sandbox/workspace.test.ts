import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SandboxLimits, Workspace } from '../../activities/ports.js';
import { type Bench, createBench } from './testing.js';

const LIMITS: SandboxLimits = { memoryMiB: 512, processes: 64, diskMiB: 64, outputBytes: 64 * 1024 };

describe('workspace', () => {
  let bench: Bench;
  let tree: string;
  let workspace: Workspace;
  const exec = (command: string) => workspace.exec({ command, timeoutMs: 10_000 });

  beforeAll(async () => {
    bench = createBench();
    ({ tree } = await bench.commit({
      'a.txt': 'a\n',
      'dir/b.txt': 'b\n',
      'run.sh': { text: '#!/bin/sh\necho ran\n', mode: 0o755 },
      link: { symlink: 'a.txt' },
      '.gitignore': 'ignored/\n',
      'old/gone.txt': 'x\n',
    }));
    workspace = await bench.host.workspaces.open({ repo: 'app', tree, layers: [], limits: LIMITS });
  });
  afterAll(async () => {
    await workspace?.close();
    bench.remove();
  });

  it('runs a command over a checkout of the tree', async () => {
    const result = await exec('cat a.txt link; ./run.sh; echo bad >&2; exit 7');
    expect(result).toMatchObject({ exitCode: 7, signal: null, stdout: 'a\na\nran\n', stderr: 'bad\n', dropped: 0 });
    const shell = await workspace.shell();
    expect(await shell.exec({ command: 'cat a.txt; echo bad >&2; exit 7', timeoutMs: 5000 })).toMatchObject({
      exitCode: 7,
      stdout: 'a\n',
      stderr: 'bad\n',
    });
  });

  it('keeps what was added, changed, deleted, retyped and made executable, and nothing that is ignored', async () => {
    expect(await workspace.snapshot()).toEqual({ tree });
    await exec(
      'echo more >>a.txt; rm -r old; chmod -x run.sh; mkdir ignored new; echo i >ignored/i; echo n >new/n; ln -sf dir link',
    );
    const snapshot = await workspace.snapshot();
    const changes = await bench.host.depot.changes('app', tree, snapshot.tree);
    expect(changes.map(({ path, status, newMode }) => [path, status, newMode])).toEqual([
      ['a.txt', 'modified', '100644'],
      ['link', 'modified', '120000'],
      ['new/n', 'added', '100644'],
      ['old/gone.txt', 'deleted', '000000'],
      ['run.sh', 'modified', '100644'],
    ]);
    expect(await bench.host.depot.read('app', snapshot.tree, 'a.txt')).toBe('a\nmore\n');
  });
});
