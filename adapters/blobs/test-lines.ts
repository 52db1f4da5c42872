import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Entries } from '../storage/entries.js';
import { keyPart, type ObjectStore } from '../storage/object-store.js';

// Where the history of tests keeps its lines: the newest are enough, and losing the oldest is no harm.

/** Above this many bytes of a file the older half goes. */
const BYTES = 4 * 1024 * 1024;
/** Above this many lines in a shared store the older half goes. */
const LINES = 1000;

export interface TestLines {
  append(repo: string, line: string): Promise<void>;
  /** Oldest first; empty when nothing is known. */
  read(repo: string): Promise<readonly string[]>;
}

/** One file per repo. */
export function createLinesInFiles(directory: string): TestLines {
  const fileOf = (repo: string) => join(directory, `${repo}.jsonl`);
  const textOf = (repo: string) => readFile(fileOf(repo), 'utf8').catch(() => '');
  return {
    async append(repo, line) {
      await mkdir(directory, { recursive: true });
      const text = await textOf(repo);
      if (text.length > BYTES) await halve(fileOf(repo), text);
      await appendFile(fileOf(repo), `${line}\n`);
    },
    read: async (repo) => (await textOf(repo)).split('\n'),
  };
}

async function halve(file: string, text: string): Promise<void> {
  const partial = `${file}.${process.pid}.partial`;
  await writeFile(partial, text.slice(text.indexOf('\n', text.length / 2) + 1));
  await rename(partial, file);
}

/** One object per line, named by its time: no line is ever written over by another machine. */
export function createSharedLines(store: ObjectStore): TestLines {
  const entries = new Entries(store);
  const folder = (repo: string) => `${keyPart(repo)}/`;
  return {
    async append(repo, line) {
      await entries.add(`${folder(repo)}${new Date().toISOString()}-${randomUUID()}`, line);
      const keys = [...(await entries.read(folder(repo))).keys()];
      if (keys.length > LINES) await entries.remove(keys.slice(0, keys.length / 2));
    },
    read: async (repo) => [...(await entries.read(folder(repo))).values()],
  };
}
