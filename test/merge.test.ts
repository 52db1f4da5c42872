import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createEffects } from '../activities/effects.js';
import { createMergeActivities, type MergeOutcome, type PushOutcome } from '../activities/merge.js';
import { createRepoActivities } from '../activities/repo.js';
import { createRevertActivities } from '../activities/reverts.js';
import { createBlobs } from '../adapters/blobs/blobs.js';
import { createDepot } from '../adapters/depot/depot.js';
import { createEffectLedger } from '../adapters/effects/effects.js';
import { createLocalForge } from '../adapters/forge/local.js';
import type { Change } from '../schemas/change.js';
import { loadConfig } from '../temporal.config.js';
import { attemptAt } from './effects/attempts.js';

const { path } = loadConfig();
const TIME = 1_790_000_000;

describe('merging over real git', () => {
  let directory: string;
  let steps = 0;
  const step = () => attemptAt({ attempt: 1, activityId: String(++steps) });
  let bare: string;
  let work: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'signalbox-merge-'));
    bare = join(directory, 'app.git');
    work = join(directory, 'work');
    mkdirSync(work);
    git('init', '--quiet', '--bare', '--initial-branch=main', bare);
    git('init', '--quiet', '--initial-branch=main');
    git('remote', 'add', 'origin', bare);
    commit(
      {
        'signalbox.yaml': 'version: 1\nmodules: {}\ngates: [{name: g, command: "true"}]\n',
        'a.txt': 'a\n',
        'b.txt': 'b\n',
      },
      'start',
      'main',
    );
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  function git(...args: string[]): string {
    return execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: work,
      encoding: 'utf8',
    }).trim();
  }

  /** A commit on a branch of the forge, made by somebody. */
  function commit(files: Record<string, string>, message: string, branch: string): string {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(work, name), content);
    git('add', '--all');
    git('commit', '--quiet', '--message', message);
    git('push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
    return git('rev-parse', 'HEAD');
  }

  function parts() {
    const depot = createDepot({ directory: join(directory, 'depots'), path });
    const repos = [{ name: 'app', url: bare, defaultBranch: 'main' }];
    const forge = createLocalForge({ repos, depotDirectory: depot.directory, path });
    const blobs = createBlobs(join(directory, 'blobs'));
    const ledger = createEffectLedger(join(directory, 'effects'));
    const effects = createEffects({ ledger, permitted: async () => undefined });
    const { pushBranch, mergeChange } = createMergeActivities({ depot, forge, effects });
    return {
      depot,
      ...createRevertActivities({ depot }),
      ...createRepoActivities({ depot, forge, blobs, agents: false, budgets: { teams: {}, repos: {} }, holdouts: [] }),
      // Each call is an activity of its own: what one knows from another, it has from the forge or from the key.
      pushBranch: (input: Parameters<typeof pushBranch>[0]) => step().run(pushBranch, input) as Promise<PushOutcome>,
      mergeChange: (input: Parameters<typeof mergeChange>[0]) =>
        step().run(mergeChange, input) as Promise<MergeOutcome>,
    };
  }

  /** Two changes from the same base in the depot, as two tasks leave them. */
  async function twoChanges() {
    const all = parts();
    const base = await all.readBase({ repo: 'app' });
    git('checkout', '--quiet', '-b', 'tasks');
    const first = commit({ 'a.txt': 'a mended\n' }, 'one', 'one');
    git('reset', '--quiet', '--hard', base.commit);
    const second = commit({ 'b.txt': 'b mended\n' }, 'two', 'two');
    git('checkout', '--quiet', 'main');
    const location = { name: 'app', url: bare, defaultBranch: 'main' };
    await all.depot.fetch(location, 'one');
    await all.depot.fetch(location, 'two');
    const head = await all.integrate({
      repo: 'app',
      parts: [
        { commit: first, title: 'Mend a' },
        { commit: second, title: 'Mend b' },
      ],
      message: 'Integrate',
      time: TIME,
    });
    const change: Change = {
      repo: 'app',
      branch: 'signalbox/A-1',
      baseBranch: 'main',
      baseCommit: base.commit,
      head: head.commit,
      tree: head.tree,
    };
    return { ...all, base, head, change, first, second };
  }

  const mergeInput = (change: Change) => ({
    change,
    title: 'Mend\nSigned-off-by: evil',
    mission: 'mission/A-1',
    planVersion: 2,
    proof: 'f'.repeat(64),
    time: TIME,
  });

  /** A change that was merged, what came after it, and what is asked to take it back. */
  async function mergedBefore(later: Readonly<Record<string, string>>) {
    const all = await twoChanges();
    const merged = await all.mergeChange(mergeInput(all.change));
    if (!('merged' in merged)) throw new Error('it was not merged');
    git('pull', '--quiet', 'origin', 'main');
    commit(later, 'later', 'main');
    const onto = await all.readBase({ repo: 'app' });
    const request = { repo: 'app', commit: merged.merged, onto: onto.commit, message: 'Revert', time: TIME };
    return { ...all, onto, request };
  }

  it('puts changes on each other as plain commits, the same ones when it is tried again', async () => {
    const { base, head, integrate, depot, first, second } = await twoChanges();
    const log = execFileSync('git', ['log', '--format=%s', `${base.commit}..${head.commit}`], {
      cwd: depot.directory('app'),
      encoding: 'utf8',
    });
    expect(log.trim().split('\n')).toEqual(['Mend b', 'one']);
    const again = await integrate({
      repo: 'app',
      parts: [
        { commit: first, title: 'Mend a' },
        { commit: second, title: 'Mend b' },
      ],
      message: 'Integrate',
      time: TIME,
    });
    expect(again).toEqual(head);
  });

  it('refuses changes that collide, and names the files', async () => {
    const { integrate, depot, base, first } = await twoChanges();
    git('reset', '--quiet', '--hard', base.commit);
    const other = commit({ 'a.txt': 'a otherwise\n' }, 'other', 'other');
    await depot.fetch({ name: 'app', url: bare, defaultBranch: 'main' }, 'other');
    const collide = integrate({
      repo: 'app',
      parts: [{ commit: first }, { commit: other }],
      message: 'Integrate',
      time: TIME,
    });
    await expect(collide).rejects.toMatchObject({
      type: 'MergeConflict',
      nonRetryable: true,
      message: expect.stringContaining('a.txt'),
    });
  });

  it('merges with trailers that a title cannot forge, once, also when its answer was lost and others built on it', async () => {
    const { change, pushBranch, mergeChange } = await twoChanges();
    expect(await pushBranch({ change, expected: null })).toEqual({ pushed: true, already: false });
    expect(await pushBranch({ change, expected: null })).toEqual({ pushed: true, already: true });
    const first = await mergeChange(mergeInput(change));
    expect(first).toMatchObject({ already: false });
    git('pull', '--quiet', 'origin', 'main');
    expect(git('log', '-1', '--format=%(trailers:only,unfold)').split('\n').filter(Boolean)).toEqual([
      'Signalbox-Mission: mission/A-1',
      'Signalbox-Plan: 2',
      `Signalbox-Proof: sha256:${'f'.repeat(64)}`,
    ]);
    commit({ 'c.txt': 'later\n' }, 'later', 'main');
    expect(await mergeChange(mergeInput(change))).toEqual({ merged: 'merged' in first && first.merged, already: true });
  });

  it('does not merge when the base has moved, and merges after taking it in', async () => {
    const { change, mergeChange, integrate } = await twoChanges();
    const moved = commit({ 'c.txt': 'meanwhile\n' }, 'meanwhile', 'main');
    expect(await mergeChange(mergeInput(change))).toEqual({ moved });
    const head = await integrate({
      repo: 'app',
      parts: [{ commit: moved }, { commit: change.head }],
      message: 'Bring main in',
      time: TIME,
    });
    const merged = await mergeChange(mergeInput({ ...change, baseCommit: moved, head: head.commit, tree: head.tree }));
    expect(merged).toMatchObject({ already: false });
    git('pull', '--quiet', 'origin', 'main');
    expect(git('show', 'HEAD:c.txt')).toBe('meanwhile');
    expect(git('show', 'HEAD:a.txt')).toBe('a mended');
  });

  it('never overwrites what a person pushed to its branch', async () => {
    const { change, pushBranch, integrate, base } = await twoChanges();
    await pushBranch({ change, expected: null });
    git('reset', '--quiet', '--hard', base.commit);
    git('pull', '--quiet', '--no-rebase', 'origin', change.branch);
    const persons = commit({ 'p.txt': 'by a person\n' }, 'a person', change.branch);
    const next = { ...change, head: base.commit };
    expect(await pushBranch({ change: next, expected: change.head })).toEqual({ moved: persons });
    const head = await integrate({
      repo: 'app',
      parts: [{ commit: persons }, { commit: change.head }],
      message: 'Take in',
      time: TIME,
    });
    expect(head.commit).toBe(persons);
  });

  it('takes a merge back with what it brought, and nothing of what came later; the same commit when tried again', async () => {
    const { change, mergeChange, revertCommit, request, onto } = await mergedBefore({ 'c.txt': 'later\n' });
    const reverted = await revertCommit(request);
    expect(await revertCommit(request)).toEqual(reverted);
    const back = { ...change, branch: 'signalbox/A-1.revert', baseCommit: onto.commit };
    const { commit: head, tree } = reverted;
    expect(await mergeChange(mergeInput({ ...back, head, tree }))).toMatchObject({ already: false });
    git('pull', '--quiet', 'origin', 'main');
    expect(['a.txt', 'b.txt', 'c.txt'].map((name) => git('show', `HEAD:${name}`))).toEqual(['a', 'b', 'later']);
  });

  it('does not take back what later changes build on, nor what is not there', async () => {
    const { change, revertCommit, request } = await mergedBefore({ 'a.txt': 'a mended, and more\n' });
    await expect(revertCommit(request)).rejects.toMatchObject({
      type: 'MergeConflict',
      message: expect.stringMatching(/a\.txt/),
    });
    await expect(revertCommit({ ...request, onto: change.baseCommit })).rejects.toMatchObject({ type: 'BadInput' });
  });

  it('says what is wrong with a repo that has no blueprint, or a broken one', async () => {
    const { readBase } = parts();
    commit({ 'signalbox.yaml': 'version: 1\ngates: []\n' }, 'broken', 'main');
    await expect(readBase({ repo: 'app' })).rejects.toMatchObject({
      type: 'InvalidBlueprint',
      message: expect.stringContaining('gates'),
    });
    git('rm', '--quiet', 'signalbox.yaml');
    commit({}, 'none', 'main');
    await expect(readBase({ repo: 'app' })).rejects.toMatchObject({
      message: expect.stringContaining('signalbox init'),
    });
    await expect(readBase({ repo: 'nowhere' })).rejects.toMatchObject({ type: 'UnknownRepo' });
  });
});
