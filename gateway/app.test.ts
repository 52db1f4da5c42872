import { createServer, type Socket } from 'node:net';
import { afterAll, describe, expect, it } from '@jest/globals';
import { connect } from '../adapters/temporal/client.js';
import { FakeLinear } from '../test/fakes/linear.js';
import { alertGroupPayload } from '../test/fakes/webhooks/monitors.js';
import { createDispatcher } from './dispatch.js';
import { alertmanagerDoor } from './doors/alertmanager.js';
import { linearDoor } from './doors/linear.js';
import { testGateway } from './testing.js';

const TOKEN = 'signalbox-test-token';

function gateway(change: Parameters<typeof testGateway>[0] = {}) {
  const { app, signals, lines } = testGateway({ token: TOKEN, ...change });
  const submit = async (content: unknown, headers: Record<string, string> = {}) => {
    const body = typeof content === 'string' ? content : JSON.stringify(content);
    const all = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers };
    const response = await app.request('/signals', { method: 'POST', headers: all, body });
    return { status: response.status, headers: response.headers, answer: await response.json() };
  };
  return { app, signals, lines, submit };
}

const prompt = { title: 'Mend the totals', text: 'They are off by one cent', repo: 'shop' };
const cloudEvent = {
  ...{ specversion: '1.0', id: 'e1', source: 'api', type: 'prompt.submitted', subject: 'totals' },
  ...{ time: '2026-01-01T00:00:00Z', data: { title: 'Mend', text: 'the totals' } },
};

