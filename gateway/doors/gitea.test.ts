import { describe, expect, it } from '@jest/globals';
import { markComment } from '../../schemas/comment-marker.js';
import { forgejoWebhook, giteaWebhook } from '../../test/fakes/webhooks/forges.js';
import { testDoor } from '../testing.js';
import { giteaDoor } from './gitea.js';

const SECRET = 'gt_wh_test';

function gateway() {
  const door = giteaDoor({
    secrets: [SECRET, 'gt_wh_before'],
    label: 'signalbox',
    own: ['signalbox-bot'],
    projects: ['acme/shop'],
  });
  const { send, ...rest } = testDoor(door);
  const hook = (event: string, payload: unknown, more: object = {}) =>
    send(giteaWebhook({ event, payload, secret: SECRET, ...more }));
  return { ...rest, send, hook };
}

const writer = { full_name: 'acme/shop', permissions: { admin: false, push: true, pull: true } };
const about = { repository: writer, sender: { login: 'ada', id: 7 } };
const stranger = { ...about, repository: { ...writer, permissions: { push: false } } };
const label = { name: 'signalbox' };
const issue = { number: 12, updated_at: '2026-01-02T03:04:05+01:00', labels: [{ name: 'bug' }, label], body: '' };
const labelled = { action: 'label_updated', issue, changes: { added_labels: [label] }, ...about };
const comment = { body: 'It should be 12.30', created_at: '2026-01-02T03:04:05Z' };
const head = { ref: 'signalbox/acme.shop-12', sha: 'c0ffee', repo: { full_name: 'acme/shop' } };
const pullRequest = { pull_request: { number: 13, head }, ...about };
const reviewed = { action: 'reviewed', review: { type: 'x', content: 'Almost' }, ...pullRequest };

describe('a webhook of Gitea becomes a signal', () => {
  const cases = [
    ['when the label was added', 'issues', labelled, 'ticket.labelled'],
    ['when an older version sends the labels only', 'issues', { ...labelled, changes: null }, 'ticket.labelled'],
    ['when somebody who may write opens one with it', 'issues', { ...labelled, action: 'opened' }, 'ticket.labelled'],
    ['when a colleague comments', 'issue_comment', { action: 'created', issue, comment, ...about }, 'ticket.commented'],
    ['when our branch moved', 'push', { ref: `refs/heads/${head.ref}`, after: 'c0ffee', ...about }, 'change.touched'],
    ['when our pull request was closed', 'pull_request', { action: 'closed', ...pullRequest }, 'change.touched'],
    ['when it was approved', 'pull_request_approved', reviewed, 'change.touched'],
    ['when changes are asked for', 'pull_request_rejected', reviewed, 'change.touched'],
    ['when a review has remarks', 'pull_request_comment', reviewed, 'change.touched'],
    [
      'when somebody comments on it',
      'issue_comment',
      { action: 'created', issue: { ...issue, number: 13 }, comment, is_pull: true, ...pullRequest },
      'change.touched',
    ],
    [
      'when its checks have run',
      'workflow_run',
      { action: 'completed', workflow_run: { head_branch: head.ref, head_sha: 'c0ffee' }, ...about },
      'change.touched',
    ],
  ] as const;

  it.each(cases)('%s', async (_when, event, payload, type) => {
    const { hook, signals } = gateway();
    expect((await hook(event, payload, { delivery: 'd-1' })).status).toBe(200);
    const by = { actor: { id: '7', name: 'ada' } };
    expect(signals[0]).toMatchObject({ id: 'd-1', source: 'gitea', type, subject: 'acme.shop-12', data: by });
  });

  const run = {
    action: 'success',
    prior_status: 'running',
    run: { prettyref: head.ref, commit_sha: 'c0ffee', is_fork_pull_request: false, repository: writer },
  };
  it.each([
    // Forgejo does not say which label was added.
    ['issues', 'issue_label', { action: 'label_updated', issue, ...about }, 'ticket.labelled'],
    ['issue_comment', 'issue_comment', { action: 'created', issue, comment, ...about }, 'ticket.commented'],
    ['pull_request', 'pull_request_sync', { action: 'synchronized', ...pullRequest }, 'change.touched'],
    ['pull_request_approved', 'pull_request_review_approved', reviewed, 'change.touched'],
    ['action_run_success', 'action_run_success', run, 'change.touched'],
  ] as const)('when Forgejo tells of %s (%s)', async (event, type, payload, expected) => {
    const { send, signals } = gateway();
    const sent = forgejoWebhook({ event, type, payload, secret: SECRET, delivery: 'd-3' });
    expect(await send(sent)).toMatchObject({ status: 200 });
    expect(signals[0]).toMatchObject({ id: 'd-3', source: 'gitea', type: expected, subject: 'acme.shop-12' });
    expect((await send({ ...sent, body: sent.body.replace('12', '13') })).status).toBe(401);
  });

  it.each([
    ['/signalbox approve 2', { check: 'signalbox/approval', button: 'approve', question: 2, reason: '' }],
    [' /signalbox  reject 3 it rounds\nwrong', { button: 'reject', question: 3, reason: 'it rounds\nwrong' }],
    ['/signalbox approve', undefined],
    ['/signalbox approve 2nd', undefined],
    ['I would say /signalbox approve 2', undefined],
    ['/signalbox merge 2', undefined],
  ])('a comment on our pull request stands for a button only when it is just that: %s', async (body, expected) => {
    const { hook, signals } = gateway();
    const pull = { ...issue, number: 13 };
    await hook('issue_comment', { action: 'created', issue: pull, comment: { body }, is_pull: true, ...pullRequest });
    const { touch } = signals[0]?.data ?? {};
    expect(touch).toMatchObject({ number: 13, head: head.sha });
    if (expected) expect(touch).toMatchObject(expected);
    else expect(touch).not.toHaveProperty('button');
  });

  it('when our own push has been checked, whoever is said to have started that', async () => {
    const own = { ...about, sender: { id: 8, login: 'signalbox-bot' } };
    const workflow_run = { head_branch: head.ref, head_sha: 'c0ffee' };
    const { hook, signals } = gateway();
    await hook('workflow_run', { action: 'completed', workflow_run, ...own });
    expect(signals[0]).toMatchObject({ type: 'change.touched', subject: 'acme.shop-12' });
  });

  it('by the headers of Forgejo, of Gogs or of GitHub alone', async () => {
    const { headers, body } = giteaWebhook({ event: 'issues', payload: labelled, secret: SECRET, delivery: 'd-2' });
    const { send, signals } = gateway();
    const signature = headers['x-gitea-signature'] ?? '';
    for (const [family, signed] of [
      ['forgejo', { 'x-forgejo-signature': signature }],
      ['gogs', { 'x-gogs-signature': signature }],
      ['github', { 'x-hub-signature-256': `sha256=${signature}` }],
    ] as const) {
      const only = { [`x-${family}-event`]: 'issues', [`x-${family}-delivery`]: 'd-2', ...signed };
      expect((await send({ headers: only, body })).status).toBe(200);
    }
    expect(signals.map(({ id }) => id)).toEqual(['d-2', 'd-2', 'd-2']);
  });
});

