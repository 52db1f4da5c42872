import { describe, expect, it } from '@jest/globals';
import { markComment } from '../../schemas/comment-marker.js';
import { SENDERS } from '../../test/fakes/webhooks/senders.js';
import { jiraIssuePayload } from '../../test/fakes/webhooks/trackers.js';
import { testDoor } from '../testing.js';
import { jiraDoor } from './jira.js';

const SECRET = 'jira_wh_test';
const sender = SENDERS.find(({ door }) => door === 'jira');

function gateway(prefix: 'jira.' | '' = '') {
  const door = jiraDoor({ secrets: [SECRET], label: 'signalbox', own: ['account-signalbox', 'signalbox'], prefix });
  const { send, ...rest } = testDoor(door);
  const hook = (payload: unknown, delivery = 'd-1') => {
    const body = JSON.stringify(payload);
    return send(sender?.sign(body, { secret: SECRET, at: Date.now(), delivery }) ?? { body, headers: {} });
  };
  return { ...rest, send, hook };
}

const labelled = jiraIssuePayload(12, Date.now());
const { changelog, ...rest } = labelled;
const items = changelog.items;
const ada = { accountId: 'account-ada', displayName: 'Ada' };
const commented = {
  ...{ timestamp: Date.now(), webhookEvent: 'comment_created', issue: { key: 'SHOP-12' } },
  comment: { id: '1', body: 'It should be 12.30', author: ada },
};

describe('a webhook of Jira becomes a signal', () => {
  it('when the label was added, by the key of the issue and the person who did it', async () => {
    const { hook, signals } = gateway();
    await hook(labelled);
    expect(signals).toMatchObject([
      {
        ...{ id: 'd-1', source: 'jira', type: 'ticket.labelled', subject: 'SHOP-12' },
        ...{ time: new Date(labelled.timestamp).toISOString(), data: { actor: { id: 'account-ada', name: 'Ada' } } },
      },
    ]);
  });

  it('under a key of its own where Linear is there too', async () => {
    const { hook, signals } = gateway('jira.');
    await hook(labelled);
    expect(signals[0]?.subject).toBe('jira.SHOP-12');
  });

  it('when an issue was created with it, and however it is capitalised', async () => {
    const { hook, signals } = gateway();
    await hook({
      ...{ ...rest, webhookEvent: 'jira:issue_created' },
      issue: { ...labelled.issue, fields: { labels: ['SignalBox'] } },
    });
    expect(signals).toMatchObject([{ type: 'ticket.labelled' }]);
  });

  it('when somebody commented, which Data Center tells as a change of the issue too', async () => {
    const { hook, signals } = gateway();
    await hook(commented);
    const person = { name: 'ada', key: 'JIRAUSER1', displayName: 'Ada' };
    await hook({ ...rest, issue_event_type_name: 'issue_commented', comment: { body: 'Yes', author: person } });
    expect(signals.map(({ type, data }) => [type, data.actor?.id])).toEqual([
      ['ticket.commented', 'account-ada'],
      ['ticket.commented', 'ada'],
    ]);
  });

  it('when Data Center, which signs nothing, shows the secret in the address or in a header', async () => {
    const { send, signals } = gateway();
    const body = JSON.stringify(jiraIssuePayload(12, 0));
    const headers = { 'content-type': 'application/json' };
    expect((await send({ headers, body, query: `token=${SECRET}` })).status).toBe(200);
    expect((await send({ headers: { ...headers, authorization: `Bearer ${SECRET}` }, body })).status).toBe(200);
    expect((await send({ headers, body, query: 'token=guessed' })).status).toBe(401);
    expect(signals).toHaveLength(2);
  });
});

describe('a webhook of Jira is ignored, with the reason,', () => {
  const [change] = items;
  const cases = [
    [
      'when another field changed',
      { ...labelled, changelog: { items: [{ field: 'status' }] } },
      'labels did not change',
    ],
    ['when nothing says what changed', rest, 'the labels did not change'],
    [
      'when the label was there before',
      { ...labelled, changelog: { items: [{ ...change, fromString: 'x signalbox' }] } },
      'was not added',
    ],
    [
      'when it was taken away',
      { ...labelled, issue: { ...labelled.issue, fields: { labels: ['billing'] } } },
      'was not added',
    ],
    [
      'when a comment is our own',
      { ...commented, comment: { ...commented.comment, body: markComment('Which repo?', 'triage/x') } },
      'our own',
    ],
    [
      'when we wrote a comment that Jira has rewritten',
      { ...commented, comment: { body: { type: 'doc' }, author: { accountId: 'account-signalbox' } } },
      'our own doing',
    ],
    ['when we set the label', { ...labelled, user: { name: 'signalbox' } }, 'our own doing'],
    ['when a comment was edited', { ...commented, webhookEvent: 'comment_updated' }, 'starts nothing'],
    ['when it is about something else', { ...commented, webhookEvent: 'sprint_started' }, 'starts nothing'],
  ] as const;

  it.each(cases)('%s', async (_when, payload, reason) => {
    const { hook, signals } = gateway();
    const { status, answer } = await hook(payload);
    expect(answer.ignored).toContain(reason);
    expect(status).toBe(200);
    expect(signals).toEqual([]);
  });
});

it.each([
  ['an event that nobody documents', { ...commented, webhookEvent: 'coffee_brewed' }, 'the event coffee_brewed'],
  ['a change of labels without an issue', { ...labelled, issue: undefined }, 'issue: Invalid input'],
  ['a key that could not be one', { ...labelled, issue: { ...labelled.issue, key: '../etc' } }, 'subject'],
] as const)('a webhook of Jira is kept in quarantine: %s', async (_what, payload, reason) => {
  const { hook, kept, signals } = gateway();
  expect((await hook(payload)).status).toBe(202);
  expect(kept[0]?.reason).toContain(reason);
  expect(signals).toEqual([]);
});

it('a signature that is wrong is not mended by the right token', async () => {
  const { send, signals } = gateway();
  const headers = { 'x-hub-signature': 'sha256=00', authorization: `Bearer ${SECRET}` };
  expect((await send({ headers, body: JSON.stringify(labelled) })).status).toBe(401);
  expect(signals).toEqual([]);
});
