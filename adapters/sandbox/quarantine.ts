import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, opendir, readlink, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotDepot } from '../depot/depot.js';
import type { Ground, Place } from './place.js';
import type { Site } from './site.js';

// What an abandoned workspace holds and no snapshot does is work: it is put aside for people, never deleted at once.

export const QUARANTINE = 'quarantine';

/** More than this is not read through: it is kept as it is. */
const MOST_FILES = 20_000;
const MOST_BYTES = 512 * 1024 * 1024;

/** Up to here a path names what was found; beyond, its number has to do. */
const NAMED = 50;

/** Paths, from the workspace's root, of what the depot does not have. Null: too much, or not readable. */
export async function unkept(
  place: Place,
  { repo }: Ground,
  depot: Pick<SnapshotDepot, 'missing'>,
): Promise<readonly string[] | null> {
  const byId = new Map<string, string>();
  const budget = { files: MOST_FILES, bytes: MOST_BYTES };
  try {
    await collect(place.path('upper'), '', byId, budget);
  } catch {
    return null;
  }
  if (byId.size === 0) return [];
  return (await depot.missing(repo, [...byId.keys()])).map((id) => byId.get(id) ?? id);
}

/** The place as it is, with a note of where it comes from. Nothing may be running in it any more. */
export async function putAside(
  site: Site,
  place: Place,
  ground: Ground,
  paths: readonly string[] | null,
): Promise<void> {
  const parent = join(site.directory, QUARANTINE);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const note = {
    putAside: new Date().toISOString(),
    repo: ground.repo,
    /** The tree that the work began with, or one near it. */
    over: ground.checkout,
    files: paths === null ? 'not read through' : paths.slice(0, NAMED),
    ...(paths !== null && paths.length > NAMED && { more: paths.length - NAMED }),
  };
  await writeFile(join(place.directory, 'note.json'), JSON.stringify(note, undefined, 2));
  await rename(place.directory, join(parent, place.id));
}

interface Budget {
  files: number;
  bytes: number;
}

/** Throws over its budget. Links are not followed: what they point to is no part of the workspace. */
async function collect(directory: string, below: string, byId: Map<string, string>, budget: Budget): Promise<void> {
  for await (const entry of await opendir(directory)) {
    const path = join(directory, entry.name);
    const shown = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) {
      await collect(path, shown, byId, budget);
      continue;
    }
    if (--budget.files < 0) throw new Error('too many files');
    if (entry.isFile()) {
      const content = await contentOf(path, budget);
      // A deletion is an empty file to an overlay, and takes no content with it.
      if (content.length > 0) byId.set(blobId(content), shown);
    } else if (entry.isSymbolicLink()) byId.set(blobId(Buffer.from(await readlink(path))), shown);
  }
}

async function contentOf(path: string, budget: Budget): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    budget.bytes -= (await file.stat()).size;
    if (budget.bytes < 0) throw new Error('too many bytes');
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** As git names a file's content. */
function blobId(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}
