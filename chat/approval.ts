import type { ApprovalCard } from '../activities/ports-approvals.js';
import { bindingOf } from '../schemas/approval-record.js';
import type { Person } from '../schemas/people.js';
import { actions, type Block, button, type ChatMessage, context, header, message, section } from './blocks.js';
import { moment } from './mission.js';
import { code, escaped } from './mrkdwn.js';

// A question that a person decides: what, why, how risky, how big, what happens without an answer, and the buttons,
// which carry exactly what is shown. When it is over, who decided and when stand in their place.

export const DECISIONS = {
  approve: 'approval_approve',
  reject: 'approval_reject',
  'ask-back': 'approval_ask_back',
  'hand-over': 'approval_hand_over',
} as const;

export type ApprovalView = Pick<ApprovalCard, 'question' | 'state'> &
  Partial<Pick<ApprovalCard, 'who' | 'size' | 'needed' | 'deadline' | 'by' | 'reason' | 'talk'>> & {
    readonly given?: readonly string[];
    readonly asked?: readonly Pick<Person, 'name' | 'ids'>[];
    /** ISO 8601; when it was decided. */
    readonly decidedAt?: string | undefined;
  };

const FILES = 15;
const STATES = {
  approved: ':white_check_mark: *Approved*',
  rejected: ':x: *Rejected*',
  expired: ':hourglass: *Nobody answered in time*',
  stale: ':arrows_counterclockwise: *Stale: the change moved on*',
  cancelled: ':heavy_minus_sign: *Cancelled*',
} as const;

export function approvalMessage(view: ApprovalView): ChatMessage {
  const { question, state } = view;
  const what = question.action === 'merge' ? 'May this change be merged?' : 'May this cost more?';
  const title = `${escaped(question.item)}: ${what}`;
  return message(state === 'open' ? title : `${title} ${state}`, [
    header(`${question.item}: ${what}`),
    section(`*${escaped(question.title, 300)}*\n${facts(view)}`),
    ...mentioned(view),
    section(`*Why you are asked*\n${question.because.slice(0, 15).map(listed).join('\n')}`),
    section(`*Recommendation*\n${escaped(question.recommendation, 800)}`),
    ...proof(view),
    ...talk(view),
    ...(state === 'open' ? open(view) : closed(view)),
  ]);
}

function facts({ question, size }: ApprovalView): string {
  const files = question.changedFiles.slice(0, FILES).map(code).join(', ');
  const more = question.changedFiles.length > FILES ? ` and ${question.changedFiles.length - FILES} more` : '';
  return [
    `risk *${question.risk}* · ${question.action === 'merge' ? 'head' : 'budget'} ${code(question.head.slice(0, 12))}`,
    ...(size ? [`${size.files} files, +${size.added} −${size.removed} lines`] : []),
    ...(files === '' ? [] : [`changes ${files}${more}`]),
  ].join('\n');
}

function listed(text: string): string {
  return `• ${escaped(text, 300)}`;
}

function proof({ question: { proof: lines = [] } }: ApprovalView): readonly Block[] {
  return lines.length === 0 ? [] : [section(`*Proof*\n${lines.slice(0, 15).map(listed).join('\n')}`)];
}

function talk({ talk: said = [] }: ApprovalView): readonly Block[] {
  if (said.length === 0) return [];
  const lines = said
    .slice(-5)
    .map(
      ({ by, text, reply }) =>
        `*${escaped(by)}* asks: ${escaped(text, 400)}\n> ${escaped(reply ?? 'not answered yet', 400)}`,
    );
  return [section(lines.join('\n'))];
}

function open(view: ApprovalView): readonly Block[] {
  const { question, who, given = [], needed = 1, deadline } = view;
  const onNoAnswer = question.onNoAnswer ?? 'it is not done; the work is kept';
  // What the person saw: an answer to anything else counts for nothing.
  const value = JSON.stringify(bindingOf(question));
  const yes =
    given.length > 0 ? `${given.length} of ${needed} said yes: ${given.map((name) => escaped(name)).join(', ')}` : '';
  const until = deadline === undefined ? '' : ` by ${moment(deadline)}`;
  return [
    actions(
      button('Approve', DECISIONS.approve, { value, style: 'primary' }),
      button('Reject', DECISIONS.reject, { value, style: 'danger' }),
      button('Ask back', DECISIONS['ask-back'], { value }),
      button('Hand over', DECISIONS['hand-over'], { value }),
    ),
    context(
      ...(who === undefined ? [] : [`May answer: ${escaped(who)}`]),
      ...(yes === '' ? [] : [yes]),
      `Without an answer${until}: ${escaped(onNoAnswer)}`,
    ),
  ];
}

function closed({ state, by, reason = '', given = [], decidedAt }: ApprovalView): readonly Block[] {
  if (state === 'open') return [];
  const names = by === undefined ? given : [by];
  const who = names.length > 0 ? ` by ${names.map((name) => escaped(name)).join(', ')}` : '';
  const at = decidedAt === undefined ? '' : `, ${moment(decidedAt)}`;
  return [section(`${STATES[state]}${who}${at}${reason === '' ? '' : `\n> ${escaped(reason, 800)}`}`)];
}

/** Those who are asked now, so that they hear of it. */
function mentioned({ state, asked = [] }: ApprovalView): readonly Block[] {
  if (state !== 'open' || asked.length === 0) return [];
  return [section(`:bell: ${mentions(asked)}`)];
}

function mentions(people: readonly Pick<Person, 'name' | 'ids'>[]): string {
  return people
    .slice(0, 20)
    .map(({ name, ids }) => {
      const id = ids.slack?.find((one) => /^[UW][A-Z0-9]+$/.test(one));
      return id === undefined ? escaped(name, 80) : `<@${id}>`;
    })
    .join(' ');
}

/** What is worth a notification of its own; undefined: the question itself shows it. */
export function newsMessage({
  news,
  question,
  asked,
  who,
  talk,
  by,
  state,
  reason,
}: ApprovalCard): ChatMessage | undefined {
  const id = code(question.id);
  const last = talk.at(-1);
  const said = {
    asked: undefined,
    counted: undefined,
    reminded: `:hourglass: ${id} still waits. ${mentions(asked)}`,
    escalated: `:rotating_light: ${id} waits for too long: now ${escaped(who)} may answer too. ${mentions(asked)}`,
    'asked-back': last && `:question: *${escaped(last.by)}* asks about ${id}: ${escaped(last.text, 1_000)}`,
    replied: last?.reply === undefined ? undefined : `:speech_balloon: about ${id}: ${escaped(last.reply, 1_000)}`,
    'handed-over': `:arrow_right: ${id} was handed over: ${escaped(who)}. ${mentions(asked)}`,
    closed: `${id} is ${state}${by === undefined ? '' : ` by ${escaped(by)}`}${reason === '' ? '' : `: ${escaped(reason, 500)}`}`,
  }[news];
  return said === undefined ? undefined : message(said, [section(said)]);
}
