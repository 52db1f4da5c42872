import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import type { WebhookDefinition } from '@octokit/webhooks-examples';
import { markComment } from '../../schemas/comment-marker.js';
import { githubWebhook } from '../../test/fakes/webhooks/forges.js';
import { testDoor } from '../testing.js';
import { githubDoor } from './github.js';

const SECRET = 'gh_wh_test';

/** What GitHub really sent to somebody, of every kind of event. */
const EXAMPLES = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly WebhookDefinition[];

function gateway(change: Partial<Parameters<typeof githubDoor>[0]> = {}) {
  const settings = {
    secrets: [SECRET, 'gh_wh_before'],
    label: 'signalbox',
    own: ['signalbox-app[bot]'],
    projects: ['acme/shop'],
  };
  const { send, ...rest } = testDoor(githubDoor({ ...settings, ...change }));
  const hook = (event: string, payload: unknown, more: object = {}) =>
    send(githubWebhook({ event, payload, secret: SECRET, ...more }));
  return { ...rest, send, hook };
}

const ada = { login: 'ada', id: 7, type: 'User' };
const about = { repository: { full_name: 'acme/shop' }, sender: ada };
const issue = {
  ...{ number: 12, author_association: 'MEMBER', updated_at: '2026-01-02T03:04:05Z', user: ada },
  labels: [{ name: 'bug' }, { name: 'Signalbox' }],
};
const labelled = { action: 'labeled', issue, label: { name: 'Signalbox' }, ...about };
const comment = { body: 'It should be 12.30', author_association: 'MEMBER', created_at: '2026-01-02T03:04:05Z' };
const head = { ref: 'signalbox/acme.shop-12', sha: 'c0ffee', repo: { full_name: 'acme/shop' } };
const pullRequest = { pull_request: { number: 13, head }, ...about };
const onPullRequest = {
  ...issue,
  number: 13,
  pull_request: {},
  body: markComment('A change', 'mission/acme.shop-12/pr'),
};

describe('a webhook of GitHub becomes a signal', () => {
  it('when the label was added to an issue', async () => {
    const { hook, signals } = gateway();
    expect(await hook('issues', labelled, { delivery: 'd-1' })).toMatchObject({ status: 200 });
    expect(signals).toEqual([
      {
        specversion: '1.0',
        id: 'd-1',
        source: 'github',
        type: 'ticket.labelled',
        subject: 'acme.shop-12',
        time: '2026-01-02T03:04:05.000Z',
        datacontenttype: 'application/json',
        bodyhash: expect.stringMatching(/^[0-9a-f]{64}$/),
        data: { actor: { id: '7', name: 'ada' } },
      },
    ]);
  });

  it('when it is signed with the secret that was in force before', async () => {
    const { hook, signals } = gateway();
    await hook('issues', labelled, { secret: 'gh_wh_before' });
    expect(signals).toHaveLength(1);
  });

  it('when somebody who may write opened an issue with the label, or commented on one', async () => {
    const { hook, signals } = gateway();
    await hook('issues', { ...labelled, action: 'opened', label: undefined });
    await hook('issue_comment', { action: 'created', issue, comment, ...about });
    expect(signals.map(({ type, subject }) => [type, subject])).toEqual([
      ['ticket.labelled', 'acme.shop-12'],
      ['ticket.commented', 'acme.shop-12'],
    ]);
  });

  const run = { name: 'gate: tests', head_sha: 'c0ffee', check_suite: { head_branch: head.ref } };
  const changes = [
    ['pull_request', { action: 'closed', ...pullRequest }, { number: 13, branch: head.ref, head: 'c0ffee' }],
    ['pull_request', { action: 'synchronize', ...pullRequest }, { number: 13, branch: head.ref, head: 'c0ffee' }],
    ['pull_request_review', { action: 'submitted', review: comment, ...pullRequest }, { number: 13 }],
    ['pull_request_review_comment', { action: 'created', comment, ...pullRequest }, { number: 13 }],
    ['pull_request_review_thread', { action: 'resolved', ...pullRequest }, { number: 13 }],
    ['issue_comment', { action: 'created', issue: onPullRequest, comment, ...about }, { number: 13 }],
    ['check_run', { action: 'rerequested', check_run: run, ...about }, { check: 'gate: tests', head: 'c0ffee' }],
    [
      'check_run',
      { action: 'requested_action', check_run: run, requested_action: { identifier: 'approve' }, ...about },
      { check: 'gate: tests', button: 'approve' },
    ],
    ['check_suite', { action: 'completed', check_suite: { head_branch: head.ref, head_sha: 'c0ffee' }, ...about }, {}],
    ['push', { ref: `refs/heads/${head.ref}`, after: 'c0ffee', ...about }, { branch: head.ref, head: 'c0ffee' }],
    ['status', { sha: 'c0ffee', context: 'ci', branches: [{ name: head.ref }], ...about }, { check: 'ci' }],
    ['deployment_status', { action: 'created', deployment: { ref: head.ref, sha: 'c0ffee' }, ...about }, {}],
  ] as const;

  it.each(changes)('to the mission when a %s is about its branch', async (event, payload, touch) => {
    const { hook, signals } = gateway();
    await hook(event, payload);
    const name = 'action' in payload ? `${event}.${payload.action}` : event;
    expect(signals[0]).toMatchObject({
      type: 'change.touched',
      subject: 'acme.shop-12',
      data: { actor: { id: '7', name: 'ada' }, touch: { project: 'acme/shop', event: name, ...touch } },
    });
  });

  it('to either mission whose branch it may be: items end with numbers too', async () => {
    const { hook, signals } = gateway();
    await hook('push', { ref: 'refs/heads/signalbox/ENG-101-2', after: 'c0ffee', ...about });
    await hook('push', { ref: 'refs/heads/signalbox/login-form', after: 'c0ffee', ...about });
    expect(signals.map(({ subject }) => subject)).toEqual(['ENG-101-2', 'ENG-101', 'login-form']);
  });

  it('to the mission that a check names, whatever its branch is called', async () => {
    const { hook, signals } = gateway();
    // As it is written there: with the number of the state that it shows.
    const check = { ...run, external_id: 'mission/ENG-7#3', check_suite: { head_branch: null } };
    await hook('check_run', { action: 'rerequested', check_run: check, ...about });
    expect(signals.map(({ subject }) => subject)).toEqual(['ENG-7']);
  });
});

