import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ObjectStore } from './object-store.js';

const PARTIAL = '.partial';

/** Objects as files of one directory, a key being a path from there. */
export function createFileStore(directory: string): ObjectStore {
  const fileOf = (key: string) => join(directory, key);
  return {
    location: fileOf,
    get: (key) => unlessAbsent(readFile(fileOf(key))),
    size: async (key) => (await unlessAbsent(stat(fileOf(key))))?.size,
    put: (key, bytes) => writeWhole(fileOf(key), bytes, rename),
    async create(key, bytes) {
      try {
        await writeWhole(fileOf(key), bytes, link);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        return bytes.equals(await readFile(fileOf(key)));
      }
    },
    async list(prefix) {
      const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      const entries = await unlessAbsent(readdir(fileOf(folder), { recursive: true, withFileTypes: true }));
      return (entries ?? [])
        .filter((entry) => entry.isFile() && !entry.name.endsWith(PARTIAL))
        .map((entry) => join(entry.parentPath, entry.name).slice(join(directory, '/').length))
        .filter((key) => key.startsWith(prefix))
        .sort();
    },
    remove: (key) => rm(fileOf(key), { force: true }),
  };
}

/** Under its name there is nothing or all of it, after a crash too: `place` gives the finished file its name. */
async function writeWhole(file: string, bytes: Buffer, place: typeof rename): Promise<void> {
  const partial = `${file}.${randomUUID()}${PARTIAL}`;
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(partial, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
    await handle.close();
    await place(partial, file);
  } finally {
    await handle.close().catch(() => undefined);
    await rm(partial, { force: true });
  }
}

async function unlessAbsent<Result>(work: Promise<Result>): Promise<Result | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}
