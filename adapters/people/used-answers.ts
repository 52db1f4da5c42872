import type { UsedAnswers } from '../../activities/ports-people.js';
import { type Place, storeAt } from '../storage/object-store.js';

/** One object per record, never changed: also the list of everything that people decided. */
export function createUsedAnswers(place: Place): UsedAnswers {
  const store = storeAt(place);
  return {
    use: (record, by) => store.create(`${record.nonce}.json`, Buffer.from(JSON.stringify({ by, record }))),
  };
}
