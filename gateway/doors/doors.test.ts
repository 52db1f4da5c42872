import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { sendersConfig } from '../../test/fakes/webhooks/installation.js';
import { type Knock, SENDERS, type VendorSender } from '../../test/fakes/webhooks/senders.js';
import { testDoor } from '../testing.js';
import { openDoors } from './index.js';

// What holds at every door, whoever knocks.

const SECRETS = ['whsec_now', 'whsec_before'] as const;
const [NOW, BEFORE] = SECRETS;
const config = sendersConfig(SECRETS);

function doorOf({ door, source }: VendorSender) {
  const webhookSecrets = { [source]: config.webhookSecrets[source] ?? [] };
  const open = openDoors({ ...config, webhookSecrets });
  const [only, ...others] = open.filter(({ name }) => name === door);
  if (!only || others.length > 0) throw new Error(`expected one door ${door}`);
  return testDoor(only);
}

function knocking(sender: VendorSender) {
  const { send, ...rest } = doorOf(sender);
  const make = ({ n = 1, at = Date.now(), secret = NOW as string, delivery = 'd-1', body = sender.body(n, at) } = {}) =>
    sender.sign(body, { secret, at, delivery });
  return { ...rest, send, make, knock: (how: Parameters<typeof make>[0] = {}) => send(make(how)) };
}

const signing = SENDERS.filter(({ door }) => !['alertmanager', 'datadog', 'opsgenie'].includes(door));
const timed = SENDERS.filter(({ window }) => window !== undefined);
const named = (senders: readonly VendorSender[]) => senders.map((sender) => [sender.door, sender] as const);

describe.each(named(SENDERS))('the door of %s', (_door, sender) => {
  it('makes a signal of what it understands, whose ids find it again', async () => {
    const { knock, make, send, signals } = knocking(sender);
    const at = Date.now();
    const sent = make({ at });
    expect(await send(sent)).toMatchObject({ status: 200, answer: { accepted: 'started-or-folded' } });
    await send(sent);
    const [first, again] = signals;
    expect(first).toMatchObject({
      source: sender.source,
      subject: expect.stringMatching(sender.subject),
      bodyhash: createHash('sha256').update(sent.body).digest('hex'),
    });
    expect([again?.id, again?.subject, again?.bodyhash]).toEqual([first?.id, first?.subject, first?.bodyhash]);
    await knock({ at, delivery: 'a replay under another name' });
    expect(signals[2]?.bodyhash).toBe(first?.bodyhash);
    await knock({ n: 2 });
    expect(signals[3]?.subject).not.toBe(first?.subject);
  });

  it('takes the secret that was in force before, while it is being changed', async () => {
    const { knock, signals } = knocking(sender);
    expect((await knock({ secret: BEFORE })).status).toBe(200);
    expect(signals).toHaveLength(1);
  });

  it('has one answer for whoever does not know the secret, whatever they send', async () => {
    const { knock, signals, kept } = knocking(sender);
    const bodies = [sender.body(1, Date.now()), sender.body(1, 0), '{', 'null', '', '[]', '{"__proto__":1}'];
    const answers = await Promise.all(bodies.map((body) => knock({ secret: 'guessed', body })));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.status).toBe(401);
    expect([signals, kept]).toEqual([[], []]);
  });

  it('refuses what comes without any proof', async () => {
    const { make, send, signals } = knocking(sender);
    const { body } = make();
    expect((await send({ body, headers: { 'content-type': 'application/json' } })).status).toBe(401);
    expect(signals).toEqual([]);
  });

  it('keeps what is proven and odd, and never breaks over it', async () => {
    const { knock, signals, kept } = knocking(sender);
    const odd = ['{', 'null', '[]', '"text"', '{}', '{"__proto__":{"action":"x"}}', `${'['.repeat(5_000)}`];
    const answers = await Promise.all(odd.map((body) => knock({ body })));
    // Who signs a time and sends none is refused instead.
    for (const { status } of answers) expect([202, 401]).toContain(status);
    expect(kept.length).toBe(answers.filter(({ status }) => status === 202).length);
    expect(kept.length).toBeGreaterThan(0);
    expect(signals).toEqual([]);
  });

  it('refuses more than 1 MB before it looks at it', async () => {
    const { knock, signals } = knocking(sender);
    expect((await knock({ body: `"${'x'.repeat(2 ** 20)}"` })).status).toBe(413);
    expect(signals).toEqual([]);
  });
});

describe.each(named(signing))('the door of %s, which signs,', (_door, sender) => {
  it('refuses a body that was changed after it was signed', async () => {
    const { make, send, signals } = knocking(sender);
    const { body, headers } = make();
    const wrong: Knock[] = [`${body} `, body.replace('signalbox', 'Signalbox'), body.slice(1)]
      .filter((changed) => changed !== body)
      .map((changed) => ({ body: changed, headers }));
    for (const forged of wrong) expect((await send(forged)).status).toBe(401);
    expect(signals).toEqual([]);
  });
});

describe.each(named(timed))('the door of %s, which signs a time,', (_door, sender) => {
  const { past, future } = sender.window ?? { past: 0, future: 0 };
  const SLACK_MS = 5_000;

  it('takes what is a little old or a little early', async () => {
    const { knock, signals } = knocking(sender);
    await knock({ at: Date.now() - past + SLACK_MS });
    await knock({ at: Date.now() + future - SLACK_MS, n: 2 });
    expect(signals).toHaveLength(2);
  });

  it('refuses what is older or earlier than its window', async () => {
    const { knock, signals } = knocking(sender);
    expect(await knock({ at: Date.now() - past - SLACK_MS })).toMatchObject({
      status: 401,
      answer: { error: expect.stringContaining(' old') },
    });
    expect(await knock({ at: Date.now() + future + SLACK_MS })).toMatchObject({ status: 401 });
    expect(signals).toEqual([]);
  });
});
