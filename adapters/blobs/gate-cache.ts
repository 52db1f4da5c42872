import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { GateCache } from '../../activities/ports.js';
import { Verdict } from '../../schemas/verdict.js';

/** Verdicts in files named by what decided them. An entry that can't be read counts as absent: the gate runs again. */
export function createGateCache(directory: string): GateCache {
  const fileOf = (key: string) => join(directory, key.slice(0, 2), `${key}.json`);
  return {
    async get(key) {
      try {
        return Verdict.parse(JSON.parse(await readFile(fileOf(key), 'utf8')));
      } catch {
        return undefined;
      }
    },
    async put(key, verdict) {
      const file = fileOf(key);
      const partial = `${file}.${process.pid}.partial`;
      await mkdir(dirname(file), { recursive: true });
      await writeFile(partial, JSON.stringify(verdict));
      await rename(partial, file);
    },
  };
}
