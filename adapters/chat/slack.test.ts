import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Effects } from '../../activities/effects.js';
import { createTrackerActivities } from '../../activities/tracker.js';
import { chatKey } from '../../schemas/chat-key.js';
import { attemptAt, failureOf, retried } from '../../test/effects/attempts.js';
import { FakeSlack } from '../../test/fakes/slack.js';
import { BOT } from '../../test/fakes/slack-workspace.js';
import { createSlackChat } from './slack.js';

const PARCELS = 'C0PARCELS1';
const OTHERS = 'C0OTHERS01';
const ADA = 'U0ADA00001';

const slack = new FakeSlack();
const { workspace } = slack;
let chat: ReturnType<typeof createSlackChat>;

beforeAll(async () => {
  await slack.start();
  workspace.addUser(ADA, 'ada');
  workspace.addChannel(PARCELS, 'parcels');
  workspace.addChannel(OTHERS, 'others');
  chat = createSlackChat({
    ...{ token: slack.botToken, apiUrl: slack.apiUrl, timeoutMs: 2_000, label: 'signalbox' },
    ...{ reaction: 'railway_track', channels: [PARCELS], mayAsk: async (user: string) => user === ADA },
    channel: (id) => (id === PARCELS ? { repo: 'parcels' } : undefined),
  });
});
afterAll(() => slack.close());

function keyOf(channel: string, ts: string): string {
  return chatKey({ channel, ts });
}

/** Every effect at once, without a ledger: test/effects has the rest. */
const effects: Effects = {
  trace: async () => undefined,
  async once({ request, provider }) {
    const watch = { signal: new AbortController().signal };
    const seen = await provider.look(request, watch);
    return 'trace' in seen ? { trace: seen.trace, already: true } : provider.act(request, watch);
  },
};

function tracker() {
  return createTrackerActivities({ trackers: { slack: chat.tracker }, effects });
}

describe('a message in Slack as an item', () => {
  it('has its text as people read it, its thread as comments, and the repo of its channel', async () => {
    const root = workspace.say(
      PARCELS,
      ADA,
      `<@${BOT.id}> Totals are &lt;wrong&gt;\nsee <https://example.com/t|the trace> & <#C1|x>`,
    );
    workspace.say(PARCELS, ADA, 'They should be 12', root.ts);
    const key = keyOf(PARCELS, root.ts);
    await tracker().comment({ source: 'slack', item: key, body: 'Which repo?', effectKey: 'triage/slack/1/question' });
    workspace.say(PARCELS, ADA, 'repo: parcels', root.ts);
    expect(await chat.tracker.item(key)).toMatchObject({
      key,
      source: { kind: 'slack', id: `${PARCELS}:${root.ts}`, url: expect.stringContaining(`/archives/${PARCELS}/p`) },
      title: 'Totals are <wrong>',
      text: 'Totals are <wrong>\nsee the trace (https://example.com/t) & #x',
      labels: ['signalbox'],
      repo: 'parcels',
      reporter: { id: ADA },
      comments: [
        { text: 'They should be 12', author: { id: ADA }, ours: false },
        { text: 'Which repo?', ours: true },
        { text: 'repo: parcels', ours: false },
      ],
    });
  });

  it('is nobody where the channel is not ours, the message is gone, or the key is no message', async () => {
    const { ts } = workspace.say(OTHERS, ADA, 'Read this');
    for (const key of [keyOf(OTHERS, ts), keyOf(PARCELS, '1700000000.000001'), 'ENG-101', 'slack-x']) {
      expect(await chat.tracker.item(key)).toBeUndefined();
    }
  });
});

