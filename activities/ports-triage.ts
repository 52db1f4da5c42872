import type { TriageRecord } from '../schemas/triage-record.js';

/** What became of items in triage, append-only. */
export interface TriageRecords {
  /** Equal records are one. */
  append(record: TriageRecord): Promise<void>;
  /** In no order. */
  read(): Promise<readonly TriageRecord[]>;
}
