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
      ...{ title: 'Totals', repo: 'shop', reporter: { id: 'ada' } },
      comments: [{ author: { id: 'signalbox[bot]' }, ours: true }],
    });
    await side.stop();
  });

  it('a merge queue of its own, which is told and not gone round', async () => {
    const { world: at, state, change } = await world();
    const opening = { repo: at.repo, branch: change.branch, base: 'main', title: 'Mend', body: '', draft: false };
    await at.writes.openings.act(opening, watch());
    state.repo.close('main');
    state.rules.set('main', { pullsOnly: true, approvals: 0, checks: [], upToDate: true, mergeQueue: true });
    expect(await at.reads.protection(at.repo, 'main')).toMatchObject({ mergeQueue: true, pushAllowed: false });
    const { head, tree, baseCommit: expected } = change;
    const commit = await at.mergeCommit(change);
    const merge = { repo: at.repo, branch: 'main', commit, expected, number: 1, head, tree };
    const refused = await failureOf(at.writes.merges.act(merge, watch()));
    expect(refused).toMatchObject({
      type: 'Unauthorized',
      message: expect.stringMatching(/merge queue stands before/),
    });
    await at.close();
  });
});
