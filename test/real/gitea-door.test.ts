import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { giteaDoor } from '../../gateway/doors/gitea.js';
import { testGateway } from '../../gateway/testing.js';
import { describeGitea } from './describe-gitea.js';
import { type GiteaUser, RealGitea } from './gitea.js';

// What a real Gitea sends is what its door understands.

const SECRET = 'of-the-webhook';
const EVENTS =
  'issues issue_label issue_comment pull_request pull_request_review pull_request_comment push fork create';
const WAIT_MS = 20_000;

describeGitea('the door of Gitea, at which a real one knocks,', () => {
  const settings = { secrets: [SECRET], label: 'signalbox', own: ['signalbox-bot'], projects: ['acme/shop'] };
  const { app, signals, kept, lines } = testGateway({ doors: [giteaDoor(settings)] });
  const server = createAdaptorServer({ fetch: app.fetch });
  let gitea: RealGitea;
  let ada: GiteaUser;
  let eva: GiteaUser;
  let bot: GiteaUser;

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/gitea`;
    gitea = await RealGitea.start();
    ada = await gitea.addUser('ada');
    eva = await gitea.addUser('eva');
    bot = await gitea.addUser('signalbox-bot');
    await gitea.addOrganisation('acme');
    await gitea.addRepo({ owner: 'acme', name: 'shop', files: { 'README.md': 'Shop\n' } });
    for (const user of [ada, bot]) await gitea.addCollaborator('acme/shop', user, 'write');
    await gitea.addWebhook('acme/shop', { url, secret: SECRET, events: EVENTS.split(' ') });
  });
  afterAll(async () => {
    server.close();
    await gitea.stop();
  });

  /** Until the door has heard of it, in any way. */
  async function heard(work: () => Promise<unknown>, isIt: () => boolean): Promise<void> {
    await work();
    const deadline = Date.now() + WAIT_MS;
    while (!isIt()) {
      if (Date.now() > deadline) throw new Error(`the door has not heard of it:\n${lines.slice(-10).join('')}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  const has = (type: string, event?: string) => () =>
    signals.some(({ type: told, data }) => told === type && (event === undefined || data.touch?.event === event));
  const ignored = (reason: string) => () => lines.some((line) => line.includes(reason));

  it('hears of labels and comments of those who may write, and not of others', async () => {
    const label = await gitea.addLabel('acme/shop', 'signalbox');
    const issues = '/repos/acme/shop/issues';
    const issue = { as: eva, body: { title: 'Totals are wrong', body: 'Off by one cent' } };
    const { number } = await gitea.api<{ number: number }>('POST', issues, issue);
    await heard(
      () => gitea.api('POST', `${issues}/${number}/labels`, { as: ada, body: { labels: [label] } }),
      has('ticket.labelled'),
    );
    expect(signals.at(-1)).toMatchObject({ subject: `acme.shop-${number}`, data: { actor: { name: 'ada' } } });
    const comments = `${issues}/${number}/comments`;
    await heard(
      () => gitea.api('POST', comments, { as: eva, body: { body: 'Please!' } }),
      ignored('its author may not write'),
    );
    await heard(
      () => gitea.api('POST', comments, { as: ada, body: { body: 'It should be 12.30' } }),
      has('ticket.commented'),
    );
    await heard(
      () => gitea.api('POST', comments, { as: bot, body: { body: 'Which repo?' } }),
      ignored('issue_comment.created is our own doing'),
    );
    expect(signals).toHaveLength(2);
    expect(kept).toEqual([]);
  });

  it('hears of everything that people do to a pull request of ours', async () => {
    signals.length = 0;
    const branch = 'signalbox/acme.shop-1';
    const push = { project: 'acme/shop', branch, message: 'Mend the totals' };
    const head = await gitea.push({ ...push, as: ada, files: { 'a.txt': 'a\n' } });
    const pulls = '/repos/acme/shop/pulls';
    const opening = { as: bot, body: { title: 'Mend the totals', head: branch, base: 'main' } };
    const { number } = await gitea.api<{ number: number }>('POST', pulls, opening);
    await heard(async () => undefined, has('change.touched', 'push'));
    expect(signals.at(-1)?.data.touch).toMatchObject({ project: 'acme/shop', branch, head });
    await heard(
      () => gitea.api('POST', `/repos/acme/shop/issues/${number}/comments`, { as: ada, body: { body: 'Why?' } }),
      has('change.touched', 'issue_comment.created'),
    );
    const review = { body: 'Almost', event: 'REQUEST_CHANGES', commit_id: head };
    await heard(
      () => gitea.api('POST', `${pulls}/${number}/reviews`, { as: ada, body: review }),
      has('change.touched', 'pull_request_rejected.reviewed'),
    );
    await heard(
      () => gitea.api('POST', `${pulls}/${number}/reviews`, { as: ada, body: { ...review, event: 'APPROVED' } }),
      has('change.touched', 'pull_request_approved.reviewed'),
    );
    await heard(
      () => gitea.push({ ...push, as: ada, files: { 'b.txt': 'b\n' } }),
      has('change.touched', 'pull_request.synchronized'),
    );
    await heard(
      () => gitea.api('PATCH', `${pulls}/${number}`, { as: ada, body: { state: 'closed' } }),
      has('change.touched', 'pull_request.closed'),
    );
    for (const { subject } of signals) expect(['acme.shop-1', 'acme.shop']).toContain(subject);
    await heard(
      () => gitea.push({ project: 'acme/shop', branch: 'feature', as: ada, files: { 'c.txt': 'c\n' }, message: 'c' }),
      ignored('push is about no branch of ours'),
    );
    expect(kept).toEqual([]);
  });
});