describe('POST /signals', () => {
  it('takes a submission, and the same one under the same id', async () => {
    const { submit, signals } = gateway();
    expect(await submit(prompt)).toMatchObject({ status: 200, answer: { accepted: 'started-or-folded' } });
    await submit(prompt);
    await submit({ ...prompt, text: 'They are off by two cents' });
    const [first, again, other] = signals;
    expect(first).toMatchObject({ source: 'api', type: 'prompt.submitted', data: prompt });
    expect(first?.subject).toMatch(/^api-[0-9a-f]{10}$/);
    expect([again?.id, again?.subject]).toEqual([first?.id, first?.subject]);
    expect(other?.subject).not.toBe(first?.subject);
  });

  it('takes the id that the sender gave; the same text again is the same signal, another text another one', async () => {
    const { submit, signals } = gateway();
    await submit({ ...prompt, id: 'release-7' });
    await submit({ ...prompt, id: 'release-7' });
    await submit({ ...prompt, id: 'release-7', text: 'Another text.' });
    const [first, again, other] = signals;
    expect(first).toMatchObject({ subject: 'release-7' });
    expect(again?.id).toBe(first?.id);
    expect(other).toMatchObject({ subject: 'release-7', id: expect.not.stringMatching(String(first?.id)) });
  });

  it('takes a structured CloudEvent', async () => {
    const { submit, signals } = gateway();
    const type = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
    expect(await submit(cloudEvent, type)).toMatchObject({ status: 200 });
    expect(signals).toMatchObject([{ ...cloudEvent, bodyhash: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
  });

  it('takes a CloudEvent whose attributes are headers', async () => {
    const { submit, signals } = gateway();
    const { data, ...attributes } = cloudEvent;
    const headers = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]));
    expect(await submit(data, { ...headers, 'ce-id': 'caf%C3%A9' })).toMatchObject({ status: 200 });
    expect(signals).toMatchObject([{ ...cloudEvent, id: 'café', bodyhash: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    expect((await submit(data, { ...headers, 'ce-partition': 'x' })).status).toBe(400);
    expect((await submit([cloudEvent], { 'content-type': 'application/cloudevents-batch+json' })).status).toBe(415);
    expect(signals).toHaveLength(1);
  });

  it.each([
    ['no token', { authorization: '' }],
    ['another token', { authorization: 'Bearer signalbox-test-tokem' }],
    ['a longer token', { authorization: `Bearer ${TOKEN}x` }],
    ['another scheme', { authorization: `Basic ${TOKEN}` }],
  ])('refuses %s', async (_what, headers) => {
    const { submit, signals } = gateway();
    const refused = await submit(prompt, headers);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer');
    expect(signals).toEqual([]);
  });

  it.each([
    ['what is not JSON', '{', {}, 'the body is not JSON'],
    ['a field that is missing', { title: 'Mend' }, {}, 'text: Invalid input: expected string'],
    ['a field that nobody knows', { ...prompt, admin: true }, {}, 'unknown field admin'],
    ['an id that could not be a name', { ...prompt, id: '../x' }, {}, 'id: expected letters'],
    [
      'a CloudEvent of another version',
      { ...cloudEvent, specversion: '0.3' },
      { 'content-type': 'application/cloudevents+json' },
      'specversion',
    ],
  ])('refuses %s, and says what was expected', async (_what, content, headers, reason) => {
    const { submit, signals } = gateway();
    const { status, answer } = await submit(content, headers);
    expect(status).toBe(400);
    expect(JSON.stringify(answer)).toContain(reason);
    expect(signals).toEqual([]);
  });

  it('refuses a body over 1 MB', async () => {
    expect((await gateway().submit({ ...prompt, text: 'x'.repeat(2 ** 20) })).status).toBe(413);
  });
});

describe('the gateway', () => {
  it('says which setting opens an entrance that is closed', async () => {
    const { app } = gateway({ token: undefined });
    for (const [path, setting] of [
      ['/signals', 'SIGNALBOX_TOKEN'],
      ['/webhooks/linear', 'LINEAR_WEBHOOK_SECRET'],
    ] as const) {
      const response = await app.request(path, { method: 'POST', body: '{}' });
      expect(response.status).toBe(404);
      expect(await response.text()).toContain(setting);
    }
  });

  it('answers unknown routes with JSON', async () => {
    const response = await gateway().app.request('/nowhere');
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ error: 'there is no GET /nowhere' });
  });

  it('keeps what went wrong inside: the caller gets no message and no stack', async () => {
    const secret = new Error('the password is hunter2');
    const { submit, lines } = gateway({ dispatcher: { signal: () => Promise.reject(secret) } });
    const { status, answer } = await submit(prompt);
    expect([status, answer]).toEqual([500, { error: 'internal error' }]);
    expect(lines.join('')).toContain('hunter2');
  });

  it('asks senders to come again when too many signals wait for Temporal, and takes them when it answers', async () => {
    let answer = (): void => undefined;
    const answered = new Promise<void>((done) => {
      answer = done;
    });
    const taken: string[] = [];
    const { submit } = gateway({
      dispatcher: {
        signal: async ({ subject }) => {
          await answered;
          taken.push(subject);
          return { workflowId: subject, accepted: 'started-or-folded' };
        },
      },
    });
    const flood = Array.from({ length: 300 }, (_, n) => submit({ ...prompt, id: `flood-${n}` }));
    await new Promise((done) => setTimeout(done, 50));
    const refused = await submit({ ...prompt, id: 'late' });
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    answer();
    const accepted = (await Promise.all(flood)).filter(({ status }) => status === 200);
    expect(accepted).toHaveLength(256);
    expect(taken).toHaveLength(256);
    expect(await submit({ ...prompt, id: 'late' })).toMatchObject({ status: 200 });
  });

  it('takes a few places at Temporal for a delivery of many signals, and answers when it has them all', async () => {
    let [now, most] = [0, 0];
    const dispatcher = {
      signal: async ({ subject }: { readonly subject: string }) => {
        most = Math.max(most, ++now);
        await new Promise((done) => setTimeout(done, 1));
        now--;
        return { workflowId: subject, accepted: 'started-or-folded' as const };
      },
    };
    const { app } = gateway({ dispatcher, doors: [alertmanagerDoor({ secrets: ['s'] })] });
    const numbers = Array.from({ length: 200 }, (_none, n) => n);
    const body = JSON.stringify(alertGroupPayload({ version: '4', numbers, at: Date.now() }));
    const headers = { authorization: 'Bearer s' };
    const response = await app.request('/webhooks/alertmanager', { method: 'POST', headers, body });
    const { signals } = (await response.json()) as { readonly signals: readonly { readonly workflowId: string }[] };
    expect(new Set(signals.map(({ workflowId }) => workflowId)).size).toBe(200);
    expect(most).toBe(16);
  });

  it('never logs a token or a body', async () => {
    const { submit, lines } = gateway();
    await submit(prompt);
    await submit(prompt, { authorization: 'Bearer almost-the-token' });
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toMatch(/signalbox-test-token|almost-the-token|one cent/);
  });
});

describe('while Temporal is away, the gateway', () => {
  const WITHIN_MS = 700;
  const sockets: Socket[] = [];
  const listener = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  const temporals: { close(): Promise<void> }[] = [];
  afterAll(async () => {
    await Promise.all(temporals.map((temporal) => temporal.close()));
    for (const socket of sockets) socket.destroy();
    listener.close();
  });

  /** Nothing listens, or somebody takes the connection and never says a word. */
  const addresses = [
    ['nothing listens', () => '127.0.0.1:1'],
    ['something silent listens', () => `127.0.0.1:${(listener.address() as { port: number }).port}`],
  ] as const;

  function away(address: string) {
    const temporal = connect({ address, namespace: 'default', connection: { address } });
    temporals.push(temporal);
    const dispatcher = createDispatcher({ client: temporal.client, dedupeMs: 1, withinMs: WITHIN_MS });
    return gateway({
      dispatcher,
      ready: () => temporal.ping(WITHIN_MS),
      doors: [linearDoor({ secrets: ['lin_wh_fake'], label: 'signalbox' })],
    });
  }

  it.each(addresses)('answers 503 in bounded time and asks to be tried again when %s', async (_what, address) => {
    const { app, submit } = away(address());
    const started = performance.now();
    const refused = await submit(prompt);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const linear = new FakeLinear();
    linear.addIssue({ key: 'ENG-1', title: 'a', description: 'b' });
    for (const { headers, body } of [linear.addLabel('ENG-1', 'signalbox'), linear.addComment('ENG-1', 'hello')]) {
      expect((await app.request('/webhooks/linear', { method: 'POST', headers, body })).status).toBe(503);
    }
    expect((performance.now() - started) / 3).toBeLessThan(10 * WITHIN_MS);
  });

  it.each(addresses)('is alive but not ready, and says where it looked, when %s', async (_what, address) => {
    const { app } = away(address());
    expect((await app.request('/healthz')).status).toBe(200);
    const response = await app.request('/readyz');
    expect(response.status).toBe(503);
    const reason = await response.text();
    expect(reason).toContain(address());
    expect(reason).toContain('TEMPORAL_ADDRESS');
  });
});
