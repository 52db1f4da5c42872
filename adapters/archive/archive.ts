import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Archive, NewArchiveEntry } from '../../activities/ports-records.js';
import { ArchiveManifest } from '../../schemas/archive.js';
import { parse } from '../../schemas/parse.js';
import type { ObjectStore, Place } from '../storage/object-store.js';
import { manifestAfter, readArchived, readChain } from './chain.js';
import { CHECKSUM, digest, MANIFEST } from './format.js';
import { createSharedArchive } from './shared.js';
import { entryName, itemName, itemsIn, shelfAt } from './shelf.js';

export function createArchive(place: Place): Archive {
  return typeof place === 'string' ? createArchiveInFiles(place) : createSharedArchive(place);
}

/**
 * `<directory>/<item>/<seq>`: a plain directory per run, each naming the one before by its hash. The number alone is
 * the name, so that of two writers who want the same place one finds it taken.
 */
function createArchiveInFiles(directory: string): Archive {
  return {
    entries: async (item) => (await readChain(directory, item)).map(({ manifest }) => manifest),

    async append({ files, ...entry }) {
      const chain = await readChain(directory, entry.item);
      // Another writer was here since its caller looked.
      if (chain.some(({ manifest }) => manifest.runId === entry.runId)) return null;
      const home = join(directory, itemName(entry.item));
      const partial = join(home, `.${randomUUID()}.partial`);
      try {
        const { manifest, bytes } = manifestAfter(chain, { ...entry, files: await writeFiles(partial, files) });
        await seal(partial, join(home, entryName(manifest.seq)), bytes);
        return manifest;
      } catch (error) {
        if (!isTaken(error)) throw error;
        return null;
      } finally {
        await rm(partial, { recursive: true, force: true });
      }
    },
  };
}

/** Copies entries that a directory does not have yet. Returns their number. */
export async function copyArchive(store: ObjectStore, directory: string): Promise<number> {
  let copied = 0;
  for (const item of await itemsIn(store)) {
    const home = join(directory, itemName(item));
    for (const { manifest } of (await readChain(store, item)).slice((await readChain(directory, item)).length)) {
      const partial = join(home, `.${randomUUID()}.partial`);
      const files = manifest.files.map(({ name }) => [name, () => readArchived(store, manifest, name)] as const);
      await writeFiles(partial, new Map(files));
      const entry = entryName(manifest.seq);
      await seal(partial, join(home, entry), await shelfAt(store).manifest(item, entry));
      copied += 1;
    }
  }
  return copied;
}

/** The entry is there when this returns, and was not before. */
async function seal(partial: string, final: string, manifest: Buffer): Promise<void> {
  await writeDurably(join(partial, MANIFEST), manifest);
  await writeDurably(join(partial, CHECKSUM), Buffer.from(`${digest(manifest)}  ${MANIFEST}\n`));
  await syncDirectory(partial);
  await rename(partial, final);
  await syncDirectory(dirname(final));
}

async function writeFiles(partial: string, files: NewArchiveEntry['files']): Promise<ArchiveManifest['files']> {
  const written: ArchiveManifest['files'] = [];
  await mkdir(partial, { recursive: true, mode: 0o700 });
  for (const [name, read] of [...files].sort(([one], [other]) => (one < other ? -1 : 1))) {
    parse(ArchiveManifest.shape.files.element.shape.name, name, `the file name "${name}"`);
    const bytes = await read();
    await writeDurably(join(partial, name), bytes);
    written.push({ name, sha256: digest(bytes), bytes: bytes.length });
  }
  for (const folder of new Set(written.map(({ name }) => dirname(name)))) await syncDirectory(join(partial, folder));
  return written;
}

async function writeDurably(file: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A name lasts when its directory is written. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A directory that is not empty is never replaced. */
function isTaken(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOTEMPTY' || code === 'EEXIST';
}
