import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenWorkspace, SandboxLimits, Workspace } from '../../activities/ports.js';
import { type Bench, createBench, type Files } from './testing.js';

const LIMITS: SandboxLimits = { memoryMiB: 512, processes: 64, diskMiB: 64, outputBytes: 64 * 1024 };
const FILES: Files = {
  'a.txt': 'a\n',
  'dir/b.txt': 'b\n',
  'run.sh': { text: '#!/bin/sh\necho ran\n', mode: 0o755 },
  link: { symlink: 'a.txt' },
  '.gitignore': 'ignored/\n',
  'old/gone.txt': 'x\n',
};

describe('workspace', () => {
  let bench: Bench;
  let tree: string;
  const opened: Workspace[] = [];
  const open = async (request: Partial<OpenWorkspace> = {}) => {
    const workspace = await bench.host.workspaces.open({ repo: 'app', tree, layers: [], limits: LIMITS, ...request });
    opened.push(workspace);
    return workspace;
  };
  const sh = async (workspace: Workspace, command: string) => {
    const result = await workspace.exec({ command, timeoutMs: 10_000 });
    if (result.exitCode !== 0) throw new Error(`${command}: ${result.exitCode} ${result.stderr}`);
    return result.stdout;
  };
  const changesOf = async (workspace: Workspace) => {
    const { tree: taken } = await workspace.snapshot();
    const changes = await bench.host.depot.changes('app', tree, taken);
    return changes.map(({ path, status, newMode }) => `${status} ${path} ${newMode}`);
  };

  beforeAll(async () => {
    bench = createBench();
    ({ tree } = await bench.commit(FILES));
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((workspace) => workspace.close()));
  });
  afterAll(() => bench.remove());

  it('runs commands over a checkout, in a fresh sandbox and in the warm one, which see the same files', async () => {
    const workspace = await open();
    const result = await workspace.exec({ command: 'cat a.txt link; ./run.sh; echo bad >&2; exit 7', timeoutMs: 5000 });
    expect(result).toMatchObject({ exitCode: 7, signal: null, stdout: 'a\na\nran\n', stderr: 'bad\n', dropped: 0 });
    const shell = await workspace.shell();
    const inShell = async (command: string) => (await shell.exec({ command, timeoutMs: 5000 })).stdout;
    expect(await inShell('cat a.txt; echo warm >warm.txt')).toBe('a\n');
    expect(await sh(workspace, 'cat warm.txt; echo fresh >fresh.txt')).toBe('warm\n');
    expect(await inShell('cat fresh.txt')).toBe('fresh\n');
  });

  it('hands directory, environment and input to a command, quoted as they are', async () => {
    const workspace = await open();
    const shell = await workspace.shell();
    const text = `it's $HOME "and" \`more\`\n\\`;
    for (const runner of [workspace, shell]) {
      const command = 'pwd; printf %s "$TEXT"; cat; env | sort';
      const result = await runner.exec({
        command,
        cwd: 'dir',
        env: { TEXT: text },
        stdin: Buffer.from(text),
        timeoutMs: 5000,
      });
      expect(result.stdout.startsWith(`/workspace/dir\n${text}${text}`)).toBe(true);
      expect(result.stdout).toContain('HOME=/tmp\n');
      const asIs = await runner.exec({ command: ['printf', '%s|', text, ''], timeoutMs: 5000 });
      expect(asIs.stdout).toBe(`${text}||`);
      await expect(runner.exec({ command: 'true', cwd: '../x', timeoutMs: 1 })).rejects.toThrow('inside the workspace');
      await expect(runner.exec({ command: 'true', env: { 'A;b': '' }, timeoutMs: 1 })).rejects.toThrow('environment');
    }
  });

  it('does not let the warm sandbox be ended, cheated or outlived by what runs in it', async () => {
    const shell = await (await open()).shell();
    const warm = (command: string) => shell.exec({ command, timeoutMs: 5000 });
    expect(await warm('kill -9 $PPID; sleep 1')).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
    expect(await warm('echo again')).toMatchObject({ exitCode: 0, stdout: 'again\n' });
    expect(await warm('printf "\\036 0\\n"; exit 4')).toMatchObject({ exitCode: 4, stdout: '\x1e 0\n' });
    expect(await warm('exec >&- 2>&-; exit 5')).toMatchObject({ exitCode: 5 });
    const both = await Promise.all([warm('sleep 0.2; echo one'), warm('echo two')]);
    expect(both.map(({ stdout }) => stdout)).toEqual(['one\n', 'two\n']);
  });

  it('keeps what was added, changed, deleted, retyped and made executable, and nothing that is ignored', async () => {
    const workspace = await open();
    expect(await workspace.snapshot()).toEqual({ tree });
    await sh(
      workspace,
      'echo more >>a.txt; rm -r old; chmod -x run.sh; mkdir ignored new; echo i >ignored/i; echo n >new/n; ln -sf dir link',
    );
    expect(await changesOf(workspace)).toEqual([
      'modified a.txt 100644',
      'modified link 120000',
      'added new/n 100644',
      'deleted old/gone.txt 000000',
      'modified run.sh 100644',
    ]);
    await sh(workspace, 'git init -q . 2>/dev/null; rm a.txt; mkdir a.txt; echo x >a.txt/x; chmod +x run.sh');
    expect(await changesOf(workspace)).toEqual([
      'deleted a.txt 000000',
      'added a.txt/x 100644',
      'modified link 120000',
      'added new/n 100644',
      'deleted old/gone.txt 000000',
    ]);
  });

  it('notices a change that keeps size and time', async () => {
    const workspace = await open();
    await sh(workspace, 'touch -r a.txt stamp; printf "b\\n" >a.txt; touch -r stamp a.txt; rm stamp');
    expect(await changesOf(workspace)).toEqual(['modified a.txt 100644']);
  });

  it('opens a snapshot from the checkout of a tree near it, and leaves that checkout as it was', async () => {
    const workspace = await open();
    await sh(
      workspace,
      'echo more >>a.txt; rm -r old dir; echo file >dir; rm run.sh; mkdir run.sh; echo x >run.sh/x; ln -sf nowhere link',
    );
    const { tree: taken } = await workspace.snapshot();
    const second = await open({ tree: taken, near: tree });
    const listing =
      'cat a.txt dir run.sh/x; readlink link; ls -A; git hash-object link 2>/dev/null; find . -newer a.txt -name b.txt';
    expect(await sh(second, listing)).toBe('a\nmore\nfile\nx\nnowhere\n.gitignore\na.txt\ndir\nlink\nrun.sh\n');
    expect(await second.snapshot()).toEqual({ tree: taken });
    expect(existsSync(join(bench.options.stateDir, 'sandbox/checkouts'))).toBe(true);
    const third = await open();
    expect(await sh(third, 'cat a.txt; ./run.sh; ls -A')).toBe('a\nran\n.gitignore\na.txt\ndir\nlink\nold\nrun.sh\n');
  });

  it('makes a shared checkout once, however many ask for it at once', async () => {
    const fresh = await bench.commit({ 'c.txt': 'c\n' }, 'other');
    const workspaces = await Promise.all(Array.from({ length: 5 }, () => open({ tree: fresh.tree })));
    expect(await Promise.all(workspaces.map((workspace) => sh(workspace, 'cat c.txt; echo mine >>c.txt')))).toEqual(
      Array.from({ length: 5 }, () => 'c\n'),
    );
  });

  it('reads and writes files inside, and never through a link that a command has made', async () => {
    const workspace = await open();
    const outside = join(bench.root, 'outside.txt');
    writeFileSync(outside, 'secret of the host');
    await sh(
      workspace,
      `ln -s ${outside} evil; ln -s ${bench.root} evil-dir; ln -s dir inner; mkfifo fifo; ln -s /etc/passwd passwd`,
    );
    expect((await workspace.readFile('dir/b.txt', 10))?.toString()).toBe('b\n');
    const absent = ['evil', 'link', 'passwd', 'dir', 'fifo', 'missing', 'missing/x', 'evil-dir/outside.txt'];
    for (const path of absent) expect(await workspace.readFile(path, 100)).toBeUndefined();
    await expect(workspace.readFile('inner/b.txt', 100)).rejects.toThrow('symbolic link');
    await expect(workspace.readFile('../../etc/passwd', 100)).rejects.toThrow('inside the workspace');
    await expect(workspace.readFile('dir/b.txt', 1)).rejects.toThrow('larger than 1 bytes');
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
    await workspace.writeFile('deep/er/bytes.bin', bytes);
    expect(await workspace.readFile('deep/er/bytes.bin', 256)).toEqual(bytes);
    await workspace.writeFile('evil', 'replaced');
    await expect(workspace.writeFile('inner/new.txt', 'x')).rejects.toThrow('symbolic link');
    await expect(workspace.writeFile('evil-dir/new.txt', 'x')).rejects.toMatchObject({});
    await workspace.writeFile('run.sh', '#!/bin/sh\necho new\n');
    expect(await sh(workspace, 'test ! -L evil && cat evil && ./run.sh')).toBe('replacednew\n');
    expect(execFileSync('cat', [outside]).toString()).toBe('secret of the host');
    expect(readdirSync(bench.root).sort()).toEqual(['outside.txt', 'source', 'state']);
  });

  it('takes no repository inside the repository into a snapshot, and obeys no git settings of the work tree', async () => {
    const workspace = await open();
    const trap = 'touch /workspace/trapped; cat';
    await sh(
      workspace,
      `git init -q . && git config filter.x.clean '${trap}' && git config core.fsmonitor '${trap}' && echo '* filter=x' >.gitattributes`,
    );
    await sh(
      workspace,
      `printf '#!/bin/sh\\n${trap}' >.git/hooks/pre-commit; chmod +x .git/hooks/pre-commit; echo y >>a.txt`,
    );
    expect(await changesOf(workspace)).toEqual(['added .gitattributes 100644', 'modified a.txt 100644']);
    await sh(
      workspace,
      'mkdir sub && cd sub && git init -q . && git -c user.name=a -c user.email=a@a commit -q --allow-empty -m x',
    );
    await expect(workspace.snapshot()).rejects.toMatchObject({ type: 'SandboxRefused', nonRetryable: true });
    await sh(workspace, 'rm -rf sub/.git; echo s >sub/s');
    expect(await changesOf(workspace)).toContain('added sub/s 100644');
  });

  it('leaves nothing on disk and nothing running when it is closed, also in the middle of a command', async () => {
    const workspace = await open();
    const shell = await workspace.shell();
    const running = [
      workspace.exec({ command: 'mkdir -m 000 dark; sleep 20', timeoutMs: 20_000 }),
      shell.exec({ command: 'sleep 20', timeoutMs: 20_000 }),
    ];
    const directory = join(bench.options.stateDir, 'sandbox/workspaces', workspace.id);
    expect(statSync(directory).isDirectory()).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await workspace.close();
    for (const { ended } of await Promise.all(running)) expect(ended).toBe('cancelled');
    expect(existsSync(directory)).toBe(false);
    await expect(async () => workspace.exec({ command: 'true', timeoutMs: 1000 })).rejects.toThrow('is closed');
  });

  it('says that a tree is not in the depot', async () => {
    await expect(open({ tree: '0'.repeat(40) })).rejects.toThrow("can't be checked out");
    expect(readdirSync(join(bench.options.stateDir, 'sandbox/workspaces'))).toEqual([]);
  });
});