describe('a webhook of GitHub is ignored, with the reason,', () => {
  const outsider = { ...issue, author_association: 'NONE' };
  const cases = [
    ['when another label was added', 'issues', { ...labelled, label: { name: 'bug' } }, 'was not added'],
    ['when an issue was closed', 'issues', { ...labelled, action: 'closed' }, 'starts nothing'],
    [
      'when a template gave the label to an outsider',
      'issues',
      { ...labelled, issue: outsider },
      'may not write to the repository',
    ],
    [
      'when an outsider comments',
      'issue_comment',
      { action: 'created', issue, comment: { ...comment, author_association: 'CONTRIBUTOR' }, ...about },
      'may not write to the repository',
    ],
    [
      'when a program comments',
      'issue_comment',
      { action: 'created', issue, comment, ...about, sender: { id: 9, login: 'ci[bot]', type: 'Bot' } },
      'a program wrote',
    ],
    [
      'when a comment is our own',
      'issue_comment',
      { action: 'created', issue, comment: { ...comment, body: markComment('Which repo?', 'triage/x') }, ...about },
      'our own',
    ],
    [
      'when we did it',
      'push',
      { ...about, sender: { id: 8, login: 'Signalbox-App[bot]', type: 'Bot' } },
      'our own doing',
    ],
    [
      'when an outsider reviews',
      'pull_request_review',
      { action: 'submitted', review: { ...comment, author_association: 'NONE' }, ...pullRequest },
      'may not write to the repository',
    ],
    [
      'when a fork names its branch as ours',
      'pull_request',
      {
        action: 'opened',
        ...about,
        pull_request: { number: 14, head: { ...head, repo: { full_name: 'mallory/shop' } } },
      },
      'no branch of ours',
    ],
    [
      'when nobody has configured its repository',
      'issues',
      { ...labelled, repository: { full_name: 'a/b' } },
      'is a/b',
    ],
    ['when another branch moved', 'push', { ref: 'refs/heads/main', after: 'c0ffee', ...about }, 'no branch of ours'],
    ['when a tag has our name', 'push', { ref: 'refs/tags/signalbox/x', after: 'c', ...about }, 'no branch of ours'],
    [
      'when somebody else has a pull request',
      'issue_comment',
      { action: 'created', issue: { ...onPullRequest, body: 'Mine' }, comment, ...about },
      'not ours',
    ],
    ['when it is documented and says nothing to us', 'star', { action: 'created', ...about }, 'starts nothing'],
    ['when a hook is new', 'ping', { zen: 'Keep it logically awesome.', hook_id: 1 }, 'starts nothing'],
  ] as const;

  it.each(cases)('%s', async (_when, event, payload, reason) => {
    const { hook, signals } = gateway();
    const { status, answer } = await hook(event, payload);
    expect(answer.ignored).toContain(reason);
    expect(status).toBe(200);
    expect(signals).toEqual([]);
  });

  it('but not the label that somebody else gave to the issue of an outsider', async () => {
    const { hook, signals } = gateway();
    await hook('issues', { ...labelled, issue: { ...outsider, user: { login: 'mallory' } } });
    expect(signals).toHaveLength(1);
  });
});

