import { actions, button, type ChatMessage, context, message, section } from './blocks.js';
import { moment } from './mission.js';
import { code, escaped } from './mrkdwn.js';

// What a channel is told of triage by itself.

interface Escalated {
  /** `<source>/<item>`. */
  readonly key: string;
  readonly stage: string;
  readonly because: string;
  /** ISO 8601. */
  readonly receivedAt: string;
  /** Slack ids of those who are told. */
  readonly mentions: readonly string[];
  readonly names: readonly string[];
  readonly gap?: string;
}

/** Nobody has decided about an item, and its day is nearly over. */
export function escalationMessage(item: Escalated): ChatMessage {
  const { key, stage, because, receivedAt, mentions, names, gap } = item;
  // A mention is by id; whoever has none here is at least named.
  const whom = mentions.length === names.length ? '' : ` ${names.map((name) => escaped(name)).join(', ')}`;
  const told = `${mentions.map((id) => `<@${id}>`).join(' ')}${whom}`.trim();
  const head = `:hourglass_flowing_sand: *${code(key)} is not decided yet*, and came at ${moment(receivedAt)}: within 24 hours it is to be worked on, declined or somebody's.`;
  return message(`${key} is not decided yet`, [
    section(`${told === '' ? '' : `${told}\n`}${head}`),
    section(`It is ${escaped(stage)}: ${escaped(because, 1_000)}`),
    ...(gap === undefined ? [] : [context(`Not everybody could be looked up: ${escaped(gap, 300)}`)]),
    context(
      `${code(`signalbox triage show ${key}`)} tells more, ${code(`signalbox triage move ${key} <repo>`)} says where it belongs`,
    ),
    ...(stage === 'asking' ? [actions(button('Answer', 'triage_answer', { value: key, style: 'primary' }))] : []),
  ]);
}
