import {
  APP,
  type Block,
  BOT,
  type Element,
  type SlackWorkspace,
  type StoredMessage,
  TEAM,
  type View,
} from './slack-workspace.js';

// What people do in Slack, as the payloads that Slack sends of it; over HTTP and Socket Mode alike.

/** `type`: of the envelope in Socket Mode. */
export type Told =
  | { readonly type: 'events_api'; readonly payload: Readonly<Record<string, unknown>> }
  | { readonly type: 'interactive'; readonly payload: Readonly<Record<string, unknown>> }
  | { readonly type: 'slash_commands'; readonly payload: Readonly<Record<string, string>> };

export interface Where {
  readonly channel: string;
  readonly user: string;
}

/** `responses`: origin where an answer to it may be posted. */
export class SlackPeople {
  readonly #workspace: SlackWorkspace;
  readonly #responses: () => string;

  constructor(workspace: SlackWorkspace, responses: () => string) {
    this.#workspace = workspace;
    this.#responses = responses;
  }

  command(text: string, { channel, user }: Where): Told {
    return {
      type: 'slash_commands',
      payload: {
        ...{ token: 'deprecated', team_id: TEAM, team_domain: 'signalbox', api_app_id: APP },
        ...{ channel_id: channel, channel_name: this.#workspace.channel(channel).name },
        ...{ user_id: user, user_name: this.#name(user), command: '/signalbox', text, is_enterprise_install: 'false' },
        ...this.#answerable(),
      },
    };
  }

  mention(channel: string, message: StoredMessage): Told {
    const { ts, text, user, thread_ts: thread } = message;
    return this.#event({
      type: 'app_mention',
      user,
      text,
      ts,
      channel,
      ...(thread !== undefined && { thread_ts: thread }),
    });
  }

  message(channel: string, message: StoredMessage, more: Readonly<Record<string, unknown>> = {}): Told {
    const { ts, text, user, thread_ts: thread, bot_id: bot } = message;
    return this.#event({
      ...{ type: 'message', channel_type: 'channel', user, text, ts, channel },
      ...(thread !== undefined && { thread_ts: thread }),
      ...(bot !== undefined && { bot_id: bot, subtype: 'bot_message' }),
      ...more,
    });
  }

  reaction(name: string, message: StoredMessage, { channel, user }: Where): Told {
    const item = { type: 'message', channel, ts: message.ts };
    const more = { item_user: message.user, event_ts: this.#workspace.time() };
    return this.#event({ type: 'reaction_added', user, reaction: name, item, ...more });
  }

  shortcut(callback: string, message: StoredMessage, { channel, user }: Where): Told {
    return this.#interactive(user, {
      type: 'message_action',
      ...{ callback_id: callback, message_ts: message.ts, action_ts: this.#workspace.time() },
      ...{ channel: this.#channel(channel), message: { type: 'message', ...message } },
    });
  }

  /** Presses a button that is there: throws when the message has none of that name. */
  press(action: string, message: StoredMessage, { channel, user }: Where): Told {
    const blocks = message.blocks ?? [];
    const pressed = blocks.flatMap((block) => (block.elements ?? []).map((element) => ({ block, element })));
    const found = pressed.find(({ element }) => element.action_id === action);
    if (!found) throw new Error(`the message has no button ${action}: ${JSON.stringify(message.blocks)}`);
    return this.pressed(found.block, found.element, message, { channel, user });
  }

  /** The same with whatever somebody may have made of the button. */
  pressed(block: Block, element: Element, message: StoredMessage, { channel, user }: Where): Told {
    return this.#interactive(user, {
      type: 'block_actions',
      channel: this.#channel(channel),
      message: { type: 'message', ...message },
      container: { type: 'message', message_ts: message.ts, channel_id: channel, is_ephemeral: false },
      actions: [{ ...element, block_id: block.block_id ?? 'b1', action_ts: this.#workspace.time() }],
    });
  }

  /** `values`: of each input by the id of its action. */
  submit(view: View, values: Readonly<Record<string, string>>, user: string): Told {
    const state: Record<string, Record<string, unknown>> = {};
    for (const block of view.blocks as readonly { block_id?: string; element?: Element }[]) {
      const { block_id: id, element } = block;
      if (id === undefined || element?.action_id === undefined) continue;
      const value = values[element.action_id];
      const given = element.type === 'users_select' ? { selected_user: value ?? null } : { value: value ?? null };
      state[id] = { [element.action_id]: { type: element.type, ...given } };
    }
    return this.#interactive(user, {
      type: 'view_submission',
      view: { ...view, type: 'modal', team_id: TEAM, app_id: APP, bot_id: BOT.id, hash: 'h', state: { values: state } },
      response_urls: [],
    });
  }

  #event(event: Readonly<Record<string, unknown>>): Told {
    return {
      type: 'events_api',
      payload: {
        ...{ token: 'deprecated', team_id: TEAM, api_app_id: APP, type: 'event_callback', event },
        ...{ event_id: this.#workspace.id('Ev'), event_time: Math.floor(Date.now() / 1_000) },
        authorizations: [{ enterprise_id: null, team_id: TEAM, user_id: BOT.id, is_bot: true }],
      },
    };
  }

  #interactive(user: string, more: Readonly<Record<string, unknown>>): Told {
    const who = { id: user, username: this.#name(user), name: this.#name(user), team_id: TEAM };
    const team = { id: TEAM, domain: 'signalbox' };
    const common = { token: 'deprecated', team, user: who, api_app_id: APP, is_enterprise_install: false };
    return { type: 'interactive', payload: { ...common, ...this.#answerable(), ...more } };
  }

  /** Both are good for a short time; the address for five answers. */
  #answerable() {
    const id = this.#workspace.id('R');
    return { trigger_id: `${id}.${TEAM}.trigger`, response_url: `${this.#responses()}/response/${id}` };
  }

  #channel(id: string) {
    return { id, name: this.#workspace.channel(id).name };
  }

  #name(user: string): string {
    return this.#workspace.users.get(user)?.name ?? user.toLowerCase();
  }
}
