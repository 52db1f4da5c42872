import { createHash } from 'node:crypto';
import type { EffectLedger } from '../../activities/ports-effects.js';
import { EffectEntry } from '../../schemas/effect.js';
import { type ObjectStore, type Place, storeAt } from '../storage/object-store.js';

/**
 * One object per entry, below the hash of its effect's key; none is ever changed. It lasts when `append` returns. One
 * that can't be read is an error and not an absent one: the effect might be made for a second time.
 */
export function createEffectLedger(place: Place): EffectLedger {
  const store = storeAt(place);
  return {
    async read(key) {
      const names = await store.list(folderOf(key));
      const entries = await Promise.all(names.map((name) => entryAt(store, name)));
      return entries.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
    },
    async append(entry) {
      const name = `${folderOf(entry.key)}${nameOf(entry)}.json`;
      const added = await store.create(name, Buffer.from(JSON.stringify(EffectEntry.parse(entry))));
      if (!added) throw new Error(`the ledger of effects has another entry already: ${store.location(name)}`);
    },
  };
}

function folderOf(key: string): string {
  const hash = digest(key);
  return `${hash.slice(0, 2)}/${hash}/`;
}

/** An attempt says each thing once. */
function nameOf({ by, scheduledAt, attempt, step }: EffectEntry): string {
  return `${scheduledAt}-${digest(by).slice(0, 16)}-${attempt}-${step}`;
}

async function entryAt(store: ObjectStore, name: string): Promise<EffectEntry> {
  try {
    return EffectEntry.parse(JSON.parse((await store.get(name))?.toString() ?? ''));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const where = store.location(name);
    throw new Error(`an entry of the ledger of effects can't be read (${why}); restore ${where} from a backup`);
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
