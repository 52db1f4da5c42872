import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDepot, type SnapshotDepot } from './depot.js';

const PATH = '/usr/local/bin:/usr/bin:/bin';
const ZERO = '0'.repeat(40);

describe('depot', () => {
  let root: string;
  let source: string;
  let depot: SnapshotDepot;
  let base: { commit: string; tree: string };

  const run = (...args: string[]) =>
    execFileSync('git', args, {
      cwd: source,
      env: {
        PATH,
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_AUTHOR_NAME: 'a',
        GIT_AUTHOR_EMAIL: 'a@a',
        GIT_COMMITTER_NAME: 'a',
        GIT_COMMITTER_EMAIL: 'a@a',
      },
    })
      .toString()
      .trim();
  const write = (path: string, content: string | Buffer) => {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), content);
  };
  /** Commits what is there on a branch that starts at `from`, and brings it into the depot. */
  const branch = async (name: string, change: () => void, from = 'main') => {
    run('checkout', '-q', '-f', '-B', name, from);
    change();
    run('add', '-A');
    run('commit', '-q', '--allow-empty', '-m', name);
    return depot.fetch({ name: 'app', url: source, defaultBranch: 'main' }, name);
  };

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'depot-'));
    source = join(root, 'source');
    mkdirSync(source);
    run('init', '-q', '-b', 'main');
    write('a.txt', 'one\ntwo\nthree\n');
    write('dir/b.txt', 'b\n');
    write('link-to-be', 'file\n');
    run('add', '-A');
    run('commit', '-q', '-m', 'first');
    depot = createDepot({ directory: join(root, 'depots'), path: PATH });
    base = await depot.fetch({ name: 'app', url: source, defaultBranch: 'main' }, 'main');
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('fetches a branch, again and at the same time', async () => {
    const location = { name: 'app', url: source, defaultBranch: 'main' };
    expect(await Promise.all(Array.from({ length: 5 }, () => depot.fetch(location, 'main')))).toEqual(
      Array.from({ length: 5 }, () => base),
    );
    expect(base.tree).toBe(await depot.treeOf('app', base.commit));
  });

  it('says for good that a branch does not exist, and for now that a repository does not answer', async () => {
    await expect(depot.fetch({ name: 'app', url: source, defaultBranch: 'x' }, 'no-such-branch')).rejects.toMatchObject(
      { type: 'BadInput', nonRetryable: true },
    );
    await expect(
      depot.fetch({ name: 'gone', url: join(root, 'nowhere'), defaultBranch: 'main' }, 'main'),
    ).rejects.toMatchObject({ type: 'VendorUnavailable' });
  });

  it('takes nothing but object ids and plain names', async () => {
    await expect(depot.treeOf('app', '--help')).rejects.toThrow('expected 40 hexadecimal characters');
    await expect(depot.treeOf('../app', base.commit)).rejects.toThrow('expected a repo name');
    await expect(depot.treeOf('app', ZERO)).rejects.toMatchObject({ type: 'BadInput' });
  });

  it('makes equal commits of equal requests', async () => {
    const request = { repo: 'app', tree: base.tree, parents: [base.commit], message: 'Fix it\n\nWhy', time: 1000 };
    const first = await depot.commit(request);
    expect(await depot.commit(request)).toEqual(first);
    expect((await depot.commit({ ...request, time: 1001 })).commit).not.toBe(first.commit);
    const shown = execFileSync('git', ['-C', depot.directory('app'), 'cat-file', 'commit', first.commit]).toString();
    expect(shown).toContain('author Signalbox <signalbox@localhost> 1000 +0000');
    expect(shown).toContain('committer Signalbox <signalbox@localhost> 1000 +0000');
    expect(shown).toMatch(/\n\nFix it\n\nWhy\n?$/);
  });

  it('keeps commits and snapshots through a garbage collection', async () => {
    const { commit } = await depot.commit({
      repo: 'app',
      tree: base.tree,
      parents: [base.commit],
      message: 'k',
      time: 1,
    });
    execFileSync('git', ['-C', depot.directory('app'), 'gc', '-q', '--prune=now']);
    expect(await depot.has('app', commit)).toBe(true);
  });

  it('merges what does not collide and names the files that do', async () => {
    const ours = await branch('ours', () => write('a.txt', 'ONE\ntwo\nthree\n'));
    const theirs = await branch('theirs', () => write('new.txt', 'new\n'));
    const against = await branch('against', () => write('a.txt', 'uno\ntwo\nthree\n'));
    const merged = await depot.merge('app', ours.commit, theirs.commit);
    if (!('tree' in merged)) throw new Error('expected a clean merge');
    expect(await depot.read('app', merged.tree, 'a.txt')).toBe('ONE\ntwo\nthree\n');
    expect(await depot.list('app', merged.tree)).toEqual(['a.txt', 'dir/b.txt', 'link-to-be', 'new.txt']);
    expect(await depot.merge('app', ours.commit, against.commit)).toEqual({ conflicts: ['a.txt'] });
    expect(await depot.isAncestor('app', base.commit, ours.commit)).toBe(true);
    expect(await depot.isAncestor('app', ours.commit, base.commit)).toBe(false);
  });

  it('lists added, modified, deleted, retyped and binary files with their lines', async () => {
    const head = await branch('changes', () => {
      write('a.txt', 'one\n2\nthree\nfour');
      write('picture.bin', Buffer.from([0, 1, 2, 255]));
      rmSync(join(source, 'dir/b.txt'));
      rmSync(join(source, 'link-to-be'));
      symlinkSync('a.txt', join(source, 'link-to-be'));
      write('empty', '');
    });
    const none = { binary: false, addedLines: [], removedLines: [] };
    expect(await depot.diff('app', base.commit, head.commit)).toEqual([
      {
        ...none,
        path: 'a.txt',
        status: 'modified',
        addedLines: [
          { line: 2, text: '2' },
          { line: 4, text: 'four' },
        ],
        removedLines: [{ line: 2, text: 'two' }],
      },
      { ...none, path: 'dir/b.txt', status: 'deleted', removedLines: [{ line: 1, text: 'b' }] },
      { ...none, path: 'empty', status: 'added' },
      {
        ...none,
        path: 'link-to-be',
        status: 'typechange',
        addedLines: [{ line: 1, text: 'a.txt' }],
        removedLines: [{ line: 1, text: 'file' }],
      },
      { ...none, path: 'picture.bin', status: 'added', binary: true },
    ]);
    expect(await depot.patch('app', base.commit, head.commit)).toContain('--- a/dir/b.txt\n+++ /dev/null\n');
    expect(await depot.read('app', head.tree, 'link-to-be')).toBeUndefined();
    expect(await depot.read('app', head.tree, 'dir')).toBeUndefined();
    expect(await depot.read('app', head.tree, '*')).toBeUndefined();
  });

  it('is not led astray by names and lines that look like git talking', async () => {
    const names = ['a\ndiff --git a/x b/x\n@@ -1 +1 @@', 'quote"d\ttab', 'späce näme', '@@ -1,2 +1,2 @@'];
    const content =
      'diff --git a/a.txt b/a.txt\n--- a/evil\n+++ b/evil\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n';
    const head = await branch('hostile', () => {
      for (const name of names) write(name, content);
    });
    const files = await depot.diff('app', base.commit, head.commit);
    expect(files.map(({ path }) => path).sort()).toEqual([...names].sort());
    for (const file of files) expect(file.addedLines.map(({ text }) => text)).toEqual(content.split('\n').slice(0, -1));
    expect(await depot.read('app', head.tree, names[0] ?? '')).toBe(content);
  });

  it('runs no hook, filter or alias of the repository or of the machine', async () => {
    const trap = join(root, 'trap');
    writeFileSync(join(depot.directory('app'), 'config.hooks'), '');
    mkdirSync(join(depot.directory('app'), 'hooks'), { recursive: true });
    writeFileSync(join(depot.directory('app'), 'hooks/reference-transaction'), `#!/bin/sh\ntouch ${trap}\n`, {
      mode: 0o755,
    });
    await branch('hooked', () => write('h.txt', 'h\n'));
    expect(() => execFileSync('cat', [trap], { stdio: 'ignore' })).toThrow();
  });

  it('undoes what may not stay, also where a file became a directory, and any link', async () => {
    const from = await branch('scoped', () => {
      for (const path of ['in/file', 'in/dir/x', 'out/file', 'out/dir/x', 'keep.txt']) write(path, 'base\n');
    });
    const to = await branch(
      'left',
      () => {
        for (const path of ['out', 'in', 'keep.txt']) rmSync(join(source, path), { recursive: true });
        write('in/file/became/directory', 'mine\n');
        write('in/dir', 'mine\n');
        write('out/file/became/directory', 'mine\n');
        write('out/dir', 'mine\n');
        write('.hidden/in/x', 'mine\n');
        symlinkSync('/etc/passwd', join(source, 'in/link'));
      },
      'scoped',
    );
    const keep = (path: string) => path.startsWith('in/') || path === 'out/file/became/directory';
    const { tree, undone } = await depot.restrict('app', { base: from.tree, tree: to.tree, keep });
    expect((await depot.changes('app', from.tree, tree)).map(({ path, status }) => `${status} ${path}`)).toEqual([
      'added in/dir',
      'deleted in/dir/x',
      'deleted in/file',
      'added in/file/became/directory',
    ]);
    expect(undone).toEqual([
      '.hidden/in/x',
      'in/link',
      'keep.txt',
      'out/dir',
      'out/dir/x',
      'out/file',
      'out/file/became/directory',
    ]);
    expect(await depot.restrict('app', { base: from.tree, tree, keep })).toEqual({ tree, undone: [] });
    const none = await depot.restrict('app', { base: from.tree, tree: to.tree, keep: () => false });
    expect(none.tree).toBe(from.tree);
    expect(readdirSync(depot.directory('app')).filter((name) => name.startsWith('restrict-'))).toEqual([]);
  });

  it('refuses a pack that is not sound', async () => {
    await expect(depot.unpack('app', Readable.from([Buffer.from('PACK nonsense')]), 1000)).rejects.toMatchObject({
      type: 'SandboxRefused',
    });
    expect(await depot.has('app', ZERO)).toBe(false);
    await expect(depot.anchor('app', ZERO)).rejects.toMatchObject({ type: 'BadInput' });
  });
});
