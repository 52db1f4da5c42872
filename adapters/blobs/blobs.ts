import { createHash } from 'node:crypto';
import type { BlobStore } from '../../activities/ports.js';
import { type Place, storeAt } from '../storage/object-store.js';

/** Blobs under names made of their content, so that an equal one is stored once and a damaged one is noticed. */
export function createBlobs(place: Place): BlobStore {
  const store = storeAt(place);
  const keyOf = (sha256: string) => `${sha256.slice(0, 2)}/${sha256}`;
  return {
    async put(content, mediaType) {
      const bytes = Buffer.from(content);
      const sha256 = digest(bytes);
      const key = keyOf(sha256);
      if ((await store.size(key)) !== bytes.length) await store.put(key, bytes);
      return { sha256, bytes: bytes.length, mediaType };
    },
    has: async (sha256) => (await store.size(keyOf(sha256))) !== undefined,
    async get({ sha256 }) {
      const bytes = await store.get(keyOf(sha256));
      if (!bytes) throw new Error(`blob ${sha256} is missing: it was stored by another installation, or removed`);
      if (digest(bytes) !== sha256) {
        throw new Error(`blob ${sha256} is damaged: its bytes don't match its address; restore it from a backup`);
      }
      return bytes;
    },
  };
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
