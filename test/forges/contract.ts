import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PullRequestOpening } from '../../activities/ports-effects.js';
import { createDepot } from '../../adapters/depot/depot.js';
import { accessTo, createForges } from '../../adapters/forge/forges.js';
import { loadConfig } from '../../temporal.config.js';
import { failureOf } from '../effects/attempts.js';
import { type ForgeSide, ForgeWorld, watch } from './world.js';

// What a forge must do for us, whichever it is. Each test has a branch of its own.

export const FILES = { 'README.md': 'Shop\n', 'totals.txt': 'one\ntwo\nthree\n' };

export function describesForge(start: () => Promise<ForgeSide>): void {
  let world: ForgeWorld;
  beforeAll(async () => {
    world = await ForgeWorld.over(await start());
  });
  afterAll(() => world.close());

  const opening = (branch: string): PullRequestOpening => ({
    ...{ repo: world.repo, branch, base: 'main', title: 'Mend the totals', body: 'Off by one cent', draft: true },
  });
  const opened = async (
    branch: string,
    files: Readonly<Record<string, string>> = { 'totals.txt': 'one\n2\nthree\n' },
  ) => {
    const change = await world.change(branch, files);
    const acted = await world.writes.openings.act(opening(branch), watch());
    return { change, number: 'trace' in acted ? Number(acted.trace) : 0 };
  };
  const edit = (number: number, version: number, rest = {}) => ({
    ...{ repo: world.repo, number, version, title: 'Mend the totals', body: 'Told', draft: false },
    ...{ labels: ['signalbox'], state: 'open' as const, ...rest },
  });

  describe('a pull request', () => {
    it('is opened as a draft once, and found by its branch', async () => {
      expect(await world.reads.find(world.repo, 'signalbox/A-1')).toBeUndefined();
      const change = await world.change('signalbox/A-1', { 'a.txt': 'a\n' });
      const { openings } = world.writes;
      expect(await openings.look(opening('signalbox/A-1'), watch())).toEqual({ absent: true });
      const acted = await openings.act(opening('signalbox/A-1'), watch());
      const found = await world.reads.find(world.repo, 'signalbox/A-1');
      expect(acted).toEqual({ trace: String(found?.number), already: false });
      expect(found).toMatchObject({
        ...{ state: 'open', draft: true, title: 'Mend the totals', body: 'Off by one cent' },
        ...{ branch: 'signalbox/A-1', head: change.head, base: 'main', author: { id: world.side.us } },
      });
      expect(await openings.look(opening('signalbox/A-1'), watch())).toEqual({ trace: String(found?.number) });
      expect(await openings.act(opening('signalbox/A-1'), watch())).toEqual({
        trace: String(found?.number),
        already: true,
      });
    });

    it('that a person has closed is not opened again', async () => {
      const { number } = await opened('signalbox/A-2');
      await world.side.closePull(number);
      expect(await world.writes.openings.look(opening('signalbox/A-2'), watch())).toEqual({ trace: String(number) });
    });

    it('is the newest one of its branch', async () => {
      const { number } = await opened('signalbox/A-6', { 'a6.txt': 'a\n' });
      await world.side.closePull(number);
      const theirs = await world.side.openPull('signalbox/A-6');
      expect(await world.reads.find(world.repo, 'signalbox/A-6')).toMatchObject({ number: theirs, state: 'open' });
      await world.side.closePull(theirs);
      expect(await world.reads.find(world.repo, 'signalbox/A-6')).toMatchObject({ number: theirs, state: 'closed' });
    });

    it('is edited as a whole; labels of people stay, and what is ready can be a draft again', async () => {
      const { number } = await opened('signalbox/A-3');
      await world.side.addLabel(number, 'theirs');
      const { edits } = world.writes;
      await edits.act(edit(number, 1, { labels: ['signalbox', 'signalbox:risky'], title: 'Proven' }), watch());
      const first = await world.reads.read(world.repo, number);
      expect(first).toMatchObject({ title: 'Proven', body: 'Told', draft: false });
      expect([...first.labels].toSorted()).toEqual(['signalbox', 'signalbox:risky', 'theirs']);
      await edits.act(edit(number, 2, { draft: true }), watch());
      const second = await world.reads.read(world.repo, number);
      expect(second).toMatchObject({ draft: true, state: 'open' });
      expect([...second.labels].toSorted()).toEqual(['signalbox', 'theirs']);
      await edits.act(edit(number, 3, { state: 'closed' }), watch());
      expect(await world.reads.read(world.repo, number)).toMatchObject({ state: 'closed' });
    });

    it('is not changed by an edit that is older than the last one', async () => {
      const { number } = await opened('signalbox/A-4');
      const { edits } = world.writes;
      await edits.act(edit(number, 2, { body: 'Newer' }), watch());
      expect(await edits.look(edit(number, 2), watch())).toEqual({ trace: `${number} edit 2` });
      expect(await edits.act(edit(number, 1, { body: 'Older' }), watch())).toMatchObject({ already: true });
      expect(await world.reads.read(world.repo, number)).toMatchObject({ body: 'Newer' });
      expect(await edits.look(edit(number, 3), watch())).toEqual({ absent: true });
    });

    it('names its commits and who made them', async () => {
      const { number, change } = await opened('signalbox/A-5');
      const theirs = await world.side.push('signalbox/A-5', { 'theirs.txt': 'mine\n' });
      const commits = await world.reads.commits(world.repo, number);
      expect(commits.map(({ commit }) => commit)).toEqual([change.head, theirs]);
      expect(commits[1]).toMatchObject({ author: { id: world.side.person }, title: 'Edit signalbox/A-5' });
      expect(commits[0]?.email).toBe('signalbox@localhost');
    });
  });

  describe('remarks on a pull request', () => {
    const reply = (number: number, effectKey: string, inReplyTo: string | null = null) => ({
      ...{ repo: world.repo, number, inReplyTo, body: 'Done in 1234', effectKey },
    });

    it('are told from ours by their author and our mark, and keep their ids', async () => {
      const { number, change } = await opened('signalbox/B-1');
      await world.side.remark(number, 'Why?\n\n_Signalbox · mission/B-1/reply_');
      const line = { path: 'totals.txt', line: 2, body: 'Use a word', commit: change.head };
      await world.side.remarkOnLine(number, line);
      await world.writes.replies.act(reply(number, 'mission/B-1/hello'), watch());
      const remarks = await world.reads.comments(world.repo, number);
      expect(remarks).toMatchObject([
        { author: { id: world.side.person }, ours: false },
        { author: { id: world.side.person }, body: 'Use a word', path: 'totals.txt', line: 2, ours: false },
        { author: { id: world.side.us }, ours: true },
      ]);
      expect(await world.reads.comments(world.repo, number)).toEqual(remarks);
      expect(new Set(remarks.map(({ id }) => id)).size).toBe(3);
    });

    it('on a line are answered in their thread, and others with what they said', async () => {
      const { number, change } = await opened('signalbox/B-2');
      await world.side.remark(number, 'Why is that?\nReally');
      const line = { path: 'totals.txt', line: 2, body: 'Use a word', commit: change.head };
      await world.side.remarkOnLine(number, line);
      const [whole, onLine] = await world.reads.comments(world.repo, number);
      const { replies } = world.writes;
      await replies.act(reply(number, 'mission/B-2/1', onLine?.id), watch());
      await replies.act(reply(number, 'mission/B-2/2', whole?.id), watch());
      const ours = (await world.reads.comments(world.repo, number)).filter((remark) => remark.ours);
      expect(ours.find(({ path }) => path === 'totals.txt')).toMatchObject({ inReplyTo: onLine?.id, line: 2 });
      expect(ours.find(({ path }) => path === undefined)?.body).toMatch(/^> Why is that\?\n\nDone in 1234/);
    });

    it('are of people whose rights the forge tells, by the account that people.yaml names', async () => {
      const { number } = await opened('signalbox/B-5');
      await world.side.remark(number, 'Why?');
      const { us, person, outsider } = world.side;
      expect(await world.reads.writers(world.repo, [us, person, outsider, 'nobody-of-that-name'])).toEqual(
        expect.not.arrayContaining([outsider, 'nobody-of-that-name']),
      );
      expect(await world.reads.writers(world.repo, [outsider, person])).toEqual([person]);
      expect((await world.reads.comments(world.repo, number))[0]?.account).toMatch(/^\d+$/);
    });

    it('of ours are found again by their key', async () => {
      const { number } = await opened('signalbox/B-3');
      const { replies } = world.writes;
      expect(await replies.look(reply(number, 'mission/B-3/1'), watch())).toEqual({ absent: true });
      const acted = await replies.act(reply(number, 'mission/B-3/1'), watch());
      const [made] = await world.reads.comments(world.repo, number);
      expect(acted).toEqual({ trace: made?.id, already: false });
      expect(await replies.look(reply(number, 'mission/B-3/1'), watch())).toEqual({ trace: made?.id });
      expect(await replies.look(reply(number, 'mission/B-3/2'), watch())).toEqual({ absent: true });
    });

    it('and reviews: verdict, commit and words of each', async () => {
      const { number, change } = await opened('signalbox/B-4');
      await world.side.review(number, 'request-changes', 'Not yet');
      await world.side.review(number, 'approve', 'Now');
      expect(await world.reads.reviews(world.repo, number)).toMatchObject([
        { author: { id: world.side.person }, verdict: 'changes-requested', commit: change.head, body: 'Not yet' },
        { author: { id: world.side.person }, verdict: 'approved', commit: change.head, body: 'Now' },
      ]);
    });
  });

  it('a check of a gate is shown on its commit, in its newest state', async () => {
    const { change } = await opened('signalbox/C-1');
    const check = (name: string, state: 'running' | 'passed' | 'failed', version: number) => ({
      ...{ repo: world.repo, commit: change.head, name, state, version, title: `${name} ${state}`, summary: 'All' },
      ...{ detailsUrl: 'http://127.0.0.1:8180/missions/C-1', actions: [], mission: 'mission/C-1' },
    });
    const { checks } = world.writes;
    for (const next of [check('unit', 'running', 1), check('unit', 'passed', 2), check('lint', 'failed', 1)]) {
      expect(await checks.look(next, watch())).toMatchObject({ absent: true });
      const acted = await checks.act(next, watch());
      expect(await checks.look(next, watch())).toEqual({ trace: 'trace' in acted && acted.trace });
    }
    expect(await world.side.checks(change.head)).toEqual(['lint: failure', 'unit: success']);
  });

  describe('a merge', () => {
    it('by a push lands the commit that was validated, and the pull request is merged by it', async () => {
      const { number, change } = await opened('signalbox/D-1', { 'd1.txt': 'd\n' });
      const commit = await world.mergeCommit(change);
      const { head, tree, baseCommit: expected } = change;
      const merge = { repo: world.repo, branch: 'main', commit, expected, number, head, tree };
      expect(await world.writes.merges.act(merge, watch())).toEqual({ trace: commit, already: false });
      expect(await world.forges.head(world.repo, 'main')).toBe(commit);
      expect(await world.writes.merges.look(merge, watch())).toEqual({ trace: commit });
      expect(await world.reads.read(world.repo, number)).toMatchObject({ state: 'merged', mergeCommit: commit });
    });

    it('changes nothing when the base has moved', async () => {
      const { number, change } = await opened('signalbox/D-2', { 'd2.txt': 'd\n' });
      const theirs = await world.side.push('main', { 'theirs.txt': `${number}\n` });
      const commit = await world.mergeCommit(change);
      const { head, tree, baseCommit: expected } = change;
      const merge = { repo: world.repo, branch: 'main', commit, expected, number, head, tree };
      expect(await world.writes.merges.act(merge, watch())).toEqual({ moved: theirs });
      expect(await world.reads.read(world.repo, number)).toMatchObject({ state: 'open' });
    });
  });

  describe('a token that the forge does not know', () => {
    it('is a failure for good that names what to mend, and is not told', async () => {
      const { entry, strangerHost: hosts } = world.side;
      const { path } = loadConfig();
      const forges = createForges({ repos: [entry], hosts, depotDirectory: world.depot.directory, path });
      const read = await failureOf(forges.pullRequests(world.repo)?.read(world.repo, 1) ?? Promise.resolve());
      expect(read).toMatchObject({ type: 'Unauthorized', nonRetryable: true });
      expect(read.message).toMatch(/check GIT(HUB|EA)_TOKEN/);
      const asked = await failureOf(forges.head(world.repo, 'main'));
      expect(asked).toMatchObject({ type: 'Unauthorized', nonRetryable: true });
      const depot = createDepot({ directory: world.depot.directory('stranger'), path, access: accessTo(hosts) });
      expect(await failureOf(depot.fetch(entry, 'main'))).toMatchObject({ type: 'Unauthorized', nonRetryable: true });
      expect(`${read.message} ${asked.message} ${asked.stack}`).not.toContain('ffffffff');
    });
  });
}

