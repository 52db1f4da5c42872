import { createHash } from 'node:crypto';
import type { Blobs } from '../activities/ports.js';

/** Blobs that last as long as a test. */
export function memoryBlobs(): Blobs {
  const kept = new Map<string, Buffer>();
  return {
    async put(content, mediaType) {
      const bytes = Buffer.from(content);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      kept.set(sha256, bytes);
      return { sha256, bytes: bytes.length, mediaType };
    },
    async get({ sha256 }) {
      const bytes = kept.get(sha256);
      if (!bytes) throw new Error(`there is no blob ${sha256}`);
      return bytes;
    },
  };
}
