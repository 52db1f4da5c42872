import type { EvidenceLine, IncidentStatus } from '../schemas/incident.js';
import { incidentBinding } from '../schemas/incident-question.js';
import type { Person } from '../schemas/people.js';
import { actions, type Block, button, type ChatMessage, context, header, message, section } from './blocks.js';
import { moment } from './mission.js';
import { code, escaped, link } from './mrkdwn.js';

// An incident as one message, which is edited while it goes on: counts, evidence, state, and the buttons of its question.

export const INCIDENT_ANSWERS = { approve: 'incident_open', reject: 'incident_close' } as const;

const MARKS = {
  low: ':white_circle:',
  normal: ':large_yellow_circle:',
  high: ':red_circle:',
  urgent: ':fire:',
} as const;
const EVIDENCE = 12;
const TIMELINE = 8;
/** Below the 3,000 characters of a section. */
const LINE = 200;

export interface IncidentCard {
  readonly status: IncidentStatus;
  /** Whoever is on call for it now. */
  readonly onCall: readonly Pick<Person, 'name' | 'ids'>[];
  /** Why nobody could be found on call. */
  readonly nobody?: string | undefined;
  /** Whoever may answer its question, in words. */
  readonly who: string;
}

export function incidentMessage({ status, onCall, nobody, who }: IncidentCard): ChatMessage {
  const { name, severity, stage, because, since, alerts, faults, firing, startedAt } = status;
  const lookedAfter =
    nobody === undefined ? onCall.map((one) => escaped(one.name, 80)).join(', ') : escaped(nobody, 300);
  return message(`${escaped(name, 200)}: ${severity}, ${stage}, ${alerts} alerts`, [
    header(name),
    section(
      [
        `${MARKS[severity]} *${severity}* · *${stage}* since ${moment(since)}: ${escaped(because, 600)}`,
        `${alerts} alerts about ${faults} faults, of which ${firing} fire now; it began ${moment(startedAt)}`,
        ...place(status),
        ...(lookedAfter === '' ? [] : [`on call: ${lookedAfter}`]),
      ].join('\n'),
    ),
    ...evidence(status.evidence),
    ...(stage === 'asking' ? question(status, who) : []),
    context(...timeline(status)),
  ]);
}

function place({ service, repo, routedBecause = '', item }: IncidentStatus): readonly string[] {
  const where = [
    ...(service === undefined ? [] : [`service ${code(service)}`]),
    ...(repo === undefined ? ['no repository is known for it'] : [`repository ${code(repo)}`]),
    ...(item === undefined ? [] : [`work item ${code(item)}`]),
  ];
  return [`${where.join(' · ')}${routedBecause === '' ? '' : ` (${escaped(routedBecause, 300)})`}`];
}

function evidence(lines: readonly EvidenceLine[]): readonly Block[] {
  if (lines.length === 0) return [];
  const shown = lines.slice(0, EVIDENCE).map(({ kind, text, url }) => {
    const more = url !== undefined && /^https?:\/\//.test(url) ? ` ${link(url, 'look')}` : '';
    return `• _${kind}_ ${escaped(text, LINE)}${more}`;
  });
  const left = lines.length - shown.length;
  return [section(['*What is known*', ...shown, ...(left > 0 ? [`… and ${left} more`] : [])].join('\n'))];
}

/** The buttons carry exactly what is asked: an answer to anything else counts for nothing. */
function question(status: IncidentStatus, who: string): readonly Block[] {
  const value = JSON.stringify(incidentBinding(status));
  const open = button('Have it worked on', INCIDENT_ANSWERS.approve, { value, style: 'primary' });
  return [
    section('*Shall this be worked on?*'),
    actions(...(status.repo === undefined ? [] : [open]), button('Leave it', INCIDENT_ANSWERS.reject, { value })),
    context(`May answer: ${escaped(who)}`, 'Without an answer nothing is begun'),
  ];
}

function timeline({ timeline: all, id }: IncidentStatus): readonly string[] {
  const lines = all.slice(-TIMELINE).map(({ at, what }) => `${moment(at)} ${escaped(what, LINE)}`);
  return [lines.join('\n') || 'nothing has happened yet', code(id.replace(/^incident\//, ''))];
}

/** For those who have to look: an edit makes no sound. */
export function incidentNotice({ status, onCall, nobody, who }: IncidentCard): ChatMessage {
  const to = onCall.length > 0 ? `${mentions(onCall)} ` : '';
  const note = nobody === undefined ? '' : ` (nobody is found on call: ${escaped(nobody, 300)})`;
  const text = `:bell: ${to}shall ${escaped(status.name, 200)} be worked on? It may be answered above by ${escaped(who)}.${note}`;
  return message(text, [section(text)]);
}

export function incidentEndMessage({ status }: Pick<IncidentCard, 'status'>): ChatMessage {
  const { name, stage, because, record } = status;
  const text = `*${escaped(name, 200)}* is ${stage}: ${escaped(because, 1_000)}`;
  const proof = record ? [context(`Record ${code(`sha256:${record.sha256.slice(0, 16)}`)}`)] : [];
  return message(text, [section(text), ...proof]);
}

/** Those that are open, for whoever asks. */
export function incidentsMessage(all: readonly IncidentStatus[]): ChatMessage {
  if (all.length === 0) return message('No incident is open.', [section('No incident is open.')]);
  return message(`${all.length} incidents`, all.map(incidentRow));
}

export function incidentRow({ id, name, severity, stage, alerts, firing }: IncidentStatus): Block {
  const bare = id.replace(/^incident\//, '');
  return section(
    `${MARKS[severity]} ${code(bare)} *${escaped(name, 150)}*: ${stage}, ${alerts} alerts, ${firing} fire now\n${code(`/signalbox incident show ${bare}`)}`,
  );
}

function mentions(people: IncidentCard['onCall']): string {
  return people
    .map(({ name, ids }) => {
      const id = ids.slack?.find((one) => /^[UW][A-Z0-9]+$/.test(one));
      return id === undefined ? escaped(name, 80) : `<@${id}>`;
    })
    .join(' ');
}
