import type {
  Acted,
  ChatWrites,
  Comment,
  EffectProvider,
  Message,
  StateChange,
  TrackerWrites,
} from '../../activities/ports-effects.js';
import { message } from '../../chat/blocks.js';
import { bare, fromMarkdown } from '../../chat/mrkdwn.js';
import { type ChatPlace, chatPlace } from '../../schemas/chat-key.js';
import { type CallSlack, Done, Messages, Posted, Reacted, Self, type SlackMessage } from './slack-client.js';
import { codeOf, toFailure } from './slack-failure.js';

// What Signalbox writes in Slack: one call each, and how to find out whether it has been made. Slack takes a message as
// often as it is sent, so each of ours carries the key of its effect as metadata, which only apps see.

const EVENT = 'signalbox_message';
/** Messages that are looked through for our own: what is tried again is among the newest. */
const LOOKED = 200;
/** Between Slack's clock and ours. */
const SKEW_S = 120;

/** One call, and as long again for the permission to make it. */
function actMs(requestMs: number): number {
  return 2 * requestMs;
}

export function messagesIn(call: CallSlack, requestMs: number): ChatWrites {
  return {
    messages: {
      actMs: actMs(requestMs),
      fenced: false,
      look: (message, { signal, mark }) => foundIn(call, message, { signal, mark }),
      act: (message, { signal }) => post(call, message, signal),
    },
    edits: {
      actMs: actMs(requestMs),
      fenced: false,
      async look({ channel, message, effectKey }, { signal }) {
        const [now] = await around(call, { channel, ts: message }, signal);
        if (!now) return { moved: null };
        return keyOf(now) === effectKey ? { trace: message } : { absent: true };
      },
      async act({ channel, message: ts, text, blocks, effectKey }, { signal }): Promise<Acted> {
        const args = { channel, ts, text, blocks: JSON.parse(blocks), metadata: metadata(effectKey) };
        try {
          await call('chat.update', args, { answer: Done, signal });
          return { trace: ts, already: false };
        } catch (error) {
          if (codeOf(error) === 'message_not_found') return { moved: null };
          throw error;
        }
      },
    },
  };
}

/** Slack as the tracker of the messages that became missions: comments are replies, states are reactions. */
export function threadsIn(call: CallSlack, requestMs: number): TrackerWrites {
  return { comments: repliesIn(call, requestMs), states: reactionsIn(call, requestMs) };
}

function repliesIn(call: CallSlack, requestMs: number): EffectProvider<Comment> {
  const reply = ({ item, body, effectKey }: Comment): Message => {
    const { channel, ts } = placeOf(item);
    const { text, blocks } = message(bare(body), fromMarkdown(body));
    return { channel, thread: ts, text, blocks: JSON.stringify(blocks), effectKey };
  };
  return {
    actMs: actMs(requestMs),
    fenced: false,
    look: (comment, watch) => foundIn(call, reply(comment), watch),
    act: (comment, { signal }) => post(call, reply(comment), signal),
  };
}

const REACTIONS: Readonly<Record<StateChange['state'], string>> = {
  started: 'eyes',
  completed: 'white_check_mark',
  stopped: 'no_entry_sign',
};

/** Slack takes each of our reactions once. */
function reactionsIn(call: CallSlack, requestMs: number): EffectProvider<StateChange> {
  return {
    actMs: actMs(requestMs),
    fenced: true,
    async look({ item, state }, { signal }) {
      const { channel, ts } = placeOf(item);
      const { user_id: self } = await call('auth.test', {}, { answer: Self, signal });
      const args = { channel, timestamp: ts, full: true };
      const { message } = await call('reactions.get', args, { answer: Reacted, signal });
      const ours = message.reactions.some(({ name, users }) => name === REACTIONS[state] && users.includes(self));
      return ours ? { trace: REACTIONS[state] } : { absent: true };
    },
    async act({ item, state }, { signal }) {
      const { channel, ts } = placeOf(item);
      const name = REACTIONS[state];
      try {
        await call('reactions.add', { channel, timestamp: ts, name }, { answer: Done, signal });
        return { trace: name, already: false };
      } catch (error) {
        if (codeOf(error) === 'already_reacted') return { trace: name, already: true };
        throw error;
      }
    },
  };
}

async function post(call: CallSlack, message: Message, signal: AbortSignal): Promise<Acted> {
  const { channel, thread, text, blocks, effectKey } = message;
  const args = {
    ...{ channel, text, blocks: JSON.parse(blocks), metadata: metadata(effectKey) },
    ...(thread !== null && { thread_ts: thread }),
    ...{ unfurl_links: false, unfurl_media: false },
  };
  const { ts } = await call('chat.postMessage', args, { answer: Posted, signal });
  return { trace: ts, already: false };
}

interface Watch {
  readonly signal: AbortSignal;
  readonly mark?: string | undefined;
}

/** `mark`: when the first attempt looked, in seconds since the epoch. */
async function foundIn(call: CallSlack, { channel, thread, effectKey }: Message, { signal, mark }: Watch) {
  const where = thread === null ? { method: 'history', ts: {} } : { method: 'replies', ts: { ts: thread } };
  const since = mark === undefined ? {} : { oldest: mark };
  const args = { channel, ...where.ts, ...since, limit: LOOKED, include_all_metadata: true };
  const { messages } = await call(`conversations.${where.method}`, args, { answer: Messages, signal });
  const ours = messages.find((message) => keyOf(message) === effectKey);
  if (ours) return { trace: ours.ts };
  return { absent: true as const, mark: mark ?? String(Math.floor(Date.now() / 1_000) - SKEW_S) };
}

/** The message of this id, in the channel or in a thread. */
export async function around(
  call: CallSlack,
  { channel, ts }: ChatPlace,
  signal?: AbortSignal,
): Promise<readonly SlackMessage[]> {
  const args = { channel, ts, limit: LOOKED, include_all_metadata: true };
  try {
    const { messages } = await call('conversations.replies', args, { answer: Messages, signal });
    return messages;
  } catch (error) {
    if (codeOf(error) === 'thread_not_found') return [];
    throw error;
  }
}

function keyOf({ metadata: its }: SlackMessage): unknown {
  return its?.event_type === EVENT ? its.event_payload.key : undefined;
}

function metadata(effectKey: string) {
  return { event_type: EVENT, event_payload: { key: effectKey } };
}

function placeOf(item: string): ChatPlace {
  const place = chatPlace(item);
  if (place) return place;
  throw toFailure(new Error('it is not the key of a message in Slack'), item);
}
