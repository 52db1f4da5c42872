import { createHash } from 'node:crypto';

export const MANIFEST = 'manifest.json';
/** In the format of `sha256sum`. */
export const CHECKSUM = 'manifest.json.sha256';

export function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
