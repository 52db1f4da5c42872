import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A directory that is removed however this process ends, on Ctrl-C too. */
export function scratchDirectory(parent: string, prefix: string): string {
  const directory = mkdtempSync(join(parent, prefix));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  return directory;
}
