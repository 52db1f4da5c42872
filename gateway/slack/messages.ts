import type { App } from '@slack/bolt';
import { toPlain } from '../../chat/mrkdwn.js';
import { saidMessage } from '../../chat/overview.js';
import { chatKey } from '../../schemas/chat-key.js';
import { type Answering, answerPress } from './answer.js';
import type { Counter } from './counter.js';
import { NotPermitted, type Place } from './permission.js';

// Messages that become missions: by a mention, by an emoji, by their menu. A signal says only where to look: what is
// there is read again from Slack.

/** Callback of the entry in a message's menu. */
export const MAKE_MISSION = 'make_mission';

export function listenToMessages(app: App, counter: Counter, reaction: string): void {
  app.event('app_mention', async ({ event, body, context }) => {
    const { channel, ts, thread_ts: thread, user, text } = event;
    if (user === undefined || event.bot_id !== undefined) return;
    await quietly(counter, async () => {
      const { person } = await counter.permissions.order({ channel, user });
      const item = chatKey({ channel, ts: thread ?? ts });
      const said = toPlain(text, context.botUserId);
      const running = thread === undefined ? undefined : await counter.desk.mission(item);
      if (running && !running.outcome && said !== '') {
        const by = counter.by(user, person);
        await counter.desk.order({
          kind: 'steer',
          item,
          text: said.slice(0, 4_000),
          by,
          id: counter.idOf(body.event_id),
        });
      } else await counter.wake('ticket.labelled', item, { id: body.event_id, user });
    });
  });

  app.event('reaction_added', async ({ event, body, client }) => {
    const { item, user } = event;
    if (event.reaction !== reaction || item.type !== 'message') return;
    await quietly(counter, async () => {
      const { channel, ts } = item;
      await counter.permissions.order({ channel, user });
      // Only Slack knows whether it stands in a thread.
      const { messages = [] } = await client.conversations.replies({ channel, ts, limit: 1 });
      const root = messages[0]?.thread_ts ?? ts;
      await counter.wake('ticket.labelled', chatKey({ channel, ts: root }), { id: body.event_id, user });
    });
  });

  app.event('message', async ({ event, body }) => {
    if (event.subtype !== undefined || !('thread_ts' in event) || event.thread_ts === undefined) return;
    const { channel, thread_ts: ts, user, bot_id: bot } = event;
    if (bot !== undefined || user === undefined) return;
    await quietly(counter, async () => {
      await counter.permissions.order({ channel, user });
      await counter.wake('ticket.commented', chatKey({ channel, ts }), { id: body.event_id, user });
    });
  });

  app.shortcut({ type: 'message_action', callback_id: MAKE_MISSION }, async ({ shortcut, ack, respond, context }) => {
    const place: Place = { channel: shortcut.channel.id, user: shortcut.user.id };
    const answering: Answering = { ack: () => ack(), respond, context, log: counter.log };
    await answerPress(answering, async () => {
      await counter.permissions.order(place);
      const thread = shortcut.message.thread_ts;
      const ts = typeof thread === 'string' ? thread : shortcut.message_ts;
      const id = counter.idOf(shortcut.trigger_id);
      await counter.wake('ticket.labelled', chatKey({ channel: place.channel, ts }), { id, user: place.user });
      return saidMessage('It is read now: its thread says how it goes on.');
    });
  });
}

/** Whoever may not is not answered where others read: a message or an emoji asks for no answer. */
async function quietly(counter: Counter, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof NotPermitted)) throw error;
    counter.log.info({ source: 'slack', reason: error.message }, 'event ignored');
  }
}
