import { createHash } from 'node:crypto';
import type { TriageRecords } from '../../activities/ports-triage.js';
import { TriageRecord } from '../../schemas/triage-record.js';
import { Entries } from '../storage/entries.js';
import { type Place, storeAt } from '../storage/object-store.js';

/** One object per record, named by its content: what is told twice is there once. */
export function createTriageRecords(place: Place): TriageRecords {
  const entries = new Entries(storeAt(place));
  return {
    async append(record) {
      const text = JSON.stringify(TriageRecord.parse(record));
      await entries.add(`${createHash('sha256').update(text).digest('hex')}.json`, text);
    },
    async read() {
      return [...(await entries.read('')).values()].flatMap(recordOf);
    },
  };
}

/** Nothing when it is damaged: an example less. */
function recordOf(text: string): TriageRecord[] {
  try {
    return [TriageRecord.parse(JSON.parse(text))];
  } catch {
    return [];
  }
}