it('a message that somebody who may has reacted to is found until it is answered', async () => {
  const [wanted, foreign, answered] = ['Mend this', 'Mend that', 'Mended'].map((text) =>
    workspace.say(PARCELS, ADA, text),
  );
  if (!wanted || !foreign || !answered) throw new Error('three messages were said');
  for (const message of [wanted, answered]) workspace.react(message, 'railway_track', ADA);
  workspace.react(foreign, 'railway_track', 'U0GUEST001');
  workspace.react(answered, 'eyes', BOT.id);
  const changedAt = new Date(Number(wanted.ts) * 1_000).toISOString();
  expect(await chat.tracker.labelled('signalbox')).toEqual([{ key: keyOf(PARCELS, wanted.ts), changedAt }]);
});

describe('what is written back to it', () => {
  it('is a reply that mentions nobody, with the text of notifications', async () => {
    const root = workspace.say(PARCELS, ADA, 'Mend it');
    const body = '**Started.** Repository `parcels` (\\<!channel\\> said so):\n\n- `mend-totals` Mend \\*it\\* <@U1>';
    await tracker().comment({ source: 'slack', item: keyOf(PARCELS, root.ts), body, effectKey: 'mission/1/start' });
    const [, reply] = workspace.thread(PARCELS, root.ts);
    expect(reply?.text).toBe(
      'Started. Repository parcels (&lt;!channel&gt; said so):\n\n- mend-totals Mend *it* &lt;@U1&gt;',
    );
    const shown = reply?.blocks?.[0]?.text?.text;
    expect(shown).toContain('*Started.* Repository `parcels` (&lt;!channel&gt; said so):');
    expect(shown).toContain('• `mend-totals` Mend *\u2060it*\u2060 &lt;@U1&gt;');
    expect(slack.problems).toEqual([]);
  });

  it('is cut into parts that Slack takes, with every line of it', async () => {
    const root = workspace.say(PARCELS, ADA, 'Mend all');
    const lines = Array.from({ length: 400 }, (_none, n) => `- line ${n} & what it says`);
    const body = lines.join('\n');
    await tracker().comment({ source: 'slack', item: keyOf(PARCELS, root.ts), body, effectKey: 'mission/1/long' });
    const [, reply] = workspace.thread(PARCELS, root.ts);
    const shown = reply?.blocks?.map(({ text }) => text?.text).join('\n');
    expect(shown?.split('\n')).toHaveLength(400);
    expect(slack.problems).toEqual([]);
  });

  it('is one reaction per state', async () => {
    const root = workspace.say(PARCELS, ADA, 'Mend that');
    const key = keyOf(PARCELS, root.ts);
    const set = (state: 'started' | 'completed') =>
      tracker().setState({ source: 'slack', item: key, state, effectKey: `mission/1/${state}` });
    expect([await set('started'), await set('started'), await set('completed')]).toEqual([
      { already: false },
      { already: true },
      { already: false },
    ]);
    expect(root.reactions).toEqual([
      { name: 'eyes', users: [BOT.id] },
      { name: 'white_check_mark', users: [BOT.id] },
    ]);
  });
});

describe('what Slack refuses', () => {
  const send = (channel = PARCELS) => {
    const request = { channel, thread: null, text: 'Hello', blocks: '[{"type":"divider"}]', effectKey: 'k' };
    return chat.messages.act(request, { signal: new AbortController().signal });
  };

  it('for its rate limit is tried again when Slack says so', async () => {
    slack.limit('chat.postMessage', 42);
    const failure = await failureOf(attemptAt({ attempt: 1 }).run(() => send()));
    expect(failure).toMatchObject({ type: 'RateLimited', nonRetryable: false, nextRetryDelay: 42_000 });
  });

  it.each([
    ['without the app in the channel', 'Unauthorized', '/invite @signalbox'],
    ['in a channel that is not there', 'ItemNotFound', 'channel_not_found'],
  ])('%s is for people to mend', async (how, type, said) => {
    workspace.addChannel('C0CLOSED01', 'closed', false);
    const failure = await failureOf(retried(() => send(how.startsWith('without') ? 'C0CLOSED01' : 'C0NOWHERE1')));
    expect(failure).toMatchObject({ type, nonRetryable: true });
    expect(failure.message).toContain(said);
  });
});
