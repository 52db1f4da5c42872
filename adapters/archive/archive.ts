import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Archive, NewArchiveEntry } from '../../activities/ports.js';
import { ArchiveManifest } from '../../schemas/archive.js';
import { parse } from '../../schemas/parse.js';

export const MANIFEST = 'manifest.json';
/** In the format of `sha256sum`. */
export const CHECKSUM = 'manifest.json.sha256';

/**
 * `<directory>/<item>/<seq>`: a plain directory per run, each naming the one before by its hash. The number alone is
 * the name, so that of two writers who want the same place one finds it taken.
 */
export function createArchive(directory: string): Archive {
  return {
    entries: async (item) => (await readChain(directory, item)).map(({ manifest }) => manifest),

    async append({ files, ...entry }) {
      const chain = await readChain(directory, entry.item);
      // Another writer was here since its caller looked.
      if (chain.some(({ manifest }) => manifest.runId === entry.runId)) return null;
      const home = itemDirectory(directory, entry.item);
      const partial = join(home, `.${randomUUID()}.partial`);
      try {
        const manifest: ArchiveManifest = {
          version: 1,
          ...entry,
          seq: chain.length + 1,
          previous: chain.at(-1)?.sha256 ?? null,
          createdAt: new Date().toISOString(),
          commits: [...entry.commits],
          files: await writeFiles(partial, files),
        };
        const bytes = Buffer.from(`${JSON.stringify(ArchiveManifest.parse(manifest), null, 2)}\n`);
        await writeDurably(join(partial, MANIFEST), bytes);
        await writeDurably(join(partial, CHECKSUM), Buffer.from(`${digest(bytes)}  ${MANIFEST}\n`));
        await syncDirectory(partial);
        await rename(partial, entryDirectory(directory, manifest));
        await syncDirectory(home);
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

interface Link {
  readonly manifest: ArchiveManifest;
  /** Of the manifest. */
  readonly sha256: string;
}

/** The manifests of an item, oldest first, each checked against its hash and its place in the chain. */
export async function readChain(directory: string, item: string): Promise<Link[]> {
  const links: Link[] = [];
  for (const name of await entryNames(itemDirectory(directory, item))) {
    const at = join(itemDirectory(directory, item), name);
    const bytes = await readFile(join(at, MANIFEST));
    const sha256 = digest(bytes);
    if ((await readFile(join(at, CHECKSUM), 'utf8')) !== `${sha256}  ${MANIFEST}\n`) throw damaged(join(at, MANIFEST));
    const manifest = parse(ArchiveManifest, JSON.parse(bytes.toString()), join(at, MANIFEST));
    const before = links.at(-1);
    if (manifest.item !== item || manifest.seq !== links.length + 1 || manifest.seq !== Number(name)) {
      throw new Error(`the archive of ${item} has a gap: entry ${name} stands where ${links.length + 1} should`);
    }
    if (manifest.previous !== (before?.sha256 ?? null)) {
      throw new Error(`the archive of ${item} is broken: entry ${name} does not follow the one before it`);
    }
    links.push({ manifest, sha256 });
  }
  return links;
}

/** The bytes of a file of an entry. Throws when they are not those that were archived. */
export async function readArchived(directory: string, manifest: ArchiveManifest, name: string): Promise<Buffer> {
  const file = manifest.files.find((one) => one.name === name);
  const path = join(entryDirectory(directory, manifest), name);
  if (!file) throw new Error(`${path} is not in the manifest of its entry`);
  const bytes = await readFile(path).catch((error: unknown) => {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? damaged(path, 'it is gone') : error;
  });
  if (digest(bytes) !== file.sha256) throw damaged(path);
  return bytes;
}

function damaged(path: string, how = 'its bytes are not those that were archived'): Error {
  return new Error(`the archive is damaged: ${path}: ${how}; restore it from a backup`);
}

function itemDirectory(directory: string, item: string): string {
  return join(directory, parse(ArchiveManifest.shape.item, item, `the name of a mission, "${item}",`));
}

function entryDirectory(directory: string, { item, seq }: Pick<ArchiveManifest, 'item' | 'seq'>): string {
  return join(itemDirectory(directory, item), String(seq).padStart(4, '0'));
}

async function entryNames(home: string): Promise<string[]> {
  try {
    const names = (await readdir(home)).filter((name) => /^\d{4,}$/.test(name));
    return names.sort((one, other) => Number(one) - Number(other));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
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

export function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