describe('a webhook of Gitea is ignored, with the reason,', () => {
  const byStranger = { action: 'created', issue, comment, ...stranger };
  const cases = [
    ['when another label was added', 'issues', { ...labelled, changes: { added_labels: [] } }, 'was not added'],
    ['when labels were cleared', 'issues', { ...labelled, action: 'label_cleared' }, 'starts nothing'],
    ['when a stranger opens one', 'issues', { ...labelled, ...stranger, action: 'opened' }, 'may not write'],
    ['when a stranger comments', 'issue_comment', byStranger, 'may not write'],
    [
      'when it does not say who may write',
      'issue_comment',
      { ...byStranger, repository: { full_name: 'Acme/Shop' } },
      'may not',
    ],
    [
      'when a comment is our own',
      'issue_comment',
      { action: 'created', issue, comment: { body: markComment('Which repo?', 'triage/x') }, ...about },
      'our own',
    ],
    ['when we did it', 'push', { ...about, sender: { id: 8, login: 'Signalbox-Bot' } }, 'our own doing'],
    [
      'when nobody has configured its repository',
      'issues',
      { ...labelled, repository: { full_name: 'a/b' } },
      'is a/b',
    ],
    ['when another branch moved', 'push', { ref: 'refs/heads/main', after: 'c', ...about }, 'no branch of ours'],
    [
      'when a fork names its branch as ours',
      'pull_request',
      { action: 'opened', ...about, pull_request: { number: 9, head: { ...head, repo: { full_name: 'm/shop' } } } },
      'no branch of ours',
    ],
    [
      'when a status names no branch',
      'status',
      { sha: 'c0ffee', context: 'ci', state: 'success', ...about },
      'names no branch',
    ],
    ['when it is documented and says nothing to us', 'fork', { ...about }, 'starts nothing'],
  ] as const;

  it.each(cases)('%s', async (_when, event, payload, reason) => {
    const { hook, signals } = gateway();
    const { status, answer } = await hook(event, payload);
    expect(answer.ignored).toContain(reason);
    expect(status).toBe(200);
    expect(signals).toEqual([]);
  });
});

describe('a webhook of Gitea is refused', () => {
  const good = giteaWebhook({ event: 'issues', payload: labelled, secret: SECRET });
  const { 'x-gitea-event': event = '' } = good.headers;

  it.each([
    ['signed with another secret', giteaWebhook({ event: 'issues', payload: labelled, secret: 'other' })],
    ['with an altered body', { ...good, body: good.body.replace('12', '99') }],
    [
      'with the weak signature alone',
      { body: good.body, headers: { 'x-gitea-event': event, 'x-gitea-signature': '' } },
    ],
  ])('%s', async (_how, sent) => {
    const { send, signals } = gateway();
    expect(await send(sent)).toEqual({ status: 401, answer: { error: 'the signature does not match the body' } });
    expect(signals).toEqual([]);
  });

  it('without a signature', async () => {
    expect((await gateway().send({ body: good.body, headers: { 'x-gitea-event': event } })).status).toBe(401);
  });
});

it.each([
  ['an event that nobody documents', 'coffee', { ...about }, 'does not document the event coffee'],
  ['what is no JSON', 'issues', '{', 'expected JSON'],
  ['an issue without a number', 'issues', { ...labelled, issue: {} }, 'issue.number'],
] as const)('a webhook of Gitea is kept in quarantine: %s', async (_what, event, payload, reason) => {
  const { hook, kept, signals } = gateway();
  expect((await hook(event, payload)).status).toBe(202);
  expect(kept).toMatchObject([{ door: 'gitea', reason: expect.stringContaining(reason) }]);
  expect(signals).toEqual([]);
});
