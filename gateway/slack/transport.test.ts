import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/eventually.js';
import { signed, signedJson } from '../../test/fakes/slack-webhook.js';
import { ADA, aMission, PARCELS, type TestSlack, testSlack } from '../../test/slack-door.js';
import { testGateway } from '../testing.js';
import { verify } from './verify.js';

const here = { channel: PARCELS, user: ADA };
const now = () => Math.floor(Date.now() / 1_000);
const MINUTES = 60;

describe('over HTTP', () => {
  let test: TestSlack;
  beforeAll(async () => {
    test = await testSlack();
  });
  beforeEach(() => {
    test.signals.length = 0;
  });
  afterAll(() => test.close());
  const help = () => test.slack.people.command('help', here);

  it.each([
    ['signed with another secret', { secret: 'not-ours' }],
    ['5 minutes and a second old', { timestamp: now() - 5 * MINUTES - 1 }],
    ['5 minutes and 2 seconds in the future', { timestamp: now() + 5 * MINUTES + 2 }],
  ])('is refused when it is %s', async (_how, signing) => {
    expect((await test.send(help(), signing)).status).toBe(401);
  });

  it('is refused when anything of the body was changed, or nothing was signed', () => {
    const { headers, body } = signedJson({ type: 'url_verification', challenge: 'c' }, { secret: 's' });
    const header = (name: string) => headers[name];
    const check =
      (content: string, of = header) =>
      () =>
        verify({ body: Buffer.from(content), header: of, query: () => undefined }, ['s']);
    expect(check(body)).not.toThrow();
    expect(check(`${body} `)).toThrow('does not match');
    expect(check(body, () => undefined)).toThrow('missing');
    expect(check(body, (name) => (name === 'x-slack-request-timestamp' ? 'soon' : headers[name]))).toThrow('missing');
  });

  it('is taken with the secret of before while it is changed', async () => {
    expect((await test.send(help(), { secret: 'slack-fake-previous' })).status).toBe(200);
  });

  it('answers the challenge by which Slack checks an address', async () => {
    const challenge = { type: 'events_api' as const, payload: { type: 'url_verification', challenge: 'abc' } };
    expect(await test.send(challenge)).toEqual({ status: 200, body: { challenge: 'abc' } });
  });

  it.each(['{', '[]', 'null'])('keeps what is signed and not understood: %s', async (content) => {
    const receive = await receiver();
    const { app, kept } = testGateway({ slack: receive });
    const { headers, body } = signed(content, 'application/json', { secret: test.slack.signingSecret });
    const answer = await app.request('/webhooks/slack', { method: 'POST', headers, body });
    expect(answer.status).toBe(202);
    expect(kept).toMatchObject([{ door: 'slack', reason: expect.stringContaining("Slack's request") }]);
  });

  it('is closed without a secret, and says which setting opens it', async () => {
    const answer = await testGateway().app.request('/webhooks/slack', { method: 'POST', body: '{}' });
    expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining('SLACK_SIGNING_SECRET')]);
  });

  async function receiver() {
    const { SlackReceiver } = await import('./receiver.js');
    const one = new SlackReceiver([test.slack.signingSecret]);
    return (delivery: Parameters<typeof one.receive>[0]) => one.receive(delivery);
  }
});

it('by Socket Mode the gateway starts while Slack is away, says so, and hears it when it is back', async () => {
  const test = await testSlack({ socket: true, away: true });
  try {
    expect(test.lines.join('\n')).toContain('everything else works meanwhile');
    const challenge = { type: 'events_api' as const, payload: { type: 'url_verification', challenge: 'abc' } };
    expect(await test.send(challenge)).toEqual({ status: 200, body: { challenge: 'abc' } });
    await test.slack.start({ port: Number(new URL(test.slack.apiUrl).port) });
    await eventually(() => test.slack.connected);
    const answer = await test.slack.push(test.slack.people.command('help', here));
    expect(answer).toMatchObject({ response_type: 'ephemeral', text: 'What /signalbox can do' });
  } finally {
    await test.close();
  }
}, 90_000);

describe('by Socket Mode', () => {
  let test: TestSlack;
  beforeAll(async () => {
    test = await testSlack({ socket: true });
    test.missions.set('ENG-101', aMission());
  });
  afterAll(() => test.close());

  it('a command is answered by its acknowledgement', async () => {
    const answer = await test.slack.push(test.slack.people.command('pause ENG-101', here));
    expect(answer).toMatchObject({ response_type: 'ephemeral', text: expect.stringContaining('is paused') });
    expect(test.orders).toMatchObject([{ kind: 'pause', item: 'ENG-101' }]);
  });

  it('an event is acknowledged when Temporal has it, and comes again when it does not', async () => {
    const mention = test.slack.people.mention(PARCELS, test.slack.workspace.say(PARCELS, ADA, 'mend it'));
    test.away = new Error('Temporal is away');
    let acknowledged = false;
    void test.slack.push(mention).then(() => {
      acknowledged = true;
    });
    while (!test.lines.some((line) => line.includes('it comes again')))
      await new Promise((done) => setTimeout(done, 20));
    test.away = undefined;
    expect([acknowledged, test.signals]).toEqual([false, []]);
    await test.slack.push(mention, 1);
    expect(test.signals).toHaveLength(1);
  });
});
