// A Slack workspace in memory: people, channels, messages with threads, reactions and metadata, and a ledger of what the
// API changed.

export interface SlackUser {
  readonly id: string;
  readonly name: string;
  readonly bot: boolean;
  readonly email?: string;
}

export interface StoredMessage {
  readonly ts: string;
  readonly user: string;
  readonly bot_id?: string;
  text: string;
  blocks?: readonly Block[];
  readonly thread_ts?: string;
  metadata?: { readonly event_type: string; readonly event_payload: Readonly<Record<string, unknown>> };
  readonly reactions: { readonly name: string; readonly users: string[] }[];
  edited?: { readonly user: string; readonly ts: string };
}

export interface Block {
  readonly type: string;
  readonly block_id?: string;
  readonly text?: { readonly text: string };
  readonly elements?: readonly Element[];
}

export interface Element {
  readonly type: string;
  readonly action_id?: string;
  readonly value?: string;
  readonly text?: string | { readonly text: string };
}

export interface Channel {
  readonly id: string;
  readonly name: string;
  /** Of the bot. */
  member: boolean;
  /** Replies among them, by their time. */
  readonly messages: StoredMessage[];
}

export interface View {
  readonly id: string;
  readonly callback_id?: string;
  readonly private_metadata?: string;
  readonly blocks: readonly Block[];
}

export interface Ephemeral {
  readonly channel: string;
  readonly user: string;
  readonly text: string;
  readonly blocks?: readonly Block[];
}

export const TEAM = 'T0SIGNAL01';
export const BOT: SlackUser = { id: 'U0SIGNALBX', name: 'signalbox', bot: true };
export const BOT_ID = 'B0SIGNALBX';
export const APP = 'A0SIGNALBX';

/** Everything that the API made, changed or took away. */
export interface Change {
  readonly effect: string;
  readonly channel: string;
  readonly ts: string;
}

export class SlackWorkspace {
  readonly users = new Map<string, SlackUser>([[BOT.id, BOT]]);
  readonly channels = new Map<string, Channel>();
  readonly ephemerals: Ephemeral[] = [];
  readonly views: View[] = [];
  readonly ledger: Change[] = [];
  #clock = Math.floor(Date.now() / 1_000);
  #count = 0;

  addUser(id: string, name: string, more: { readonly bot?: boolean; readonly email?: string } = {}): SlackUser {
    const user = { id, name, bot: false, ...more };
    this.users.set(id, user);
    return user;
  }

  addChannel(id: string, name: string, member = true): Channel {
    const channel = { id, name, member, messages: [] };
    this.channels.set(id, channel);
    return channel;
  }

  channel(id: string): Channel {
    const channel = this.channels.get(id);
    if (!channel) throw new Error(`there is no channel ${id}`);
    return channel;
  }

  message(channel: string, ts: string): StoredMessage {
    const message = this.find(channel, ts);
    if (!message) throw new Error(`there is no message ${ts} in ${channel}`);
    return message;
  }

  find(channel: string, ts: string): StoredMessage | undefined {
    return this.channels.get(channel)?.messages.find((message) => message.ts === ts);
  }

  /** The root and its replies, oldest first. */
  thread(channel: string, ts: string): readonly StoredMessage[] {
    return this.channel(channel).messages.filter((message) => message.ts === ts || message.thread_ts === ts);
  }

  /** What the bot has written in a channel, oldest first. */
  ours(channel: string): readonly StoredMessage[] {
    return this.channel(channel).messages.filter(({ bot_id: bot }) => bot === BOT_ID);
  }

  /** As a person, or another bot, writes it. */
  say(channel: string, user: string, text: string, thread?: string): StoredMessage {
    const { bot } = this.users.get(user) ?? { bot: false };
    return this.post(channel, {
      ...{ user, text, reactions: [], ts: this.time() },
      ...(bot && { bot_id: `B${user.slice(1)}` }),
      ...(thread !== undefined && { thread_ts: thread }),
    });
  }

  post(channel: string, message: StoredMessage): StoredMessage {
    this.channel(channel).messages.push(message);
    return message;
  }

  react(message: StoredMessage, name: string, user: string): boolean {
    const reaction = message.reactions.find((one) => one.name === name);
    if (reaction?.users.includes(user)) return false;
    if (reaction) reaction.users.push(user);
    else message.reactions.push({ name, users: [user] });
    return true;
  }

  changed(effect: string, channel: string, ts: string): void {
    this.ledger.push({ effect, channel, ts });
  }

  /** Never twice the same, as in a channel of Slack. */
  time(): string {
    this.#count += 1;
    this.#clock = Math.max(this.#clock, Math.floor(Date.now() / 1_000));
    return `${this.#clock}.${String(this.#count).padStart(6, '0')}`;
  }

  id(prefix: string): string {
    this.#count += 1;
    return `${prefix}${String(this.#count).padStart(9, '0')}`;
  }
}
