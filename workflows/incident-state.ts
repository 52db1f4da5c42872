import type { Alert } from '../schemas/alert.js';
import type { BlobRef } from '../schemas/blob-ref.js';
import type { EvidenceLine, IncidentStage, IncidentStatus, IncidentTerms } from '../schemas/incident.js';
import type { Signal } from '../schemas/signal.js';
import type { Order } from './messages.js';

/** Faults of the monitor that are told apart; of further ones it is only counted how many notifications came. */
const FAULTS = 200;
/** Deliveries remembered: monitors repeat within minutes. */
const REMEMBERED = 500;
const TIMELINE = 100;
const SAMPLES = 3;

const SEVERITIES: readonly Alert['severity'][] = ['low', 'normal', 'high', 'urgent'];

export interface IncidentData {
  readonly startedAt: string;
  /** By fingerprint; 1 while it fires. */
  faults: Record<string, 0 | 1>;
  /** Notifications about faults beyond those. */
  beyond: number;
  alerts: number;
  seen: string[];
  samples: Alert[];
  severity: Alert['severity'];
  stage: IncidentStage;
  because: string;
  since: string;
  timeline: { readonly at: string; readonly what: string }[];
  terms?: IncidentTerms;
  evidence?: readonly EvidenceLine[];
  evidenceBlob?: BlobRef;
  item?: string;
  /** What became of the work: of its triage. */
  work?: { readonly stage: string; readonly because: string };
  asked?: true;
  decision?: Order & { readonly open: boolean };
  record?: BlobRef;
}

/** One incident, however many alerts tell of it. The workflow file wires and waits. */
export class IncidentState {
  readonly data: IncidentData;
  readonly #id: string;

  constructor(id: string, data?: IncidentData) {
    this.#id = id;
    const now = new Date().toISOString();
    this.data = data ?? {
      ...{ startedAt: now, faults: {}, beyond: 0, alerts: 0, seen: [], samples: [], severity: 'low' },
      ...{ stage: 'holding', because: 'it has just begun', since: now, timeline: [] },
    };
  }

  receive(signals: readonly Signal[]): void {
    const { data } = this;
    for (const { id, data: said } of signals) {
      const { alert } = said;
      if (!alert || data.seen.includes(id)) continue;
      data.seen.push(id);
      data.alerts += 1 + (alert.truncated ?? 0);
      this.#count(alert);
    }
    data.seen.splice(0, data.seen.length - REMEMBERED);
  }

  #count(alert: Alert): void {
    const { data } = this;
    const { fingerprint, status, severity, name } = alert;
    const known = data.faults[fingerprint];
    if (known === undefined && Object.keys(data.faults).length >= FAULTS) {
      data.beyond++;
      return;
    }
    data.faults[fingerprint] = status === 'firing' ? 1 : 0;
    if (known === undefined && data.samples.length < SAMPLES) data.samples.push(alert);
    if (SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(data.severity)) {
      data.severity = severity;
      this.note(`${name}: ${severity}`);
    } else if (known === undefined && data.samples.length < SAMPLES) this.note(`${name} fires`);
    if (!this.isFiring()) this.note('every alert is resolved');
    else if (known === 0 && status === 'firing') this.note(`${name} fires again`);
  }

  isFiring(): boolean {
    return Object.values(this.data.faults).some((firing) => firing === 1);
  }

  isUrgent(): boolean {
    return this.data.severity === 'urgent';
  }

  /** Whether the policy lets a mission begin by itself. */
  mayOpen(): boolean {
    const { terms, severity } = this.data;
    if (!terms?.repo || terms.missionFrom === 'never') return false;
    return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(terms.missionFrom);
  }

  enter(stage: IncidentStage, because: string): void {
    Object.assign(this.data, { stage, because, since: new Date().toISOString() });
    this.note(because);
  }

  note(what: string): void {
    const { timeline } = this.data;
    timeline.push({ at: new Date().toISOString(), what: what.slice(0, 300) });
    // The beginning tells most, and the end.
    if (timeline.length > TIMELINE) timeline.splice(10, timeline.length - TIMELINE);
  }

  /** The one that tells of it best: the first of the worst. */
  alert(): Alert | undefined {
    const { samples, severity } = this.data;
    return samples.find((one) => one.severity === severity) ?? samples[0];
  }

  status(): IncidentStatus {
    const { data } = this;
    const { stage, because, since, startedAt, severity, alerts, terms, evidence, item, timeline, record } = data;
    const faults = Object.values(data.faults);
    return {
      id: this.#id,
      name: this.alert()?.name ?? 'alert',
      ...{ stage, because, since, startedAt, severity, alerts, timeline },
      faults: faults.length,
      firing: faults.filter((firing) => firing === 1).length,
      evidence: evidence ?? [],
      ...(terms && { routedBecause: terms.routedBecause }),
      ...(terms?.service !== undefined && { service: terms.service }),
      ...(terms?.repo !== undefined && { repo: terms.repo }),
      ...(item !== undefined && { item }),
      ...(record && { record }),
    };
  }
}
