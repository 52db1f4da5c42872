import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createBlobs } from '../adapters/blobs/blobs.js';
import { createDepot } from '../adapters/depot/depot.js';
import { loadConfig } from '../temporal.config.js';
import { verdict } from '../test/workflows/stubs.js';
import { createConflictActivities } from './conflicts.js';

const TIME = 1_790_000_000;

describe('two sides that git can not bring together', () => {
  let root: string;
  let source: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'signalbox-conflicts-'));
    source = join(root, 'source');
    execFileSync('git', ['init', '--quiet', '--initial-branch=main', source]);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function git(...args: string[]): string {
    const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.com'];
    return execFileSync('git', [...who, ...args], { cwd: source, encoding: 'utf8' }).trim();
  }

  /** A commit on a branch that starts at `from`; undefined: the file is removed. */
  function commit(branch: string, from: string, message: string, files: Readonly<Record<string, string | undefined>>) {
    git('checkout', '--quiet', '-B', branch, ...(from === '' ? [] : [from]));
    for (const [name, content] of Object.entries(files)) {
      if (content === undefined) rmSync(join(source, name));
      else writeFileSync(join(source, name), content);
    }
    git('add', '--all');
    git('commit', '--quiet', '--message', message);
  }

  function parts() {
    const depot = createDepot({ directory: join(root, 'depots'), path: loadConfig().path });
    const blobs = createBlobs(join(root, 'blobs'));
    return { depot, blobs, ...createConflictActivities({ depot, blobs }) };
  }

  /** The base and a change, each with its own content of the same file. */
  async function sides(start: string, theirs: string, mine: string | undefined) {
    const all = parts();
    const { depot } = all;
    commit('main', '', 'Start', { 'list.txt': start });
    commit('mine', 'main', 'Mine', { 'list.txt': mine });
    commit('theirs', 'main', 'Theirs', { 'list.txt': theirs, 'other.txt': 'theirs alone\n' });
    const location = { name: 'app', url: source, defaultBranch: 'main' };
    const { commit: taken } = await depot.fetch(location, 'theirs');
    const { commit: ours } = await depot.fetch(location, 'mine');
    const both = { repo: 'app', taken, ours };
    const conflict = await all.describeConflict({ ...both, time: TIME });
    const { files, tree } = conflict;
    /** What is said of a file that somebody made of both. */
    const check = async (text: string) => {
      const made = await depot.rewrite('app', tree, ['list.txt'], () => text);
      return all.checkResolution({ ...both, files, tree: 'tree' in made ? made.tree : '' });
    };
    return {
      ...{ ...all, ...both, conflict, check },
      joined: async (first: 'taken' | 'ours') => all.joinSides({ ...both, files, tree, first }),
      read: (from: string) => depot.read('app', from, 'list.txt'),
    };
  }

  it('are put together with what each of them did, and whose commits it was', async () => {
    const { conflict, read, taken, ours, depot } = await sides('a\n', 'a\nb by them\n', 'a\nb by us\n');
    expect(conflict).toMatchObject({
      files: [{ path: 'list.txt', kind: 'both' }],
      there: [{ commit: taken, title: 'Theirs', author: 't' }],
      here: [{ commit: ours, title: 'Mine', author: 't' }],
    });
    const text = await read(conflict.tree);
    expect(text).toContain(`<<<<<<< ${taken}\nb by them\n||||||| `);
    expect(text).toContain(`=======\nb by us\n>>>>>>> ${ours}\n`);
    expect(await depot.read('app', conflict.tree, 'other.txt')).toBe('theirs alone\n');
  });

  it('are both kept, in either order, where each only added lines', async () => {
    const { joined, read, check } = await sides('a\n', 'a\n\nthem\n', 'a\n\nus\n');
    const [first, second] = [await joined('taken'), await joined('ours')];
    expect('tree' in first && (await read(first.tree))).toBe('a\n\nthem\nus\n');
    expect('tree' in second && (await read(second.tree))).toBe('a\n\nus\nthem\n');
    expect(await check('a\n\nus\nthem\n')).toEqual([]);
  });

  it('keep bytes that are no text', async () => {
    const { joined, depot } = await sides('a\n', 'a\nthem\n', 'a\nus\n');
    const kept = await joined('taken');
    const tree = 'tree' in kept ? kept.tree : '';
    const seen: string[] = [];
    const latin = await depot.rewrite('app', tree, ['list.txt'], () => '\u00ff\u00fe');
    await depot.rewrite('app', 'tree' in latin ? latin.tree : '', ['list.txt'], (text) => {
      seen.push(text);
      return text;
    });
    expect(seen).toEqual(['\u00ff\u00fe']);
  });

  it('are not both kept where one changed what the other changed', async () => {
    const { joined } = await sides('a\nb\n', 'a\nb by them\n', 'a\nb by us\n');
    expect(await joined('taken')).toMatchObject({ because: expect.stringMatching(/list\.txt: a side changed/) });
  });

  it('are not both kept where one removed the file', async () => {
    const { conflict, joined } = await sides('a\n', 'a\nthem\n', undefined);
    expect(conflict.files).toEqual([{ path: 'list.txt', kind: 'removed-here' }]);
    expect(await joined('taken')).toHaveProperty('because');
  });

  it('lose nothing silently: what one side added or removed and is undone goes to a person, markers block', async () => {
    const { check, taken } = await sides('a\nb\nc\n', 'a\nb by them\n', 'a\nb by us\nc\n');
    expect(await check('a\nb by us\nc\n')).toMatchObject([
      { rule: 'lost-in-conflict', severity: 'person', message: expect.stringMatching(/taken in added: "b by them"$/) },
      { rule: 'lost-in-conflict', severity: 'person', message: expect.stringMatching(/taken in removed: "c"$/) },
    ]);
    expect(await check('a\nb by them\n')).toMatchObject([
      { message: 'does not have lines that this change added: "b by us"' },
    ]);
    const [marked] = await check(`a\n<<<<<<< ${taken}\nb by them\nb by us\n`);
    expect(marked).toMatchObject({ rule: 'conflict-markers', severity: 'blocker' });
  });

  it('have to pass together what passes on what is taken in, and what is new on ours', async () => {
    const { joinBaselines, blobs } = parts();
    const cases = async (passing: readonly string[], failing: readonly string[] = []) => ({
      ...verdict('tests', 'f'.repeat(40)),
      cases: await blobs.put(JSON.stringify({ passing, failing }), 'application/json'),
    });
    const both = await joinBaselines({
      base: { tests: await cases(['old', 'removed there'], ['red']) },
      taken: [await cases(['old', 'new there'], ['red'])],
      ours: [await cases(['old', 'removed there', 'new here'])],
    });
    const kept = both.tests?.cases && (await blobs.get(both.tests.cases));
    expect(JSON.parse(String(kept))).toEqual({ passing: ['old', 'new there', 'new here'], failing: ['red'] });
  });
});
