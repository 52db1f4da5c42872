import type { CheckAction, CheckState } from '../schemas/pull-request.js';
import type { Verdict } from '../schemas/verdict.js';
import type { MissionState } from './mission-state.js';
import { quote } from './story.js';

// How the gates of a change stand, as checks. What is not known of this very tree never reads as passed.

export interface CheckView {
  readonly name: string;
  readonly state: CheckState;
  readonly title: string;
  readonly summary: string;
  readonly actions: readonly CheckAction[];
}

/** What the mission is at, as far as its checks show it. */
export interface CheckMoment {
  /** The gates are at work on this head. */
  readonly validating?: boolean;
  /** Head that the rules have looked at, and whether they found what must not be merged. */
  readonly reviewed?: { readonly head: string; readonly blockers: number };
  /** A person has to say yes to this head; undefined: that is not known yet. */
  readonly approval?: 'asked' | 'given' | 'refused' | 'not-needed';
  /** What people on the pull request hold up, one line each; undefined: nobody has looked. */
  readonly held?: readonly string[];
}

const ANSWERS: readonly CheckAction[] = [
  { id: 'approve', label: 'Approve', description: 'Merge this head' },
  { id: 'reject', label: 'Reject', description: 'Do not merge it; the work is kept' },
];

export function checksOf(state: MissionState, moment: CheckMoment): CheckView[] {
  const { gates, scenarios } = state.ground().base.blueprint;
  return [
    ...[...gates, ...scenarios].map(({ name }) => gateCheck(state, name, moment)),
    reviewCheck(state, moment),
    approvalCheck(moment),
    peopleCheck(moment),
  ];
}

function gateCheck(state: MissionState, name: string, { validating }: CheckMoment): CheckView {
  const { change, batch, head } = state.data;
  const together = batch && batch.tree === change?.tree ? batch : undefined;
  const tree = together?.validated ?? change?.tree;
  const verdict = head.find((one) => one.gate === name && one.tree === tree);
  const check = { name: `signalbox/${name}`, actions: [] };
  if (verdict && together) {
    const view = judged(verdict);
    return { ...check, ...view, summary: `Judged together with ${together.items.join(', ')}.\n${view.summary}` };
  }
  if (verdict) return { ...check, ...judged(verdict) };
  if (validating) return { ...check, state: 'running', title: 'Running', summary: 'The gate is at work on this head.' };
  return { ...check, state: 'pending', title: 'Not run yet', summary: 'The gate has not judged this head.' };
}

function judged({ outcome, reason, counts, failing, cached }: Verdict): Pick<CheckView, 'state' | 'title' | 'summary'> {
  const tests = counts ? `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped` : '';
  const summary = [
    ...(tests ? [`Tests: ${tests}.`] : []),
    ...(cached ? ['Answered from the verdict of an equal run.'] : []),
    ...(failing.length > 0 ? ['', 'Failing:', ...failing.slice(0, 20).map((test) => `- ${quote(test, 300)}`)] : []),
  ].join('\n');
  if (outcome === 'pass') return { state: 'passed', title: tests || reason, summary };
  const title = outcome === 'unknown' ? `Could not be judged: ${reason}` : reason;
  return { state: 'failed', title, summary };
}

function reviewCheck(state: MissionState, { reviewed }: CheckMoment): CheckView {
  const check = { name: 'signalbox/review', actions: [] };
  if (!reviewed || reviewed.head !== state.data.change?.head)
    return { ...check, state: 'pending', title: 'Not reviewed yet', summary: 'Nobody has looked at this head.' };
  const { findings } = state.data;
  const summary = findings
    .map(({ severity, path, message }) => `- ${severity}: ${quote(path)} ${quote(message, 300)}`)
    .join('\n');
  if (reviewed.blockers > 0)
    return { ...check, state: 'failed', title: `${reviewed.blockers} findings must be gone`, summary };
  return { ...check, state: 'passed', title: `${findings.length} findings, none of them blocks`, summary };
}

function approvalCheck({ approval }: CheckMoment): CheckView {
  const check = { name: 'signalbox/approval', summary: '', actions: [] };
  if (approval === 'asked')
    return { ...check, state: 'waiting-for-person', title: 'A person has to decide', actions: ANSWERS };
  if (approval === 'given') return { ...check, state: 'passed', title: 'Approved' };
  if (approval === 'refused') return { ...check, state: 'failed', title: 'Not approved' };
  if (approval === 'not-needed') return { ...check, state: 'passed', title: 'Nobody has to be asked' };
  return { ...check, state: 'pending', title: 'Not known yet whether somebody has to be asked' };
}

function peopleCheck({ held }: CheckMoment): CheckView {
  const check = { name: 'signalbox/people', actions: [] };
  if (!held) return { ...check, state: 'pending', title: 'Not looked at yet', summary: '' };
  if (held.length === 0) return { ...check, state: 'passed', title: 'Nobody holds it up', summary: '' };
  const summary = held.map((line) => `- ${quote(line, 300)}`).join('\n');
  return { ...check, state: 'waiting-for-person', title: held[0] ?? '', summary };
}
