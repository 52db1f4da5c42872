import { createHash } from 'node:crypto';
import type { Alert } from '../schemas/alert.js';
import type { BlobRef } from '../schemas/blob-ref.js';
import type {
  EvidenceLine,
  IncidentEvidence,
  IncidentStatus,
  IncidentsSection,
  IncidentTerms,
} from '../schemas/incident.js';
import { serviceOfAlert } from '../schemas/service-catalogue.js';
import type { Signal } from '../schemas/signal.js';
import type { Source } from '../schemas/source.js';
import { triageStart } from '../schemas/triage-start.js';
import { beating } from './host.js';
import type { Blobs } from './ports.js';
import type { Runs } from './ports-records.js';
import type { Catalogue, EvidenceSource } from './ports-triage.js';
import { oneLine } from './tool-text.js';

export interface IncidentPorts {
  readonly catalogue: Catalogue;
  readonly evidence: readonly EvidenceSource[];
  readonly blobs: Blobs;
  readonly runs: Runs;
  readonly repos: readonly { readonly name: string }[];
  readonly policy: IncidentsSection;
  /** Where it is told of; undefined: nowhere. */
  readonly told?: ((terms: IncidentTerms, alert: Alert) => Promise<IncidentTerms['told']>) | undefined;
  readonly dedupeMs: number;
  /** A model is configured, and may be asked. By default not. */
  readonly analyse?: boolean;
}

/** Of one source of evidence: what takes longer is left out, and said to be. */
const EVIDENCE_MS = 30_000;
const LINES = 40;

interface OpenItem {
  readonly incident: string;
  readonly execution: string;
  readonly source: Source;
  readonly subject: string;
  readonly alert: Alert;
  readonly severity: Alert['severity'];
  readonly terms: IncidentTerms;
  readonly evidence: readonly EvidenceLine[];
  readonly alerts: number;
}

export function createIncidentActivities(ports: IncidentPorts) {
  const { catalogue, evidence, blobs, runs, repos, policy, dedupeMs, told, analyse = false } = ports;

  async function route(alert: Alert): Promise<IncidentTerms> {
    const found = serviceOfAlert(await catalogue.read(), alert.labels);
    const terms = {
      holdMs: policy.holdSeconds * 1_000,
      askMs: policy.askHours * 3_600_000,
      missionFrom: policy.missionFrom,
      ...(analyse && { analyse: true as const }),
    };
    const known = (name: string | undefined) => repos.find((repo) => repo.name === name)?.name;
    const repo = known(found?.service.repo);
    if (found && repo) {
      return { ...terms, service: found.name, repo, owners: found.service.owners, routedBecause: found.because };
    }
    const labelled = known(alert.labels.repo ?? alert.labels.repository);
    if (labelled) return { ...terms, repo: labelled, owners: [], routedBecause: 'a label of the alert names it' };
    const only = repos.length === 1 ? repos[0]?.name : undefined;
    if (only) return { ...terms, repo: only, owners: [], routedBecause: 'it is the only repository' };
    return { ...terms, owners: [], routedBecause: 'no entry of the catalogue has these labels' };
  }

  return {
    /** Whose it is, by the service catalogue and the labels of the alert; and what the policy says about it. */
    async routeIncident({ alert }: { readonly alert: Alert }): Promise<IncidentTerms> {
      const terms = await route(alert);
      const place = await told?.(terms, alert);
      return { ...terms, ...(place && { told: place }) };
    },

    /** What every source knows; one that fails or is slow is a gap, and says so. */
    async gatherEvidence(question: {
      readonly alert: Alert;
      readonly terms: IncidentTerms;
      readonly since: string;
    }): Promise<IncidentEvidence> {
      return beating(async () => {
        const { services } = await catalogue.read();
        const service = question.terms.service === undefined ? undefined : services[question.terms.service];
        const asked = { ...question, ...(service && { service }) };
        const found = await Promise.all(evidence.map((source) => linesOf(source, asked)));
        const lines = found.flat().slice(0, LINES);
        const all = [...hypothesis(lines, question.since), ...lines];
        const text = all.map(({ kind, text: said, url }) => `- ${kind}: ${said}${url ? ` ${url}` : ''}`).join('\n');
        return { lines: all, blob: await blobs.put(`${text}\n`, 'text/markdown') };
      });
    },

    /** As an item of triage. Equal ones are one there, so a retry changes nothing. */
    async openIncidentItem(open: OpenItem): Promise<{ readonly item: string }> {
      await runs.signalWithStart(triageStart(itemSignal(open), dedupeMs));
      return { item: open.subject };
    },

    async writeIncident({
      status,
      samples,
      evidence: gathered,
    }: {
      readonly status: IncidentStatus;
      readonly samples: readonly Alert[];
      readonly evidence?: BlobRef;
    }): Promise<BlobRef> {
      const known = gathered ? (await blobs.get(gathered)).toString() : 'nothing was gathered\n';
      return blobs.put(recordOf(status, samples, known), 'text/markdown');
    },
  };
}

