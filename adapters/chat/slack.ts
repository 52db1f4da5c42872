import type { Tracker } from '../../activities/ports.js';
import type { ChatWrites, EffectProvider, TrackerWrites } from '../../activities/ports-effects.js';
import { toPlain } from '../../chat/mrkdwn.js';
import { type ChatPlace, chatKey, chatPlace } from '../../schemas/chat-key.js';
import type { SourceItem } from '../../schemas/work-item.js';
import { type CallSlack, Messages, Self, type SlackApi, type SlackMessage, slackCalls } from './slack-client.js';
import { around, messagesIn, threadsIn } from './slack-effects.js';
import { toFailure } from './slack-failure.js';

// Slack: where missions have their threads, and where messages become missions.

const REQUEST_MS = 8_000;
/** An item travels through workflow history, whose payloads are limited to 2 MB. */
const COMMENTS = 50;
const TEXT_CHARS = 40_000;
const COMMENT_CHARS = 10_000;
const TITLE_CHARS = 120;
/** Newest messages of a channel that the sweep looks through. */
const SWEPT = 200;

export interface SlackChatOptions extends SlackApi {
  /** What a ticket carries that is to be a mission: in Slack somebody has said so. */
  readonly label: string;
  /** Emoji that makes a message a mission. */
  readonly reaction: string;
  /** Ids of the channels that are ours to read. */
  readonly channels: readonly string[];
  /** Whether this user of Slack may ask for missions. */
  readonly mayAsk: (user: string) => Promise<boolean>;
  /** Repo for missions of a channel; undefined for a channel that is not ours to read. */
  readonly channel: (id: string) => { readonly repo?: string | undefined } | undefined;
}

export interface Chat extends ChatWrites {
  /** Whether a message is one of ours, which alone may be edited. */
  isOurs(channel: string, message: string): Promise<boolean>;
  readonly tracker: Tracker & TrackerWrites;
}

export function createSlackChat({ label, channel, reaction, channels, mayAsk, ...api }: SlackChatOptions): Chat {
  const call = slackCalls(api);
  const { timeoutMs = REQUEST_MS } = api;
  const { messages, edits } = messagesIn(call, timeoutMs);
  const { comments, states } = threadsIn(call, timeoutMs);
  return {
    messages: explained('posting in Slack', messages),
    edits: explained('editing a message in Slack', edits),
    isOurs: (id, ts) => translated('reading a message in Slack', () => isOurs(call, { channel: id, ts })),
    tracker: {
      item: (key) => translated(`reading ${key} in Slack`, () => readItem(call, key, { label, channel })),
      labelled: () =>
        translated('looking for messages in Slack', async () =>
          (await wanted(call, { reaction, channels, mayAsk })).map((key) => ({ key, changedAt: writtenAt(key) })),
        ),
      comments: explained('replying in Slack', comments),
      states: explained('reacting in Slack', states),
    },
  };
}

/** The same provider, whose failures are Temporal's. */
function explained<Request>(what: string, { look, act, ...limits }: EffectProvider<Request>): EffectProvider<Request> {
  return {
    ...limits,
    look: (request, watch) => translated(what, () => look(request, watch)),
    act: (request, watch) => translated(what, () => act(request, watch)),
  };
}

async function translated<T>(what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw toFailure(error, what);
  }
}

/** Reactions have no time of their own. */
function writtenAt(key: string): string {
  return new Date(Number(chatPlace(key)?.ts ?? 0) * 1_000).toISOString();
}

async function readItem(
  call: CallSlack,
  key: string,
  { label, channel }: Pick<SlackChatOptions, 'label' | 'channel'>,
): Promise<SourceItem | undefined> {
  const place = chatPlace(key);
  const ours = place && channel(place.channel);
  if (!place || !ours) return undefined;
  const [root, ...replies] = await around(call, place);
  if (!root) return undefined;
  const self = await call('auth.test', {}, { answer: Self });
  return toItem({ root, replies, self, place }, { label, repo: ours.repo });
}

/** Messages that somebody has reacted to, and that we have not answered with a reaction of our own. */
async function wanted(
  call: CallSlack,
  { reaction, channels, mayAsk }: Pick<SlackChatOptions, 'reaction' | 'channels' | 'mayAsk'>,
): Promise<readonly string[]> {
  const { user_id: self } = await call('auth.test', {}, { answer: Self });
  const found: string[] = [];
  for (const channel of channels) {
    const { messages } = await call('conversations.history', { channel, limit: SWEPT }, { answer: Messages });
    for (const { ts, reactions } of messages) {
      const by = reactions.find(({ name }) => name === reaction)?.users ?? [];
      const answered = reactions.some(({ users }) => users.includes(self));
      if (answered || by.length === 0) continue;
      const asked = await Promise.all(by.map(mayAsk));
      if (asked.includes(true)) found.push(chatKey({ channel, ts }));
    }
  }
  return found;
}

async function isOurs(call: CallSlack, place: ChatPlace): Promise<boolean> {
  const [root] = await around(call, place);
  const self = await call('auth.test', {}, { answer: Self });
  return root !== undefined && root.bot_id !== undefined && root.bot_id === self.bot_id;
}

interface Thread {
  readonly root: SlackMessage;
  readonly replies: readonly SlackMessage[];
  readonly self: Self;
  readonly place: ChatPlace;
}

function toItem(
  { root, replies, self, place }: Thread,
  { label, repo }: { readonly label: string; readonly repo: string | undefined },
): SourceItem {
  const isOurs = ({ bot_id: bot, user }: SlackMessage) =>
    user === self.user_id || (bot !== undefined && bot === self.bot_id);
  const text = toPlain(root.text, self.user_id);
  return {
    key: chatKey(place),
    source: {
      kind: 'slack',
      id: `${place.channel}:${place.ts}`,
      url: `${self.url}archives/${place.channel}/p${place.ts.replace('.', '')}`,
    },
    title: titleOf(text),
    text: cut(text, TEXT_CHARS),
    labels: [label],
    ...(repo !== undefined && { repo }),
    ...(root.user !== undefined && { reporter: { id: root.user } }),
    comments: replies.slice(-COMMENTS).map((reply) => ({
      id: reply.ts,
      text: cut(toPlain(reply.text, self.user_id), COMMENT_CHARS),
      ...(reply.user !== undefined && { author: { id: reply.user } }),
      ours: isOurs(reply),
    })),
  };
}

function titleOf(text: string): string {
  const [first = ''] = text.trim().split('\n');
  return first.length > TITLE_CHARS ? `${first.slice(0, TITLE_CHARS)}…` : first || 'A message in Slack';
}

function cut(text: string, chars: number): string {
  return text.length > chars ? `${text.slice(0, chars)}\n[${text.length - chars} more characters in Slack]` : text;
}