describe('a webhook of GitHub is refused', () => {
  const good = githubWebhook({ event: 'issues', payload: labelled, secret: SECRET });
  const cases = [
    ['signed with another secret', githubWebhook({ event: 'issues', payload: labelled, secret: 'other' })],
    ['with an altered body', { ...good, body: good.body.replace('"number":12', '"number":99') }],
    ['with a byte too many', { ...good, body: `${good.body} ` }],
    ['with another algorithm', { ...good, headers: { ...good.headers, 'x-hub-signature-256': 'sha1=00' } }],
    ['without a body', { ...good, body: '' }],
    ['when it is no JSON and not signed', { ...good, body: '{' }],
  ] as const;

  it.each(cases)('%s, always with the same words', async (_how, sent) => {
    const { send, signals } = gateway();
    expect(await send(sent)).toEqual({ status: 401, answer: { error: 'the signature does not match the body' } });
    expect(signals).toEqual([]);
  });

  it('without the signature that is safe today', async () => {
    const { 'x-hub-signature-256': _none, ...headers } = good.headers;
    expect((await gateway().send({ ...good, headers })).status).toBe(401);
  });
});

describe('a webhook of GitHub is kept in quarantine', () => {
  const cases = [
    [
      'an event that nobody documents',
      'coffee',
      { action: 'brewed', ...about },
      'does not document the event coffee.br',
    ],
    ['an action that nobody documents', 'issues', { ...labelled, action: 'praised' }, 'document the event issues.pr'],
    ['what is no JSON', 'issues', '{', 'expected JSON'],
    ['an issue without a number', 'issues', { ...labelled, issue: {} }, 'issue.number'],
  ] as const;

  it.each(cases)('%s', async (_what, event, payload, reason) => {
    const { hook, kept, signals } = gateway();
    expect((await hook(event, payload)).status).toBe(202);
    expect(kept).toMatchObject([{ door: 'github', reason: expect.stringContaining(reason) }]);
    expect(signals).toEqual([]);
  });
});

describe('what GitHub gives as examples of its webhooks is understood or ignored with a reason, and nothing is odd:', () => {
  const BRANCH = 'signalbox/ENG-1';
  /** As if every branch were ours, and everybody a colleague. */
  const ours = (key: string, value: unknown) => {
    if (key === 'ref' && typeof value === 'string') return value.startsWith('refs/') ? `refs/heads/${BRANCH}` : BRANCH;
    if (key === 'branches') return [{ name: BRANCH }];
    return key === 'head_branch' ? BRANCH : key === 'author_association' ? 'OWNER' : value;
  };

  const projects = EXAMPLES.flatMap(({ examples }) =>
    examples.map((example) => JSON.stringify(example).match(/"full_name":"([^"]+)"/)?.[1] ?? 'a/b'),
  );

  async function outcomes(change: (payload: unknown) => unknown) {
    const { hook, kept, signals } = gateway({ label: 'bug', own: [], projects });
    const counts = { examples: 0, signal: 0, ignored: 0, other: 0 };
    for (const { name, examples } of EXAMPLES) {
      for (const payload of examples) {
        const before = signals.length;
        const { status, answer } = await hook(name, change(payload));
        const outcome = signals.length > before ? 'signal' : answer.ignored ? 'ignored' : 'other';
        counts.examples++;
        counts[status === 200 ? outcome : 'other']++;
      }
    }
    return { counts, kept: kept.map(({ reason }) => reason), types: new Set(signals.map(({ type }) => type)) };
  }

  it('as they are', async () => {
    const { counts, kept } = await outcomes((payload) => payload);
    expect(kept).toEqual([]);
    expect(counts).toEqual({ examples: 329, signal: 11, ignored: 318, other: 0 });
  });

  it('and as if they were about our own branches', async () => {
    const { counts, kept, types } = await outcomes((payload) => JSON.parse(JSON.stringify(payload), ours));
    expect(kept).toEqual([]);
    expect(counts).toEqual({ examples: 329, signal: 66, ignored: 263, other: 0 });
    expect([...types].sort()).toEqual(['change.touched', 'ticket.commented', 'ticket.labelled']);
  });
});
