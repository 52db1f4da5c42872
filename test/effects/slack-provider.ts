import { createChatActivities } from '../../activities/chat.js';
import { createSlackChat } from '../../adapters/chat/slack.js';
import { FakeSlack } from '../fakes/slack.js';
import { BOT } from '../fakes/slack-workspace.js';
import { ProviderProxy } from './provider-proxy.js';
import type { SetUp, SetUpOptions } from './providers.js';
import { effectsOf } from './watched-effects.js';

// The set-ups of what is written in a chat: against a Slack that takes everything as often as it comes.

const CHANNEL = 'C0PARCELS1';
/** Short enough for a test. */
const SLACK_MS = 2_500;

export async function slackSetUp(options: SetUpOptions, kind: 'message' | 'message-edit'): Promise<SetUp> {
  const slack = new FakeSlack();
  const { url } = await slack.start();
  const { workspace } = slack;
  workspace.addChannel(CHANNEL, 'parcels');
  const proxy = new ProviderProxy();
  await proxy.start(url);
  const chat = createSlackChat({
    ...{ token: slack.botToken, apiUrl: `${proxy.url}/api/`, timeoutMs: SLACK_MS },
    ...{ label: 'signalbox', channel: () => ({}), reaction: 'railway_track', channels: [CHANNEL] },
    mayAsk: async () => true,
  });
  const { entries, effects } = effectsOf(options);
  const activities = createChatActivities({ chat, effects });
  const before = workspace.post(CHANNEL, {
    ...{ ts: workspace.time(), user: BOT.id, bot_id: 'B0SIGNALBX', text: 'Reading', reactions: [] },
  });
  const content = (text: string) => ({
    ...{ channel: CHANNEL, text, effectKey: 'thread/ENG-101/1/shown' },
    blocks: JSON.stringify([{ type: 'section', text: { type: 'mrkdwn', text } }]),
  });
  const make = (text: string) =>
    kind === 'message'
      ? activities.postMessage({ ...content(text), thread: before.ts })
      : activities.editMessage({ ...content(text), message: before.ts });
  const method = kind === 'message' ? 'chat.postMessage' : 'chat.update';
  return {
    make: () => make('Planned'),
    makeOther: () => make('Planned otherwise'),
    record: () => workspace.ledger.map(({ effect }) => effect),
    left: method,
    isWrite: ({ path }) => path.endsWith(method),
    isLook: ({ path }) => path.endsWith('conversations.replies'),
    undo: () => {
      if (kind === 'message') workspace.channel(CHANNEL).messages.splice(1);
      else delete before.metadata;
    },
    ...{ proxy, entries },
    // Slack knows no key of a write: only the time between two attempts keeps a late one out.
    fenced: false,
    close: async () => {
      await proxy.close();
      await slack.close();
    },
  };
}
