import type { ChatMessage } from '../../chat/blocks.js';
import { incidentMessage, incidentsMessage } from '../../chat/incident.js';
import { escaped } from '../../chat/mrkdwn.js';
import { refusalMessage, saidMessage } from '../../chat/overview.js';
import type { IncidentStatus } from '../../schemas/incident.js';
import { incidentBinding } from '../../schemas/incident-question.js';
import type { SlackChannel } from '../../schemas/slack-settings.js';
import type { Counter } from './counter.js';
import type { Command } from './parse-command.js';
import { checkRepo, type Place } from './permission.js';

// `/signalbox incident ls | show | open | close`.

type IncidentCommand = Command & { readonly verb: 'incidents' | 'show-incident' | 'decide-incident' };

/** Unique for this press of the enter key. */
type Given = Place & { readonly trigger: string };

export async function incidents(counter: Counter, command: IncidentCommand, place: Given): Promise<ChatMessage> {
  if (command.verb === 'incidents') {
    const { channel } = await counter.permissions.look(place);
    const all = await counter.desk.incidents();
    return incidentsMessage(all.filter(({ repo }) => isSeenIn(channel, repo)));
  }
  const mayDecide = command.verb === 'decide-incident';
  const { channel } = mayDecide ? await counter.permissions.order(place) : await counter.permissions.look(place);
  const status = await counter.desk.incident(command.id);
  if (!status) return refusalMessage(`There is no incident ${command.id}.`, 'See /signalbox incident ls.');
  if (status.repo !== undefined) checkRepo(channel, status.repo);
  return command.verb === 'show-incident' ? shown(status) : decide(counter, { command, status, place });
}

/** What belongs to no repo yet concerns everybody. */
function isSeenIn({ repos }: SlackChannel, repo: string | undefined): boolean {
  return repo === undefined || repos.length === 0 || repos.includes(repo);
}

function shown(status: IncidentStatus): ChatMessage {
  return incidentMessage({ status, onCall: [], who: 'whoever the configuration names' });
}

interface Deciding {
  readonly command: IncidentCommand & { readonly verb: 'decide-incident' };
  readonly status: IncidentStatus;
  readonly place: Given;
}

/** As by its buttons: about the question as it is now. */
async function decide(counter: Counter, { command, status, place }: Deciding): Promise<ChatMessage> {
  const draft = {
    ...incidentBinding(status),
    ...{ decision: command.open ? ('approve' as const) : ('reject' as const), reason: command.text },
    ...{ via: 'slack' as const, actor: { source: 'slack' as const, id: place.user } },
  };
  const { taken, said } = await counter.approver.answer(draft, place.trigger);
  return taken ? saidMessage(`:white_check_mark: ${escaped(said)}`) : refusalMessage(`It does not count: ${said}.`, '');
}
