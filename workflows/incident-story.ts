import type { IncidentStatus } from '../schemas/incident.js';
import { quote } from './story.js';

// What people read of an incident. Everything from the monitor is quoted.

export function incidentDetails(status: IncidentStatus): string {
  const { name, stage, because, since, alerts, faults, firing, severity, service, repo, routedBecause, evidence } =
    status;
  return [
    `### ${quote(name)}: ${severity}`,
    '',
    `**${stage}** since ${since}: ${quote(because, 400)}`,
    '',
    `${alerts} alerts about ${faults} faults, of which ${firing} fire now.`,
    ...(repo === undefined
      ? []
      : [
          `${service ? `Service ${quote(service)}, r` : 'R'}epository ${quote(repo)}: ${quote(routedBecause ?? '', 300)}.`,
        ]),
    ...(evidence.length > 0 ? ['', 'What is known:', ...evidence.map(evidenceLine)] : []),
    '',
    ...status.timeline.slice(-20).map(({ at, what }) => `- ${at} ${quote(what, 300)}`),
  ].join('\n');
}

export type IncidentPart = 'question' | 'analysis' | 'end';

export function incidentComment(status: IncidentStatus, part: IncidentPart): string {
  const head =
    part === 'question'
      ? [
          '**A person has to decide: shall this be worked on?**',
          '',
          `Answer with \`signalbox incident open ${status.id}\` or \`signalbox incident close ${status.id}\`. Without an answer nothing is begun.`,
        ]
      : part === 'analysis'
        ? ['**What may have caused it,** for whoever looks: a model has read what was gathered, and decides nothing.']
        : [`**Incident ${status.stage}.** ${quote(status.because, 500)}`];
  const record = status.record ? ['', `Record: \`sha256:${status.record.sha256}\`.`] : [];
  return [...head, '', incidentDetails(status), ...record].join('\n');
}

function evidenceLine({ kind, text, url }: IncidentStatus['evidence'][number]): string {
  const link = url && /^https?:\/\/[^\s()<>]+$/.test(url) ? ` ${url}` : '';
  return `- ${kind}: ${quote(text, 300)}${link}`;
}
