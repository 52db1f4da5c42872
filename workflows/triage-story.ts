import type { TriageEscalationNews } from '../activities/triage-time.js';
import type { Verdict } from '../activities/triage-verdicts.js';
import { quote } from './story.js';

// What people read of triage besides its questions. Everything from outside is quoted.

/** Under an item about which nobody has decided, shortly before its 24 hours are over. */
export function escalationComment({ names, gap }: Omit<TriageEscalationNews, 'message'>): string {
  const told = names.length === 0 ? 'Nobody is named for this' : names.map((name) => quote(name, 100)).join(', ');
  return [
    '**This is not decided yet, and its 24 hours are nearly over.**',
    '',
    names.length === 0 ? `${told}: see \`triage.escalation\` in docs/triage.md.` : `Told of it: ${told}.`,
    ...(gap === undefined ? [] : ['', `Not everybody could be looked up: ${quote(gap, 300)}.`]),
  ].join('\n');
}

/** An item that nobody works on, told once to whoever asked. */
export function declinedComment(key: string, { because, by }: Verdict): string {
  return [
    `**This is not taken up:** ${quote(because, 600)}.`,
    '',
    by === 'rules' ? 'A rule of this installation says so.' : 'A model has judged it so, and it may here.',
    `If that is wrong, a person can say so: \`signalbox answer ${key} "…"\`, or \`signalbox triage move ${key} <repo>\`.`,
  ].join('\n');
}

/** What a model would do with an item, and what happens on which answer. */
export function proposalComment(key: string, { kind, because, split }: Verdict): string {
  const what = kind === 'decline' ? 'not to take this up' : `to make ${split?.titles.length} items of this`;
  return [
    `**A model proposes ${what}:** ${quote(because, 600)}`,
    ...(split ? ['', ...split.titles.map((title, n) => `${n + 1}. ${quote(title, 200)}`)] : []),
    '',
    `Nothing is decided by that. Yes: \`signalbox triage accept ${key}\`. Answer below, and it is worked on as it is.`,
  ].join('\n');
}

/** `keys`: of the parts, in order. */
export function splitComment({ because, split }: Verdict, keys: readonly string[]): string {
  return [
    `**This is ${keys.length} items now**, because ${quote(because, 600)}:`,
    '',
    ...keys.map((key, n) => `- \`${key}\` ${quote(split?.titles[n] ?? '', 200)}`),
    '',
    'Each is worked on by itself, and tells here what comes of it. The state of this one is left to you.',
  ].join('\n');
}
