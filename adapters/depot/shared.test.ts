import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createFileStore } from '../storage/files.js';
import type { ObjectStore } from '../storage/object-store.js';
import { createDepot, type SnapshotDepot } from './depot.js';
import { createSharedDepot } from './shared.js';

const PATH = '/usr/local/bin:/usr/bin:/bin';
const WHO = { name: 'a', email: 'a@example.com' };

// Machines that share a store and the forge, and nothing else.

describe('a depot over several machines', () => {
  let root: string;
  let forge: string;
  let store: ObjectStore & { readonly puts: string[] };
  let base: { commit: string; tree: string };
  let here: SnapshotDepot;

  const location = {
    name: 'app',
    get url() {
      return forge;
    },
    defaultBranch: 'main',
  };
  const inForge = (...args: string[]) =>
    execFileSync('git', ['-c', `user.name=${WHO.name}`, '-c', `user.email=${WHO.email}`, ...args], { cwd: forge })
      .toString()
      .trim();
  const machine = (name: string): SnapshotDepot =>
    createSharedDepot({
      depot: createDepot({ directory: join(root, name), path: PATH }),
      store,
      location: () => location,
    });
  const commit = (depot: SnapshotDepot, tree: string, parents: string[], message = 'work') =>
    depot.commit({ repo: 'app', tree, parents, message, time: 1_700_000_000 });

  /** A tree like `from` with one file written, as a workspace would hand it in. */
  async function snapshot(depot: SnapshotDepot, from: string, path: string, content: string): Promise<string> {
    const directory = depot.directory('app');
    const git = (args: string[], input = '') =>
      execFileSync('git', args, { input, env: { PATH, GIT_DIR: directory, GIT_INDEX_FILE: join(root, 'index') } })
        .toString()
        .trim();
    git(['read-tree', from]);
    const blob = git(['hash-object', '-w', '--stdin'], content);
    git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`]);
    const tree = git(['write-tree']);
    await depot.anchor('app', tree, from);
    return tree;
  }

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'shared-depot-'));
    forge = join(root, 'forge');
    mkdirSync(forge);
    inForge('init', '-q', '-b', 'main');
    for (let n = 0; n < 50; n++) writeFileSync(join(forge, `file-${n}.txt`), `${n}\n`.repeat(200));
    inForge('add', '-A');
    inForge('commit', '-q', '-m', 'first');
    const files = createFileStore(join(root, 'store'));
    const puts: string[] = [];
    store = {
      ...files,
      puts,
      create: (key, bytes) => {
        puts.push(key);
        return files.create(key, bytes);
      },
    };
    here = machine('here');
    base = await here.fetch(location, 'main');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('opens elsewhere what was made on a machine that is gone', async () => {
    const tree = await snapshot(here, base.tree, 'new.txt', 'new\n');
    const made = await commit(here, tree, [base.commit]);
    rmSync(join(root, 'here'), { recursive: true });

    const there = machine('there');
    expect(await there.read('app', tree, 'new.txt')).toBe('new\n');
    expect(await there.read('app', tree, 'file-7.txt')).toBe('7\n'.repeat(200));
    expect(await there.treeOf('app', made.commit)).toBe(tree);
    expect(await there.isAncestor('app', base.commit, made.commit)).toBe(true);
    const next = await commit(there, await snapshot(there, tree, 'more.txt', 'more\n'), [made.commit]);
    expect(await machine('third').list('app', next.tree)).toEqual(expect.arrayContaining(['more.txt', 'new.txt']));
    const fsck = execFileSync('git', ['fsck', '--strict', '--full'], {
      env: { PATH, GIT_DIR: there.directory('app') },
    });
    expect(fsck.toString()).toBe('');
  });

  it('sends what is new, not the repository', async () => {
    const tree = await snapshot(here, base.tree, 'new.txt', 'new\n');
    const sizes = await Promise.all(
      [base.commit, base.tree, tree].map((id) => store.size(`app/${id.slice(0, 2)}/${id}`)),
    );
    expect(Math.max(...sizes.map((size) => size ?? Number.POSITIVE_INFINITY))).toBeLessThan(4096);
  });

  it('has it in the store before the call returns, and once: after a crash in between, and from two machines', async () => {
    const tree = await snapshot(here, base.tree, 'new.txt', 'new\n');
    const key = `app/${tree.slice(0, 2)}/${tree}`;
    const stored = await store.get(key);
    expect(stored).toBeDefined();
    // The step that took the snapshot did not complete: another machine takes it again, and so does this one.
    const there = machine('there');
    await there.bring('app', base.tree);
    expect(await snapshot(there, base.tree, 'new.txt', 'new\n')).toBe(tree);
    expect(await snapshot(machine('here'), base.tree, 'new.txt', 'new\n')).toBe(tree);
    expect(await store.get(key)).toEqual(stored);
    expect(store.puts.filter((one) => one === key)).toHaveLength(1);
  });

  it('fetches a few bundles for a tree, however many snapshots there were before it', async () => {
    let tree = base.tree;
    for (let n = 1; n <= 40; n++) tree = await snapshot(here, tree, 'notes.txt', `${'note\n'.repeat(n)}`);
    let gets = 0;
    const counting = {
      ...store,
      get: (key: string) => {
        gets += 1;
        return store.get(key);
      },
    };
    const there = createSharedDepot({
      depot: createDepot({ directory: join(root, 'there'), path: PATH }),
      store: counting,
      location: () => location,
    });
    expect(await there.read('app', tree, 'notes.txt')).toBe('note\n'.repeat(40));
    expect(gets).toBeLessThanOrEqual(18);
  });

  it('merges on one machine what two others have made', async () => {
    const one = await commit(here, await snapshot(here, base.tree, 'one.txt', '1'), [base.commit]);
    const other = machine('other');
    await other.bring('app', base.commit);
    const two = await commit(other, await snapshot(other, base.tree, 'two.txt', '2'), [base.commit]);
    const third = machine('third');
    const merged = await third.merge('app', one.commit, two.commit);
    if ('conflicts' in merged) throw new Error('a conflict');
    const made = await commit(third, merged.tree, [one.commit, two.commit]);
    expect(await machine('fourth').list('app', made.tree)).toEqual(expect.arrayContaining(['one.txt', 'two.txt']));
  });

  it('finds the base again when its branch was rewritten', async () => {
    const tree = await snapshot(here, base.tree, 'new.txt', 'new\n');
    inForge('commit', '-q', '--amend', '-m', 'rewritten');
    expect(await machine('there').read('app', tree, 'new.txt')).toBe('new\n');
  });

  it('takes no bundle that is damaged, or that brings something else', async () => {
    const tree = await snapshot(here, base.tree, 'new.txt', 'new\n');
    const other = await snapshot(here, base.tree, 'other.txt', 'other\n');
    const key = (id: string) => `app/${id.slice(0, 2)}/${id}`;
    const bytes = (await store.get(key(tree))) ?? Buffer.alloc(0);
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8(flipped.readUInt8(flipped.length - 30) ^ 1, flipped.length - 30);
    await store.put(key(tree), flipped);
    await expect(machine('there').list('app', tree)).rejects.toThrow('not sound');
    await store.put(key(tree), (await store.get(key(other))) ?? Buffer.alloc(0));
    await expect(machine('there').list('app', tree)).rejects.toThrow('does not bring what it is named by');
    await store.put(key(tree), Buffer.from('half'));
    await expect(machine('there').list('app', tree)).rejects.toThrow("can't be read");
  });

  it('says of an object that nobody has what it says on one machine', async () => {
    await expect(machine('there').list('app', 'b'.repeat(40))).rejects.toThrow('was the branch fetched?');
  });
});
