import { createHash, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { markComment } from '../../schemas/comment-marker.js';
import {
  issueData,
  signedHeaders,
  signedSession,
  signedWebhook,
  type Webhook,
} from '../../test/fakes/linear-webhook.js';
import { LinearWorkspace, person } from '../../test/fakes/linear-workspace.js';
import { testGateway } from '../testing.js';
import { linearDoor } from './linear.js';

const SECRET = 'lin_wh_test';
const MINUTE = 60_000;

const workspace = new LinearWorkspace();
const issue = workspace.addIssue({
  key: 'ENG-101',
  title: 'Totals',
  description: 'Wrong',
  labels: ['bug', 'signalbox'],
});
const labelled = issueData(workspace, issue);
const withoutLabel = { labelIds: [workspace.labelId('bug')] };

interface Answer {
  readonly error?: string;
  readonly ignored?: string;
  readonly reason?: string;
}

function gateway() {
  const { app, signals, kept } = testGateway({
    doors: [linearDoor({ secrets: [SECRET, 'lin_wh_before'], label: 'signalbox' })],
  });
  const post = async (headers: Readonly<Record<string, string>>, body: string | ReadableStream, more: object = {}) => {
    const response = await app.request('/webhooks/linear', { method: 'POST', headers, body, ...more });
    return { status: response.status, answer: (await response.json()) as Answer };
  };
  return { signals, kept, post, send: ({ headers, body }: Webhook) => post(headers, body) };
}

function hook(change: Partial<Parameters<typeof signedWebhook>[0]> = {}): Webhook {
  const actor = person('ada');
  const event = { type: 'Issue', action: 'update', data: labelled, updatedFrom: withoutLabel, actor };
  return signedWebhook({ ...event, secret: SECRET, ...change });
}

/** Any text, signed as Linear would. */
function signedText(body: string): Webhook {
  const timestamp = Date.now();
  return { body, headers: signedHeaders({ body, secret: SECRET, event: 'Issue', delivery: randomUUID(), timestamp }) };
}

describe('a webhook of Linear becomes a signal', () => {
  it('when the label was added to an issue', async () => {
    const { send, signals } = gateway();
    const webhook = hook({ delivery: 'delivery-1' });
    expect(await send(webhook)).toMatchObject({ status: 200, answer: { accepted: 'started-or-folded' } });
    expect(signals).toEqual([
      {
        specversion: '1.0',
        id: 'delivery-1',
        source: 'linear',
        type: 'ticket.labelled',
        subject: 'ENG-101',
        time: new Date(JSON.parse(webhook.body).webhookTimestamp).toISOString(),
        datacontenttype: 'application/json',
        bodyhash: createHash('sha256').update(webhook.body).digest('hex'),
        data: { actor: { id: 'user-ada', name: 'ada' } },
      },
    ]);
  });

  it('when it is signed with the secret that was in force before', async () => {
    const { send, signals } = gateway();
    expect((await send(hook({ secret: 'lin_wh_before' }))).status).toBe(200);
    expect(signals).toHaveLength(1);
  });

  it('when an issue was created with the label, and however the label is capitalised', async () => {
    const { send, signals } = gateway();
    const data = {
      ...labelled,
      labels: labelled.labels.map((label) => ({ ...label, name: label.name.toUpperCase() })),
    };
    await send(hook({ action: 'create', data, updatedFrom: undefined }));
    expect(signals.map(({ type }) => type)).toEqual(['ticket.labelled']);
  });

  it('when somebody commented on an issue', async () => {
    const { send, signals } = gateway();
    const data = { id: 'c1', body: 'It should be 12.30', issue: { identifier: 'ENG-101' } };
    await send(hook({ type: 'Comment', action: 'create', data, updatedFrom: undefined }));
    expect(signals).toMatchObject([{ type: 'ticket.commented', subject: 'ENG-101' }]);
  });

  it('with the same ids when it is delivered again, so that triage can fold it', async () => {
    const { send, signals } = gateway();
    const webhook = hook();
    await send(webhook);
    await send(webhook);
    expect(signals[1]).toEqual(signals[0]);
  });

  it('with the same body hash when a replay claims to be another delivery', async () => {
    const { send, signals } = gateway();
    const { headers, body } = hook();
    await send({ headers, body });
    await send({ headers: { ...headers, 'linear-delivery': 'forged' }, body });
    const { 'linear-delivery': _none, ...without } = headers;
    await send({ headers: without, body });
    const [first, forged, bare] = signals;
    expect(forged).toMatchObject({ id: 'forged', bodyhash: first?.bodyhash });
    expect(bare).toMatchObject({ id: first?.bodyhash });
  });
});

describe('a session of Linear with its agent becomes a signal', () => {
  const part = { session: 'session-1', issue, creator: person('ada'), secret: SECRET };

  it.each([
    ['when somebody hands an issue over', undefined, { type: 'session.created', data: { session: 'session-1' } }],
    ['when somebody says something', { body: 'Five' }, { type: 'session.prompted', data: { text: 'Five' } }],
    ['when somebody stops it', { body: 'Stop', signal: 'stop' }, { type: 'session.stopped' }],
  ] as const)('%s', async (_when, said, signal) => {
    const { send, signals } = gateway();
    expect((await send(signedSession({ ...part, ...(said && { said }) }))).status).toBe(200);
    expect(signals).toMatchObject([{ subject: 'ENG-101', ...signal }]);
    expect(signals[0]?.data.actor).toEqual({ id: 'user-ada', name: 'ada' });
  });
});

describe('a webhook of Linear is ignored, with the reason,', () => {
  const labels = (...names: string[]) => {
    const some = names.map((name) => ({ id: workspace.labelId(name), name }));
    return { ...labelled, labels: some, labelIds: some.map(({ id }) => id) };
  };
  const comment = (body: string, more: object = { issue: { identifier: 'ENG-101' } }) => {
    return { type: 'Comment', action: 'create', updatedFrom: undefined, data: { id: 'c1', body, ...more } };
  };
  const cases = [
    ['when another label was added', { data: labels('bug', 'urgent') }, 'was not added'],
    ['when the label was there before', { updatedFrom: { labelIds: labelled.labelIds } }, 'was not added'],
    ['when the label is named but not on the issue', { data: { ...labelled, labelIds: [] } }, 'was not added'],
    ['when the label was removed', { data: labels('bug'), updatedFrom: { labelIds: labelled.labelIds } }, 'not added'],
    ['when something else of the issue changed', { updatedFrom: { title: 'Old' } }, 'the labels did not change'],
    ['when an issue was removed', { action: 'remove' }, 'Issue/remove starts nothing'],
    ['when a comment is our own', comment(markComment('Which repo?', 'mission/ENG-101/asked')), 'our own'],
    ['when Linear rewrote our own comment', comment('Which repo?\n\n*Signalbox · mission/a*\n'), 'our own'],
    ['when a comment is not on an issue', comment('Nice project', {}), 'not on an issue'],
    ['when a comment was edited', { ...comment('Edited'), action: 'update' }, 'Comment/update starts nothing'],
    ['when it is about something else', { type: 'Project', data: {} }, 'Project/update starts nothing'],
  ] as const;

  it.each(cases)('%s', async (_when, change, reason) => {
    const { send, signals } = gateway();
    const { status, answer } = await send(hook(change));
    expect(status).toBe(200);
    expect(answer.ignored).toContain(reason);
    expect(signals).toEqual([]);
  });

  it('but not a comment that only quotes one of ours', async () => {
    const { send, signals } = gateway();
    await send(hook(comment(`> ${markComment('Which repo?', 'k')}\n\nThe shop`)));
    await send(hook(comment('> _Signalbox · mission/ENG-101/asked_')));
    expect(signals).toHaveLength(2);
  });
});

describe('a webhook of Linear is refused', () => {
  const { headers, body } = hook();
  const { 'linear-signature': signature = '', ...unsigned } = headers;
  const flipped = signature.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
  const cases = [
    ['without a signature', { headers: unsigned, body }, 'header is missing'],
    ['with a wrong signature', { headers: { ...headers, 'linear-signature': flipped }, body }, 'does not match'],
    ['with a shorter signature', { headers: { ...headers, 'linear-signature': 'abc' }, body }, 'does not match'],
    ['signed with another secret', hook({ secret: 'lin_wh_other' }), 'does not match'],
    ['with an altered body', { headers, body: body.replace('ENG-101', 'ENG-102') }, 'does not match'],
    ['with a byte too many', { headers, body: `${body} ` }, 'does not match'],
    ['61 s after it was sent', hook({ timestamp: Date.now() - MINUTE - 1_000 }), 'old'],
    ['two minutes before it is sent', hook({ timestamp: Date.now() + 2 * MINUTE }), 'future'],
    ['in seconds instead of milliseconds', hook({ timestamp: Math.round(Date.now() / 1000) }), 'old'],
    ['without a timestamp', signedText('{"type":"Issue","action":"update"}'), 'missing'],
    ['with a timestamp only in a header, unsigned', signedText('{"type":"Issue"}'), 'missing'],
    ['with a timestamp that is text', signedText(`{"webhookTimestamp":"${Date.now()}"}`), 'no time'],
    ['with a timestamp that is no moment', signedText('{"webhookTimestamp":1e999}'), 'no time'],
    ['when it is null', signedText('null'), 'missing'],
  ] as const;

  it.each(cases)('%s', async (_how, webhook, reason) => {
    const { send, signals } = gateway();
    const { status, answer } = await send(webhook);
    expect(answer.error).toContain(reason);
    expect(status).toBe(401);
    expect(signals).toEqual([]);
  });

  it('without telling a forger whether the rest would do', async () => {
    const { send } = gateway();
    const guesses = [body, 'not json', 'null', hook({ timestamp: 0 }).body];
    const answers = await Promise.all(guesses.map((guess) => send({ headers, body: `${guess} ` })));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  it('when it is larger than 1 MB, by what it announces or by what comes', async () => {
    const { post, signals } = gateway();
    const announced = await post({ ...headers, 'content-length': String(2 ** 20 + 1) }, body);
    expect(announced.status).toBe(413);
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(64 * 1024));
      },
    });
    expect((await post(headers, endless, { duplex: 'half' })).status).toBe(413);
    expect(pulled).toBeLessThan(25);
    expect(signals).toEqual([]);
  });

  it('whatever is changed about a body or its signature', async () => {
    const { send, signals } = gateway();
    const bytes = Buffer.from(body);
    const flip = fc.record({ at: fc.nat(bytes.length - 1), by: fc.integer({ min: 1, max: 127 }) });
    await fc.assert(
      fc.asyncProperty(flip, fc.boolean(), async ({ at, by }, inSignature) => {
        const altered = Buffer.from(inSignature ? signature : body);
        const index = at % altered.length;
        altered[index] = (altered[index] ?? 0) ^ by;
        const text = altered.toString('latin1');
        const forged = inSignature
          ? { headers: { ...headers, 'linear-signature': encodeURIComponent(text) }, body }
          : { headers, body: text };
        expect((await send(forged)).status).toBe(401);
      }),
      { numRuns: 300 },
    );
    expect(signals).toEqual([]);
  });
});

describe('a webhook of Linear is kept in quarantine', () => {
  it('when it is signed but not JSON', async () => {
    const { send, kept, signals } = gateway();
    expect(await send(signedText('{'))).toMatchObject({ status: 202, answer: { quarantined: 'linear/1' } });
    expect(kept).toMatchObject([{ door: 'linear', reason: expect.stringContaining('expected JSON') }]);
    expect([kept[0]?.body.toString(), signals]).toEqual(['{', []]);
  });

  it('when it is signed but not what Linear sends, naming the field and what was expected there', async () => {
    const { send, kept, signals } = gateway();
    const { status, answer } = await send(hook({ data: { ...labelled, labelIds: 'bug' } }));
    expect(status).toBe(202);
    expect(answer.reason).toContain('data.labelIds: Invalid input: expected array, received string');
    await send(hook({ data: { ...labelled, identifier: '../etc' } }));
    expect(kept[1]?.reason).toContain('subject');
    expect(signals).toEqual([]);
  });
});
