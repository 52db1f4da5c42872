import { z } from 'zod';
import { MessageMetadata, messageProblems, viewProblems } from './slack-blocks.js';
import {
  BOT,
  BOT_ID,
  type SlackWorkspace,
  type Channel as StoredChannel,
  type StoredMessage,
  TEAM,
} from './slack-workspace.js';

// Slack's Web API, as far as a bot like ours may use it: the arguments that each method takes and requires
// (docs.slack.dev/reference/methods), and what it does and answers.

export type Answer = Readonly<Record<string, unknown>>;

/** An error as Slack answers it, with 200. */
export class SlackRefusal extends Error {
  readonly messages: readonly string[];

  constructor(code: string, messages: readonly string[] = []) {
    super(code);
    this.messages = messages;
  }
}

const Channel = z.string().regex(/^[CDG][A-Z0-9]{2,}$/);
const User = z.string().regex(/^[UW][A-Z0-9]{2,}$/);
const Ts = z.string().regex(/^\d{10}\.\d{6}$/);
const Limit = z.coerce.number().int().min(1).max(999).optional();
const Flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]).optional();
const Blocks = z.array(z.record(z.string(), z.unknown()));

const content = { text: z.string().optional(), blocks: Blocks.optional() };
const range = { channel: Channel, latest: z.string().optional(), oldest: z.string().optional(), inclusive: Flag };
const paged = { limit: Limit, cursor: z.string().optional(), include_all_metadata: Flag };

