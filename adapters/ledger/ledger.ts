import { createHash } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ledger } from '../../activities/ports-records.js';
import { LedgerEntry } from '../../schemas/ledger.js';
import { Entries } from '../storage/entries.js';
import { keyPart, type ObjectStore, type Place } from '../storage/object-store.js';

export function createLedger(place: Place): Ledger {
  return typeof place === 'string' ? createLedgerInFiles(place) : createSharedLedger(place);
}

/**
 * One file of JSON lines per repo, only ever appended to. Each entry is one write at the end of the file, so processes
 * need no lock; what was told twice is left out when it is read.
 */
function createLedgerInFiles(directory: string): Ledger {
  const fileOf = (repo: string) => join(directory, `${encodeURIComponent(repo)}.jsonl`);
  return {
    async append(entry) {
      await mkdir(directory, { recursive: true });
      const file = await open(fileOf(entry.repo), 'a', 0o600);
      try {
        // It brings its own beginning of a line: a line that a crash cut short spoils itself and nothing after it.
        const bytes = Buffer.from(`\n${JSON.stringify(LedgerEntry.parse(entry))}\n`);
        const { bytesWritten } = await file.write(bytes);
        if (bytesWritten < bytes.length) throw new Error(`the disk of ${directory} took a part of an entry only`);
        await file.sync();
      } finally {
        await file.close();
      }
    },
    async read(repo) {
      const lines = (await textOf(fileOf(repo))).split('\n');
      const entries = new Map<string, LedgerEntry>();
      for (const entry of lines.flatMap(entryOf)) if (!entries.has(entry.key)) entries.set(entry.key, entry);
      return [...entries.values()];
    },
  };
}

/** One object per entry, named by its key: the first that was told stays, whoever else tells it at the same time. */
function createSharedLedger(store: ObjectStore): Ledger {
  const entries = new Entries(store);
  const folder = (repo: string) => `${keyPart(repo)}/`;
  return {
    async append(entry) {
      const name = createHash('sha256').update(entry.key).digest('hex');
      await entries.add(`${folder(entry.repo)}${name}.json`, JSON.stringify(LedgerEntry.parse(entry)));
    },
    async read(repo) {
      const known = [...(await entries.read(folder(repo))).values()].flatMap(entryOf);
      return known.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
    },
  };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Nothing when the line is empty or damaged. */
function entryOf(line: string): LedgerEntry[] {
  try {
    return [LedgerEntry.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}
