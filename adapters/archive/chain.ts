import { ArchiveManifest } from '../../schemas/archive.js';
import { parse } from '../../schemas/parse.js';
import type { Place } from '../storage/object-store.js';
import { digest, MANIFEST } from './format.js';
import { damaged, entryName, shelfAt } from './shelf.js';

export interface Link {
  readonly manifest: ArchiveManifest;
  /** Of the manifest. */
  readonly sha256: string;
}

/** The manifests of an item, oldest first, each checked against its hash and its place in the chain. */
export async function readChain(place: Place, item: string): Promise<Link[]> {
  const shelf = shelfAt(place);
  const links: Link[] = [];
  for (const name of await shelf.entries(item)) {
    const bytes = await shelf.manifest(item, name);
    const sha256 = digest(bytes);
    const manifest = parse(ArchiveManifest, JSON.parse(bytes.toString()), shelf.location(item, name, MANIFEST));
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

/** The manifest of a new entry, as it is written. */
export function manifestAfter(
  chain: readonly Link[],
  entry: Omit<ArchiveManifest, 'version' | 'seq' | 'previous' | 'createdAt' | 'commits'> & {
    readonly commits: readonly string[];
  },
): { readonly manifest: ArchiveManifest; readonly bytes: Buffer } {
  const manifest: ArchiveManifest = {
    version: 1,
    ...entry,
    seq: chain.length + 1,
    previous: chain.at(-1)?.sha256 ?? null,
    createdAt: new Date().toISOString(),
    commits: [...entry.commits],
  };
  return { manifest, bytes: Buffer.from(`${JSON.stringify(ArchiveManifest.parse(manifest), null, 2)}\n`) };
}

/** The bytes of a file of an entry. Throws when they are not those that were archived. */
export async function readArchived(place: Place, manifest: ArchiveManifest, name: string): Promise<Buffer> {
  const shelf = shelfAt(place);
  const entry = entryName(manifest.seq);
  const path = shelf.location(manifest.item, entry, name);
  const file = manifest.files.find((one) => one.name === name);
  if (!file) throw new Error(`${path} is not in the manifest of its entry`);
  const bytes = await shelf.file(manifest.item, entry, file);
  if (!bytes) throw damaged(path, 'it is gone');
  if (digest(bytes) !== file.sha256) throw damaged(path);
  return bytes;
}
