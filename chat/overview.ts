import type { MissionStatus } from '../workflows/messages.js';
import type { TriageStatus } from '../workflows/messages-triage.js';
import { actions, type Block, button, type ChatMessage, context, message, section } from './blocks.js';
import { moment } from './mission.js';
import { code, escaped } from './mrkdwn.js';

// Answers to commands: only whoever asked sees them.

export const COMMANDS = [
  ['run [in <repo>:] <what is wrong and what should be>', 'asks for a mission; without a text in a form'],
  ['triage [item]', 'what triage waits for, or how it stands with one item'],
  ['triage split|merge|move <item> [into]', 'puts right where triage has put an item'],
  ['triage accept <item>', 'yes to what a model proposes for an item'],
  ['status [item]', 'what runs here, or one mission'],
  ['mine', 'what you asked for, and what waits for you'],
  ['approve [item]', 'what is to be decided, with its buttons'],
  ['steer <item> [text]', 'guidance for the next plan or step'],
  ['pause <item>', 'what runs now is finished, nothing new begins'],
  ['resume <item>', 'goes on'],
  ['cancel <item> [reason]', 'ends it; the work is kept'],
  ['incident [in <repo>:] <what is broken>', 'goes before everything else'],
  ['incident ls', 'what is broken now'],
  ['incident show|open|close <incident> [reason]', 'how one stands, have it worked on, or leave it'],
  ['help', 'this'],
] as const;

export function helpMessage(): ChatMessage {
  const lines = COMMANDS.map(([usage, what]) => `${code(`/signalbox ${usage}`)} ${what}`);
  return message('What /signalbox can do', [
    section(lines.join('\n')),
    context(
      'A message becomes a mission by its menu ("Make this a mission"), a mention, or the emoji of this channel.',
    ),
  ]);
}

/** Something is wrong, and what to do about it. */
export function refusalMessage(problem: string, remedy: string): ChatMessage {
  const text = remedy === '' ? problem : `${problem} ${remedy}`;
  return message(escaped(text, 2_000), [section(`:warning: ${escaped(text, 2_000)}`)]);
}

export function saidMessage(text: string): ChatMessage {
  return message(text, [section(text)]);
}

export function missionsMessage(missions: readonly MissionStatus[], none: string): ChatMessage {
  if (missions.length === 0) return saidMessage(escaped(none));
  return message(`${missions.length} missions`, missions.map(missionRow));
}

function missionRow({ item, title, stage, since, paused, waitingOn, outcome }: MissionStatus): Block {
  const state = outcome ? outcome.result : `${stage}${paused ? ' (paused)' : ''}`;
  const waits = waitingOn && !outcome ? `\n:hourglass: ${escaped(waitingOn.who)}: ${escaped(waitingOn.what, 200)}` : '';
  return section(`${code(item)} ${escaped(title, 150)}\n*${escaped(state)}* since ${moment(since)}${waits}`);
}

export function triageMessage(triage: TriageStatus): ChatMessage {
  const { dedupeKey, stage, because, missing, folded, item } = triage;
  const key = dedupeKey.slice(dedupeKey.indexOf('/') + 1);
  return message(`Triage of ${escaped(key)}: ${stage}`, [
    section(`*Triage of ${code(key)}: ${stage}*\n${escaped(because, 1_000)}`),
    ...(missing.length > 0 ? [section(missing.map((one) => `• ${escaped(one, 500)}`).join('\n'))] : []),
    context(
      `from ${escaped(dedupeKey.slice(0, dedupeKey.indexOf('/')))}`,
      ...(item === undefined ? [] : [`mission ${code(item)}`]),
      `${folded} deliveries folded`,
    ),
    ...(triage.proposal ? [context(`Yes: ${code(`/signalbox triage accept ${key}`)}. An answer makes it work.`)] : []),
    ...(stage === 'asking' ? [actions(button('Answer', 'triage_answer', { value: dedupeKey, style: 'primary' }))] : []),
  ]);
}

export function triagesMessage(triages: readonly TriageStatus[]): ChatMessage {
  const asking = triages.filter(({ stage }) => stage === 'asking');
  if (asking.length === 0) return saidMessage('Nothing waits for an answer: every item was clear enough.');
  return message(
    `${asking.length} items are not clear enough`,
    asking.flatMap((triage) => triageMessage(triage).blocks),
  );
}

/** The first message of what a command asked for: its thread is the mission's. */
export function requestMessage(request: {
  readonly text: string;
  readonly repo: string | undefined;
  readonly user: string;
}): ChatMessage {
  const { text, repo, user } = request;
  const where = repo === undefined ? '' : ` in ${code(repo)}`;
  return message(escaped(text, 2_900), [
    section(`<@${user}> asks for a mission${where}:\n>>> ${escaped(text, 2_000)}`),
    context('It is read and planned now; what is missing is asked below.'),
  ]);
}
