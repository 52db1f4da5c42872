import type { Alert } from '../schemas/alert.js';
import type { EvidenceLine, IncidentTerms } from '../schemas/incident.js';
import type { Service, ServiceCatalogue } from '../schemas/service-catalogue.js';
import type { Source } from '../schemas/source.js';
import type { TriageRecord } from '../schemas/triage-record.js';

/** What people have corrected in triage, append-only. */
export interface TriageRecords {
  /** Equal records are one. */
  append(record: TriageRecord): Promise<void>;
  /** In no order. */
  read(): Promise<readonly TriageRecord[]>;
}

/** Figures of triage, by source. Never fails and never waits. */
export interface TriageMeter {
  triageDecided(decided: { readonly source: Source; readonly waitedMs: number; readonly decision: string }): void;
  /** An item about which nobody had decided after 24 hours. */
  triageLate(source: Source): void;
}

/** The service catalogue as its file says now. */
export interface Catalogue {
  /** Empty where none is configured. Throws `RefusedInput` when it can't be used. */
  read(): Promise<ServiceCatalogue>;
}

export interface EvidenceQuestion {
  readonly alert: Alert;
  readonly terms: IncidentTerms;
  /** Where the catalogue knows it. */
  readonly service?: Service;
  /** When the incident began, ISO 8601. */
  readonly since: string;
}

/** What a change changed, as a unified diff; `hash` as evidence names it. */
export type PatchOf = (repo: string, hash: string, signal: AbortSignal) => Promise<string>;

/** One kind of what may tell what happened. */
export interface EvidenceSource {
  readonly name: string;
  gather(question: EvidenceQuestion, signal: AbortSignal): Promise<readonly EvidenceLine[]>;
}