export type IncidentActivities = ReturnType<typeof createIncidentActivities>;

async function linesOf(
  source: EvidenceSource,
  question: Parameters<EvidenceSource['gather']>[0],
): Promise<readonly EvidenceLine[]> {
  try {
    return await source.gather(question, AbortSignal.timeout(EVIDENCE_MS));
  } catch (error) {
    const because = error instanceof Error ? error.message : 'for an unknown reason';
    return [{ kind: 'gap', text: oneLine(`${source.name} could not be asked: ${because}`, 300) }];
  }
}

/** By rules: the change that came last before it is the first to look at. A suspect, not a cause. */
function hypothesis(lines: readonly EvidenceLine[], since: string): EvidenceLine[] {
  const change = lines.find(({ kind }) => kind === 'change');
  const text = change
    ? `the last change before ${since} is the first suspect: ${change.text}`
    : 'no change is known that came shortly before';
  return [{ kind: 'hypothesis', text }];
}

/** A prompt that triage can read: what a monitor says has no other place where it could be read again. */
function itemSignal({
  incident,
  execution,
  source,
  subject,
  alert,
  severity,
  terms,
  evidence,
  alerts,
}: OpenItem): Signal {
  const id = `${incident}/${execution}/item`;
  const { name, summary, description, labels, startsAt } = alert;
  const text = [
    '## What happens',
    `${summary} (${alerts} alerts since ${startsAt})`,
    ...(description === undefined ? [] : [description]),
    ...Object.entries(labels).map(([label, value]) => `${label}=${value}`),
    '',
    '## What is known',
    ...evidence.map(({ kind, text: said }) => `- ${kind}: ${said}`),
    '',
    '## What should happen',
    `The cause of the alert ${name} is mended, and it does not fire any more.`,
    '',
    '## Acceptance',
    `- a test shows the fault that ${name} tells of, and passes`,
  ].join('\n');
  return {
    ...{
      specversion: '1.0',
      id: id.slice(0, 200),
      source,
      type: 'prompt.submitted',
      subject,
      time: new Date().toISOString(),
    },
    datacontenttype: 'application/json',
    bodyhash: createHash('sha256').update(id).digest('hex'),
    data: {
      title: `${name}: ${summary}`.slice(0, 300),
      text: text.slice(0, 40_000),
      ...(terms.repo !== undefined && { repo: terms.repo }),
      alert: { ...alert, severity },
      incident,
    },
  };
}

function recordOf(status: IncidentStatus, samples: readonly Alert[], known: string): string {
  const { id, name, stage, because, severity, alerts, faults, startedAt, repo, service, routedBecause, item } = status;
  return [
    `# ${name}`,
    '',
    `${id}, ${severity}, begun ${startedAt}, ${stage}: ${because}`,
    `${alerts} alerts about ${faults} faults${service ? ` of service ${service}` : ''}.`,
    `Repository: ${repo ?? 'unknown'} (${routedBecause ?? 'not looked for'}).`,
    ...(item === undefined ? [] : [`Work item: ${item}.`]),
    '',
    '## Timeline',
    ...status.timeline.map(({ at, what }) => `- ${at} ${what}`),
    '',
    '## What is known',
    known,
    '## Alerts',
    ...samples.flatMap((alert) => ['```json', JSON.stringify(alert, null, 2), '```']),
    '',
  ].join('\n');
}