/** On a repo of its own, because a rule of its base stays. */
export function describesProtection(start: () => Promise<ForgeSide>): void {
  async function protectedWorld(protection: Parameters<ForgeSide['protect']>[1]) {
    const world = await ForgeWorld.over(await start());
    const change = await world.change('signalbox/E-1', { 'e.txt': 'e\n' });
    const opening = {
      repo: world.repo,
      branch: 'signalbox/E-1',
      base: 'main',
      title: 'Mend',
      body: 'It',
      draft: false,
    };
    const acted = await world.writes.openings.act(opening, watch());
    const number = 'trace' in acted ? Number(acted.trace) : 0;
    await world.side.protect('main', protection);
    const commit = await world.mergeCommit(change);
    const { head, tree, baseCommit: expected } = change;
    const message = 'Merge E-1\n\nSignalbox-Mission: mission/E-1';
    const merge = { repo: world.repo, branch: 'main', commit, expected, number, head, tree, message };
    return { world, change, number, merge };
  }

  describe('a branch that nobody may push to', () => {
    it('is told, with what else it asks for', async () => {
      const { world } = await protectedWorld({ noPush: true, approvals: 1, checks: ['unit'], upToDate: true });
      expect(await world.reads.protection(world.repo, 'main')).toMatchObject({
        ...{ requiredChecks: ['unit'], requiredApprovals: 1, pushAllowed: false, mergeQueue: false },
      });
      await world.close();
    });

    it('is merged into by the forge: exactly what was validated', async () => {
      const { world, merge, number, change } = await protectedWorld({ noPush: true, upToDate: true });
      const acted = await world.writes.merges.act(merge, watch());
      const landed = (await world.forges.head(world.repo, 'main')) ?? '';
      expect(acted).toEqual({ trace: landed, already: false });
      expect(await world.reads.treeOf(world.repo, landed)).toBe(change.tree);
      expect(await world.reads.read(world.repo, number)).toMatchObject({ state: 'merged', mergeCommit: landed });
      expect(await world.writes.merges.look(merge, watch())).toEqual({ trace: landed });
      await world.close();
    });

    it('stays as it is while its rules are not met, and the failure says what they are', async () => {
      const { world, merge, number } = await protectedWorld({ noPush: true, upToDate: true, approvals: 1 });
      const refused = await failureOf(world.writes.merges.act(merge, watch()));
      expect(refused).toMatchObject({ type: 'Unauthorized', nonRetryable: true });
      expect(refused.message).toMatch(/approv/i);
      expect(await world.forges.head(world.repo, 'main')).toBe(merge.expected);
      await world.side.review(number, 'approve', 'Good');
      expect(await world.writes.merges.act(merge, watch())).toMatchObject({ already: false });
      await world.close();
    });

    it('stays as it is where the forge could merge something else than what was validated', async () => {
      const { world, merge, number } = await protectedWorld({ noPush: true });
      const refused = await failureOf(world.writes.merges.act(merge, watch()));
      expect(refused).toMatchObject({ type: 'Unauthorized', nonRetryable: true });
      expect(refused.message).toMatch(/could merge something else than what was validated: (allow|require)/);
      expect(await world.reads.read(world.repo, number)).toMatchObject({ state: 'open' });
      await world.close();
    });

    it('stays as it is when the head is not what was validated', async () => {
      const { world, merge, change } = await protectedWorld({ noPush: true, upToDate: true });
      const other = await world.depot.treeOf(world.repo, change.baseCommit);
      const refused = await failureOf(world.writes.merges.act({ ...merge, tree: other }, watch()));
      expect(refused).toMatchObject({ type: 'BadInput', nonRetryable: true });
      expect(await world.forges.head(world.repo, 'main')).toBe(merge.expected);
      await world.close();
    });
  });
}
