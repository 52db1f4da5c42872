import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Forge } from '../../activities/ports.js';
import type { ForgeWrites } from '../../activities/ports-effects.js';
import { loadConfig } from '../../temporal.config.js';
import { createLocalForge } from './local.js';

const { path } = loadConfig();

let directory: string;
let depot: string;
let remote: string;
let forge: Forge & ForgeWrites;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'signalbox-forge-'));
  depot = join(directory, 'depot.git');
  remote = join(directory, 'remote.git');
  for (const bare of [depot, remote]) git(directory, 'init', '-q', '--bare', '-b', 'main', bare);
  const repos = [{ name: 'shop', url: remote, defaultBranch: 'main' }];
  forge = createLocalForge({ repos, depotDirectory: () => depot, path });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function git(cwd: string, ...args: string[]): string {
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
  return execFileSync('git', [...who, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' }).trim();
}

/** A commit of the depot over an empty tree. */
function commit(message: string, parent?: string): string {
  const tree = git(depot, 'hash-object', '-t', 'tree', '-w', '/dev/null');
  return git(depot, 'commit-tree', tree, '-m', message, ...(parent ? ['-p', parent] : []));
}

function hook(name: string, script: string): void {
  const file = join(remote, 'hooks', name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

const update = (next: string, expected: string | null, branch = 'main') =>
  forge.refs.act({ repo: 'shop', branch, commit: next, expected }, { signal: new AbortController().signal });

describe('a branch of the forge', () => {
  it('has no head before it is made, and the commit that was pushed after', async () => {
    expect(await forge.head('shop', 'main')).toBeUndefined();
    const first = commit('first');
    expect(await update(first, null)).toEqual({ trace: first, already: false });
    expect(await forge.head('shop', 'main')).toBe(first);
  });

  it('is not confused with a ref that ends alike', async () => {
    const first = commit('first');
    await update(first, null, 'x/refs/heads/main');
    expect(await forge.head('shop', 'main')).toBeUndefined();
  });

  it('is set once: again, with whatever expectation, is done already', async () => {
    const first = commit('first');
    const second = commit('second', first);
    await update(first, null);
    await update(second, first);
    expect(await update(second, first)).toEqual({ trace: second, already: true });
    expect(await update(second, second)).toEqual({ trace: second, already: true });
  });

  it('is done already when an attempt that reported an error had set it', async () => {
    const first = commit('first');
    hook('update', 'git update-ref "$1" "$3"; exit 1');
    expect(await update(first, null)).toEqual({ trace: first, already: true });
    expect(await forge.head('shop', 'main')).toBe(first);
  });

  it('stays where somebody else moved it, and says where that is', async () => {
    const first = commit('first');
    const theirs = commit('theirs', first);
    const ours = commit('ours', first);
    await update(first, null);
    await update(theirs, first);
    expect(await update(ours, first)).toEqual({ moved: theirs });
    expect(await update(ours, null)).toEqual({ moved: theirs });
    expect(await forge.head('shop', 'main')).toBe(theirs);
  });

  it('is not made again when it was expected and is gone', async () => {
    const first = commit('first');
    expect(await update(commit('second', first), first)).toEqual({ moved: null });
  });

  it('goes to exactly one of several writers with the same expectation', async () => {
    const first = commit('first');
    await update(first, null);
    const rivals = ['a', 'b', 'c', 'd'].map((name) => commit(name, first));
    const answers = await Promise.all(rivals.map((rival) => update(rival, first).catch((error: Error) => error)));
    const head = await forge.head('shop', 'main');
    const winners = rivals.filter((_rival, index) => answers[index] !== undefined && 'trace' in Object(answers[index]));
    expect(winners).toEqual([head]);
  });
});

describe('a refusal of the forge', () => {
  it('by a hook of the repository is permanent and carries the words of the hook', async () => {
    hook('pre-receive', 'echo "main is frozen until Monday" >&2; exit 1');
    await expect(update(commit('first'), null)).rejects.toMatchObject({
      type: 'Unauthorized',
      nonRetryable: true,
      message: expect.stringContaining('main is frozen until Monday'),
    });
    expect(await forge.head('shop', 'main')).toBeUndefined();
  });

  it('of a repo that is not configured names those that are', async () => {
    await expect(forge.head('bank', 'main')).rejects.toMatchObject({
      type: 'UnknownRepo',
      message: expect.stringContaining('shop'),
    });
  });

  it.each(['main', '', ':refs/heads/other', '--all', 'f'.repeat(39)])(
    'of "%s" as a commit is permanent',
    async (bad) => {
      await expect(update(bad, null)).rejects.toMatchObject({ type: 'BadInput', nonRetryable: true });
    },
  );

  it('of a commit that the depot lacks is permanent', async () => {
    await expect(update('f'.repeat(40), null)).rejects.toMatchObject({ type: 'BadInput', nonRetryable: true });
  });

  it('to answer at all is passing', async () => {
    rmSync(remote, { recursive: true });
    await expect(forge.head('shop', 'main')).rejects.toMatchObject({ type: 'VendorUnavailable', nonRetryable: false });
    await expect(update(commit('first'), null)).rejects.toMatchObject({ type: 'VendorUnavailable' });
  });
});

it('no hook of the depot runs when a change is pushed', async () => {
  const witness = join(directory, 'ran');
  const file = join(depot, 'hooks', 'pre-push');
  writeFileSync(file, `#!/bin/sh\ntouch ${witness}\n`);
  chmodSync(file, 0o755);
  await update(commit('first'), null);
  expect(() => execFileSync('test', ['-e', witness])).toThrow();
});
