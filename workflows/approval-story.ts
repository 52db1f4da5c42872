import type { ApprovalNews, ApprovalView } from '../activities/approvals.js';
import type { Approval, ApprovalQuestion } from '../schemas/approval.js';
import type { ApprovalStatus } from './messages-standing.js';
import { quote } from './story.js';

// What people read of a question, on the ticket and in Temporal UI.

export function approvalDetails(question: ApprovalQuestion, askedAt: string): string {
  return [
    `### ${question.id}: may ${question.item} ${question.action === 'merge' ? 'be merged' : 'cost more'}?`,
    '',
    `Risk **${question.risk}**, head \`${question.head}\`, asked at ${askedAt}.`,
    '',
    ...question.because.map((reason) => `- ${quote(reason, 400)}`),
    '',
    `Recommendation: ${quote(question.recommendation, 600)}`,
  ].join('\n');
}

export function questionComment(question: ApprovalQuestion, view?: ApprovalView): string {
  return (question.action === 'merge' ? mergeComment(question, view) : budgetComment(question, view)).join('\n');
}

function budgetComment(question: ApprovalQuestion, view?: ApprovalView): string[] {
  return [
    `**A person has to decide: may this cost more?** (\`${question.id}\`)`,
    '',
    `${quote(question.title)}. Until then nothing more is spent.`,
    '',
    ...question.because.map((reason) => `- ${quote(reason, 400)}`),
    '',
    `Recommendation: ${quote(question.recommendation, 600)}`,
    ...whoAnswers(view),
    '',
    `Answer with \`signalbox approve ${question.id}\` or \`signalbox reject ${question.id} --reason "…"\`, or give it another amount with \`signalbox budget ${question.item} --add <dollars>\`.`,
    `Without an answer within ${hours(question.deadlineMs)} it stops; the work is kept.`,
  ];
}

function mergeComment(question: ApprovalQuestion, view?: ApprovalView): string[] {
  const files = question.changedFiles.map((file) => `\`${file}\``).join(', ');
  const { size } = view ?? {};
  const diff = size ? ` The diff: ${size.files} files, +${size.added} -${size.removed} lines.` : '';
  return [
    `**A person has to decide: may this change be merged?** (\`${question.id}\`)`,
    '',
    `Risk: **${question.risk}**. It changes ${files}.${diff} Head: \`${question.head.slice(0, 12)}\`.`,
    '',
    'Why you are asked:',
    ...question.because.map((reason) => `- ${quote(reason, 400)}`),
    ...proofOf(question),
    '',
    `Recommendation: ${quote(question.recommendation, 600)}`,
    ...whoAnswers(view),
    '',
    `Answer with \`signalbox approve ${question.id}\` or \`signalbox reject ${question.id} --reason "…"\`; \`signalbox ask-back\` asks first, \`signalbox hand-over\` passes it on.`,
    `Without an answer within ${hours(question.deadlineMs)} it is not merged; the work is kept.`,
  ];
}

function proofOf({ proof = [] }: ApprovalQuestion): string[] {
  return proof.length > 0 ? ['', 'What says that it works:', ...proof.map((line) => `- ${quote(line, 300)}`)] : [];
}

function whoAnswers(view: ApprovalView | undefined): string[] {
  return view ? ['', `Who may answer: ${quote(view.who, 400)}.`] : [];
}

export function reminderComment(question: ApprovalQuestion, n: number): string {
  return `Reminder ${n}: \`${question.id}\` still waits for a person. Without an answer within ${hours(question.deadlineMs)} of the question it is not merged.`;
}

export function escalationComment({ id }: ApprovalQuestion, who: string): string {
  return `\`${id}\` has waited too long. It may be answered now by: ${quote(who, 400)}.`;
}

/** Undefined where the ticket need not be told. */
export function talkComment(
  question: ApprovalQuestion,
  news: ApprovalNews['news'],
  { by, text }: { readonly by: string; readonly text: string },
): string | undefined {
  const who = quote(by);
  if (news === 'asked-back') {
    return [
      `**${who} asks before deciding on \`${question.id}\`:** ${quote(text, 1000)}`,
      '',
      `Answer with \`signalbox answer ${question.item} "…"\`. The deadline stays as it is.`,
    ].join('\n');
  }
  if (news === 'replied') return `**${who} answers about \`${question.id}\`:** ${quote(text, 1000)}`;
  if (news === 'handed-over') return `${who} has handed \`${question.id}\` over to ${quote(text)}.`;
  return undefined;
}

/** So that nobody decides on what is decided. */
export function answeredComment({ id }: ApprovalQuestion, { state, by, reason = '' }: ApprovalStatus): string {
  const why = reason.trim() === '' ? '' : `: ${quote(reason, 600)}`;
  return `\`${id}\` is **${state}** by ${quote(by?.name ?? by?.id ?? '')}${why}.`;
}

/** To those whose items were folded in: they are not asked, and know what is waited for. */
export function askedElsewhere({ id, item, title }: ApprovalQuestion): string {
  return `**A person has to decide** about \`${id}\` (${quote(title)}); they are asked where ${item} is.`;
}

/** What came of it, for those. Undefined: the mission tells them. */
export function decidedElsewhere({ question, outcome, by, reason }: Approval): string | undefined {
  if (outcome === 'cancelled') return undefined;
  const who = by ? ` by ${quote(by.name ?? by.id)}` : '';
  const why = reason.trim() === '' ? '' : `: ${quote(reason, 600)}`;
  const next = outcome === 'stale' ? ' It is looked at again, and asked anew where somebody has to decide.' : '';
  return `\`${question.id}\` (${quote(question.title)}) is **${outcome}**${who}${why}.${next}`;
}

function hours(ms: number): string {
  return ms >= 3_600_000
    ? `${Math.round(ms / 3_600_000)} h`
    : ms >= 60_000
      ? `${Math.round(ms / 60_000)} min`
      : `${Math.round(ms / 1000)} s`;
}