const ARGUMENTS = {
  'auth.test': z.strictObject({}),
  'chat.postMessage': z.strictObject({
    ...{ channel: Channel, ...content, thread_ts: Ts.optional(), metadata: MessageMetadata.optional() },
    ...{ unfurl_links: Flag, unfurl_media: Flag },
  }),
  'chat.update': z.strictObject({ channel: Channel, ts: Ts, ...content, metadata: MessageMetadata.optional() }),
  'chat.postEphemeral': z.strictObject({ channel: Channel, user: User, ...content, thread_ts: Ts.optional() }),
  'chat.getPermalink': z.strictObject({ channel: Channel, message_ts: Ts }),
  'views.open': z.strictObject({ trigger_id: z.string().min(1), view: z.unknown() }),
  'views.update': z.strictObject({ view_id: z.string().min(1), view: z.unknown() }),
  'users.info': z.strictObject({ user: User }),
  'conversations.info': z.strictObject({ channel: Channel }),
  'conversations.history': z.strictObject({ ...range, ...paged }),
  'conversations.replies': z.strictObject({ ...range, ...paged, ts: Ts }),
  'reactions.add': z.strictObject({ channel: Channel, timestamp: Ts, name: z.string().regex(/^[a-z0-9_+'-]{1,100}$/) }),
  'reactions.get': z.strictObject({ channel: Channel, timestamp: Ts, full: Flag }),
} as const;
type Method = keyof typeof ARGUMENTS;
type Arguments<Name extends Method> = z.infer<(typeof ARGUMENTS)[Name]>;

/** Checks a call against the rules, does it, and answers. Throws `SlackRefusal`. */
export function answerCall(workspace: SlackWorkspace, method: string, given: unknown): Answer {
  if (!isMethod(method)) throw new SlackRefusal('unknown_method');
  const parsed = ARGUMENTS[method].safeParse(given);
  if (!parsed.success) {
    const messages = parsed.error.issues.map(({ path, message }) => `[ERROR] ${path.join('.')}: ${message}`);
    throw new SlackRefusal('invalid_arguments', messages);
  }
  const handler = HANDLERS[method] as (workspace: SlackWorkspace, args: unknown) => Answer;
  return { ok: true, ...handler(workspace, parsed.data) };
}

function isMethod(name: string): name is Method {
  return name in ARGUMENTS;
}

type Handlers = { readonly [Name in Method]: (workspace: SlackWorkspace, args: Arguments<Name>) => Answer };

const HANDLERS: Handlers = {
  'auth.test': () => ({
    ...{ url: 'https://signalbox.slack.com/', team: 'Signalbox', team_id: TEAM },
    ...{ user: BOT.name, user_id: BOT.id, bot_id: BOT_ID },
  }),

  'chat.postMessage': (workspace, { channel, thread_ts: thread, ...message }) => {
    memberOf(workspace, channel);
    checked(messageProblems(message));
    if (thread !== undefined && !workspace.find(channel, thread)) throw new SlackRefusal('thread_not_found');
    const stored = workspace.post(channel, {
      ...{ ts: workspace.time(), user: BOT.id, bot_id: BOT_ID, text: message.text ?? '', reactions: [] },
      ...(message.blocks && { blocks: message.blocks as unknown as NonNullable<StoredMessage['blocks']> }),
      ...(thread !== undefined && { thread_ts: thread }),
      ...(message.metadata && { metadata: message.metadata }),
    });
    workspace.changed('chat.postMessage', channel, stored.ts);
    return { channel, ts: stored.ts, message: stored };
  },

  'chat.update': (workspace, { channel, ts, ...message }) => {
    memberOf(workspace, channel);
    checked(messageProblems(message));
    const stored = workspace.find(channel, ts);
    if (!stored) throw new SlackRefusal('message_not_found');
    if (stored.bot_id !== BOT_ID) throw new SlackRefusal('cant_update_message');
    stored.text = message.text ?? '';
    if (message.blocks) stored.blocks = message.blocks as unknown as NonNullable<StoredMessage['blocks']>;
    if (message.metadata) stored.metadata = message.metadata;
    stored.edited = { user: BOT.id, ts: workspace.time() };
    workspace.changed('chat.update', channel, ts);
    return { channel, ts, text: stored.text, message: stored };
  },

  'chat.postEphemeral': (workspace, { channel, user, ...message }) => {
    memberOf(workspace, channel);
    checked(messageProblems(message));
    workspace.ephemerals.push({ channel, user, text: message.text ?? '' });
    return { message_ts: workspace.time() };
  },

  'chat.getPermalink': (workspace, { channel, message_ts: ts }) => {
    if (!workspace.find(channel, ts)) throw new SlackRefusal('message_not_found');
    return { channel, permalink: `https://signalbox.slack.com/archives/${channel}/p${ts.replace('.', '')}` };
  },

  'views.open': (workspace, { view }) => ({ view: shown(workspace, view, workspace.id('V')) }),

  'views.update': (workspace, { view_id: id, view }) => {
    if (!workspace.views.some((one) => one.id === id)) throw new SlackRefusal('not_found');
    return { view: shown(workspace, view, id) };
  },

  'users.info': (workspace, { user }) => {
    const known = workspace.users.get(user);
    if (!known) throw new SlackRefusal('user_not_found');
    const { id, name, bot, email } = known;
    return { user: { id, team_id: TEAM, name, real_name: name, is_bot: bot, deleted: false, profile: { email } } };
  },

  'conversations.info': (workspace, { channel }) => {
    const { id, name, member } = existing(workspace, channel);
    return { channel: { id, name, is_channel: true, is_member: member, is_archived: false } };
  },

  'conversations.history': (workspace, { channel, ...range }) => {
    const roots = memberOf(workspace, channel).messages.filter(({ thread_ts: thread }) => thread === undefined);
    return {
      messages: within(roots, range)
        .reverse()
        .slice(0, range.limit ?? 100)
        .map(told),
      has_more: false,
    };
  },

  'conversations.replies': (workspace, { channel, ts, ...range }) => {
    memberOf(workspace, channel);
    if (!workspace.find(channel, ts)) throw new SlackRefusal('thread_not_found');
    const [root, ...replies] = workspace.thread(channel, ts);
    return { messages: [...(root ? [root] : []), ...within(replies, range)].slice(0, range.limit ?? 1_000).map(told) };
  },

  'reactions.add': (workspace, { channel, timestamp, name }) => {
    memberOf(workspace, channel);
    const message = workspace.find(channel, timestamp);
    if (!message) throw new SlackRefusal('message_not_found');
    if (!workspace.react(message, name, BOT.id)) throw new SlackRefusal('already_reacted');
    workspace.changed(`reactions.add ${name}`, channel, timestamp);
    return {};
  },

  'reactions.get': (workspace, { channel, timestamp }) => {
    memberOf(workspace, channel);
    const message = workspace.find(channel, timestamp);
    if (!message) throw new SlackRefusal('message_not_found');
    return { type: 'message', channel, message: told(message) };
  },
};

function existing(workspace: SlackWorkspace, id: string): StoredChannel {
  const channel = workspace.channels.get(id);
  if (!channel) throw new SlackRefusal('channel_not_found');
  return channel;
}

function memberOf(workspace: SlackWorkspace, id: string): StoredChannel {
  const channel = existing(workspace, id);
  if (!channel.member) throw new SlackRefusal('not_in_channel');
  return channel;
}

function checked(problems: readonly string[]): void {
  if (problems.length > 0) throw new SlackRefusal('invalid_blocks', problems);
}

function shown(workspace: SlackWorkspace, view: unknown, id: string): Answer {
  checked(viewProblems(view));
  const stored = { ...(view as object), id } as (typeof workspace.views)[number];
  workspace.views.push(stored);
  return stored as unknown as Answer;
}

function within(
  messages: readonly StoredMessage[],
  {
    latest,
    oldest,
    inclusive,
  }: { latest?: string | undefined; oldest?: string | undefined; inclusive?: boolean | undefined },
): StoredMessage[] {
  const after = (ts: string) => oldest === undefined || Number(ts) > Number(oldest) || (inclusive && ts === oldest);
  const before = (ts: string) => latest === undefined || Number(ts) < Number(latest) || (inclusive && ts === latest);
  return messages.filter(({ ts }) => after(ts) && before(ts));
}

/** Reactions are left out where nobody reacted. */
function told({ reactions, ...message }: StoredMessage): Answer {
  const counted = reactions.map((reaction) => ({ ...reaction, count: reaction.users.length }));
  return { type: 'message', ...message, ...(counted.length > 0 && { reactions: counted }) };
}
