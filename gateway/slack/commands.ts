import type { App } from '@slack/bolt';
import { approvalMessage } from '../../chat/approval.js';
import type { ChatMessage } from '../../chat/blocks.js';
import { mineMessage } from '../../chat/mine.js';
import { missionMessage } from '../../chat/mission.js';
import { runModal, steerModal } from '../../chat/modals.js';
import { code } from '../../chat/mrkdwn.js';
import {
  helpMessage,
  missionsMessage,
  refusalMessage,
  saidMessage,
  triageMessage,
  triagesMessage,
} from '../../chat/overview.js';
import { type Answering, answerCommand } from './answer.js';
import type { Counter } from './counter.js';
import { incidents } from './incidents.js';
import { type Command, parseCommand } from './parse-command.js';
import { checkRepo, type Place } from './permission.js';

// `/signalbox …`.

interface Given extends Place {
  /** Unique for this press of the enter key. */
  readonly trigger: string;
  readonly openModal: (view: object) => Promise<unknown>;
}

export function listenToCommands(app: App, counter: Counter): void {
  app.command('/signalbox', async ({ command, ack, respond, context, client }) => {
    const { channel_id: channel, user_id: user, trigger_id: trigger, text } = command;
    const openModal = (view: object) => client.views.open({ trigger_id: trigger, view: view as never });
    const answering: Answering = { ack: (message) => ack(message), respond, context, log: counter.log };
    await answerCommand(answering, () => answerTo(counter, parseCommand(text), { channel, user, trigger, openModal }));
  });
}

async function answerTo(counter: Counter, command: Command, given: Given): Promise<ChatMessage | undefined> {
  const { permissions } = counter;
  switch (command.verb) {
    case 'help':
      await permissions.look(given);
      return helpMessage();
    case 'unknown':
      await permissions.look(given);
      return refusalMessage(command.problem, 'See /signalbox help.');
    case 'run':
    case 'incident':
      return ask(counter, command, given);
    case 'incidents':
    case 'show-incident':
    case 'decide-incident':
      return incidents(counter, command, given);
    case 'triage':
      return triage(counter, command.item, given);
    case 'correct':
      return correct(counter, command, given);
    case 'status':
      return status(counter, command.item, given);
    case 'mine':
      return mine(counter, given);
    case 'approve':
      return approve(counter, command.item, given);
    default:
      return order(counter, command, given);
  }
}

async function ask(
  counter: Counter,
  { verb, repo, text }: Command & { readonly verb: 'run' | 'incident' },
  given: Given,
): Promise<ChatMessage | undefined> {
  const { channel } = await counter.permissions.order(given);
  if (repo !== undefined) checkRepo(channel, repo);
  if (text.trim() === '') {
    if (verb === 'incident')
      return refusalMessage(
        'What is broken?',
        'For example: /signalbox incident quotes fail with 500. What is open shows /signalbox incident ls.',
      );
    await given.openModal(runModal(given.channel));
    return undefined;
  }
  if (verb === 'run') {
    await counter.ask({ ...given, text, ...(repo !== undefined && { repo }) });
    return saidMessage('It is on its way: the thread below is its own.');
  }
  const item = await counter.incident({ ...given, text, ...(repo !== undefined && { repo }) });
  return saidMessage(`The incident is open: ${code(item)}. It goes before everything else.`);
}

async function status(counter: Counter, item: string | undefined, given: Given): Promise<ChatMessage> {
  const { channel } = await counter.permissions.look(given);
  if (item === undefined) {
    const all = await counter.desk.missions();
    const here = all.filter(({ repo }) => channel.repos.length === 0 || channel.repos.includes(repo));
    return missionsMessage(here, 'Nothing runs here. /signalbox run asks for something.');
  }
  const found = await counter.mission(item, channel);
  const requester = found.source?.kind === 'slack' ? found.requester?.id : undefined;
  return missionMessage({ status: found, url: found.source?.url, requester });
}

async function triage(counter: Counter, item: string | undefined, given: Given): Promise<ChatMessage> {
  await counter.permissions.look(given);
  if (item === undefined) return triagesMessage(await counter.desk.triages());
  const found = await counter.desk.triage(item);
  return found ? triageMessage(found) : refusalMessage(`There is no triage of ${item}.`, 'See /signalbox triage.');
}

async function correct(
  counter: Counter,
  { item, to }: Command & { readonly verb: 'correct' },
  given: Given,
): Promise<ChatMessage> {
  const { channel, person } = await counter.permissions.order(given);
  if (to.kind === 'move') checkRepo(channel, to.repo);
  const found = await counter.desk.triage(item);
  if (!found) return refusalMessage(`There is no triage of ${item}.`, 'See /signalbox triage.');
  const [by, id] = [counter.by(given.user, person), counter.idOf(given.trigger)];
  await counter.desk.correct({ dedupeKey: found.dedupeKey, to, by, text: '', id });
  return saidMessage(`${code(item)} is put right: ${to.kind}. It is counted, and triage learns from it.`);
}

/** What somebody asked for, and what waits for them: whether it does say the workers, who know roles and rotations. */
async function mine(counter: Counter, given: Given): Promise<ChatMessage> {
  const { person } = await counter.permissions.order(given);
  const ids = new Set(Object.values(person.ids).flat());
  const [missions, waiting] = await Promise.all([counter.desk.missions(), counter.desk.waitsFor(person.key)]);
  const own = missions.filter(({ requester }) => requester !== undefined && ids.has(requester.id));
  return mineMessage(missionsMessage(own, 'Nothing runs that you asked for.'), waiting);
}

/** Shows it: what is decided is what was seen. */
async function approve(counter: Counter, item: string | undefined, given: Given): Promise<ChatMessage> {
  const { channel } = await counter.permissions.order(given);
  const open = await counter.desk.questions();
  if (item === undefined) {
    const list = open.map((id) => code(`/signalbox approve ${id}`)).join('\n');
    return saidMessage(open.length === 0 ? 'Nothing waits for a decision.' : `What is to be decided:\n${list}`);
  }
  const id = open.find((one) => one === item || one.slice(0, one.lastIndexOf('/')) === item);
  const asked = id === undefined ? undefined : await counter.approver.look(id);
  if (!asked) return refusalMessage(`Nothing of ${item} waits for a decision.`, 'See /signalbox approve.');
  await counter.mission(asked.question.item, channel);
  const { question, state, given: yes = [], talk = [], by, reason = '' } = asked;
  const names = yes.map(({ name }) => name);
  return approvalMessage({
    question,
    state,
    given: names,
    talk,
    reason,
    ...(by?.name !== undefined && { by: by.name }),
  });
}

async function order(
  counter: Counter,
  { verb, item, text }: Command & { readonly verb: 'steer' | 'pause' | 'resume' | 'cancel' },
  given: Given,
): Promise<ChatMessage | undefined> {
  const { channel, person } = await counter.permissions.order(given);
  await counter.mission(item, channel);
  if (verb === 'steer' && text === '') {
    await given.openModal(steerModal(item, given.channel));
    return undefined;
  }
  await counter.desk.order({
    kind: verb,
    item,
    text,
    by: counter.by(given.user, person),
    id: counter.idOf(given.trigger),
  });
  return saidMessage(`${code(item)} ${DONE[verb]}.`);
}

const DONE = {
  steer: 'has heard it: the next plan or step takes it in',
  pause: 'is paused: what runs now is finished, nothing new begins',
  resume: 'goes on',
  cancel: 'is cancelled: nothing of it goes on',
} as const;
