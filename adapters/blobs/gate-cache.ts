import type { GateCache } from '../../activities/ports.js';
import { Verdict } from '../../schemas/verdict.js';
import { type Place, storeAt } from '../storage/object-store.js';

/** Verdicts under what decided them. An entry that can't be read counts as absent: the gate runs again. */
export function createGateCache(place: Place): GateCache {
  const store = storeAt(place);
  const keyOf = (key: string) => `${key.slice(0, 2)}/${key}.json`;
  return {
    async get(key) {
      try {
        const bytes = await store.get(keyOf(key));
        return bytes && Verdict.parse(JSON.parse(bytes.toString()));
      } catch {
        return undefined;
      }
    },
    put: (key, verdict) => store.put(keyOf(key), Buffer.from(JSON.stringify(verdict))),
  };
}
