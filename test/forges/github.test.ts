import { describe, expect, it } from '@jest/globals';
import { githubSignIn } from '../../adapters/forge/github-sign-in.js';
import { createIssueTracker } from '../../adapters/tracker/issues.js';
import { failureOf } from '../effects/attempts.js';
import { describesForge, describesProtection, FILES } from './contract.js';
import { githubSide } from './github-side.js';
import { ForgeWorld, watch } from './world.js';

describe('GitHub as our forge, for an App', () => {
  describesForge(() => githubSide('app', FILES));
  describesProtection(() => githubSide('app', FILES));
});

describe('GitHub as our forge, with the token of a person', () => {
  describesForge(() => githubSide('token', FILES));
});

describe('what GitHub alone has', () => {
  async function world() {
    const side = await githubSide('app', FILES);
    const made = await ForgeWorld.over(side);
    return { world: made, state: side.state, change: await made.change('signalbox/G-1', { 'g.txt': 'g\n' }) };
  }

  it('one check run per gate, with a link, buttons for a person, and the mission that it is of', async () => {
    const { world: at, state, change } = await world();
    const check = (version: number, rest: object) => ({
      ...{ repo: at.repo, commit: change.head, name: 'approval', title: 'Wanted', summary: 'Why', version },
      ...{ state: 'running' as const, detailsUrl: 'http://127.0.0.1/m', actions: [], mission: 'mission/G-1', ...rest },
    });
    const actions = [{ id: 'approve', label: 'Approve', description: 'What you see lands' }];
    await at.writes.checks.act(check(1, {}), watch());
    await at.writes.checks.act(check(3, { state: 'waiting-for-person', actions }), watch());
    expect(await at.writes.checks.act(check(2, { state: 'failed' }), watch())).toMatchObject({ already: true });
    expect(state.checks).toMatchObject([
      {
        ...{ name: 'approval', conclusion: 'action_required', external_id: 'mission/G-1#3' },
        actions: [{ identifier: 'approve', label: 'Approve', description: 'What you see lands' }],
      },
    ]);
    await at.close();
  });

  it('issues, which an App reads and writes with nobody else signed in, under its own name', async () => {
    const side = await githubSide('app', FILES);
    const signIn = githubSignIn(side.settings);
    if (!signIn) throw new Error('there is an App to sign in as');
    const issue = { number: 70, title: 'Totals', body: 'Off by one cent', author: 'ada', labels: ['signalbox'] };
    side.state.issues.push(issue);
    const projects = new Map([['acme/shop', 'shop']]);
    const tracker = createIssueTracker({ flavour: 'github', ...side.settings, ...signIn, projects });
    const comment = { item: 'acme.shop-70', body: 'Which?', effectKey: 'mission/acme.shop-70/1/asked' };
    expect(await tracker.comments.act(comment, watch())).toMatchObject({ already: false });
    expect(await tracker.comments.look(comment, watch())).toHaveProperty('trace');
    await tracker.states.act({ item: comment.item, state: 'started', effectKey: 'started' }, watch());
    expect(issue.labels).toEqual(['signalbox', 'signalbox: working']);
    expect(await tracker.item(comment.item)).toMatchObject({
      ...{ title: 'Totals', repo: 'shop', reporter: { name: 'ada' } },
      comments: [{ author: { name: 'signalbox[bot]' }, ours: true }],
    });
    await side.stop();
  });

  describe('a merge queue of its own', () => {
    async function queued() {
      const { world: at, state, change } = await world();
      const opening = { repo: at.repo, branch: change.branch, base: 'main', title: 'Mend', body: '', draft: false };
      await at.writes.openings.act(opening, watch());
      state.repo.close('main');
      state.rules.set('main', { pullsOnly: true, approvals: 0, checks: [], upToDate: true, mergeQueue: true });
      const { enqueues } = at.writes;
      const { queue } = at.reads;
      if (!enqueues || !queue) throw new Error('GitHub may have a queue');
      const request = { repo: at.repo, number: 1, head: change.head };
      return { at, state, change, enqueues, request, place: () => queue(at.repo, 1) };
    }

    it('is told, and not gone round', async () => {
      const { at, change } = await queued();
      expect(await at.reads.protection(at.repo, 'main')).toMatchObject({ mergeQueue: true, pushAllowed: false });
      const { head, tree, baseCommit: expected } = change;
      const commit = await at.mergeCommit(change);
      const merge = { repo: at.repo, branch: 'main', commit, expected, number: 1, head, tree };
      const refused = await failureOf(at.writes.merges.act(merge, watch()));
      expect(refused).toMatchObject({
        type: 'MergeQueue',
        message: expect.stringMatching(/merge queue stands before/),
      });
      await at.close();
    });

    it('is joined once, with the head that is expected, and left when it is merged', async () => {
      const { at, state, enqueues, request, place, change } = await queued();
      expect(await enqueues.look(request, watch())).toEqual({ absent: true });
      expect(await enqueues.act({ ...request, head: change.baseCommit }, watch())).toEqual({ moved: change.head });
      const first = await enqueues.act(request, watch());
      expect(first).toMatchObject({ already: false });
      expect(await enqueues.act(request, watch())).toEqual({ ...first, already: true });
      expect(await enqueues.look(request, watch())).toEqual({ trace: 'trace' in first && first.trace });
      expect(state.ledger.filter((line) => line === 'enqueue')).toHaveLength(1);
      expect(await place()).toMatchObject({ state: 'queued', head: change.head, position: 1 });
      state.mergeNext();
      expect(await place()).toEqual({ state: 'merged', head: change.head });
      expect(await enqueues.look(request, watch())).toEqual({ trace: 'merged' });
      await at.close();
    });

    it('says in its own words why it took a change out', async () => {
      const { at, state, enqueues, request, place } = await queued();
      await enqueues.act(request, watch());
      state.dequeue(1, 'failed_checks');
      expect(await place()).toMatchObject({ state: 'out', removed: { reason: 'failed_checks' } });
      expect(await enqueues.look(request, watch())).toEqual({ absent: true });
      await at.close();
    });

    it('does not take a draft, which is no success', async () => {
      const { at, state, enqueues, request } = await queued();
      Object.assign(state.pull(1) ?? {}, { draft: true });
      const refused = await failureOf(enqueues.act(request, watch()));
      expect(refused).toMatchObject({ type: 'BadInput', message: expect.stringMatching(/in draft state/) });
      await at.close();
    });
  });
});
