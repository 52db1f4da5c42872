import type { Archive, NewArchiveEntry } from '../../activities/ports-records.js';
import { ArchiveManifest } from '../../schemas/archive.js';
import { parse } from '../../schemas/parse.js';
import type { ObjectStore } from '../storage/object-store.js';
import { manifestAfter, readChain } from './chain.js';
import { digest } from './format.js';
import { type ArchivedFile, entryName, fileKey, manifestKey } from './shelf.js';

/** The archive in a store that machines share: of two writers who want the same place one finds it taken. */
export function createSharedArchive(store: ObjectStore): Archive {
  return {
    entries: async (item) => (await readChain(store, item)).map(({ manifest }) => manifest),
    async append({ files, ...entry }) {
      const chain = await readChain(store, entry.item);
      if (chain.some(({ manifest }) => manifest.runId === entry.runId)) return null;
      const kept = await keepFiles(store, entry.item, files);
      const { manifest, bytes } = manifestAfter(chain, { ...entry, files: kept });
      return (await store.create(manifestKey(entry.item, entryName(manifest.seq)), bytes)) ? manifest : null;
    },
  };
}

async function keepFiles(store: ObjectStore, item: string, files: NewArchiveEntry['files']): Promise<ArchivedFile[]> {
  const kept: ArchivedFile[] = [];
  for (const [name, read] of [...files].sort(([one], [other]) => (one < other ? -1 : 1))) {
    parse(ArchiveManifest.shape.files.element.shape.name, name, `the file name "${name}"`);
    const bytes = await read();
    const sha256 = digest(bytes);
    const key = fileKey(item, sha256);
    if ((await store.size(key)) !== bytes.length) await store.put(key, bytes);
    kept.push({ name, sha256, bytes: bytes.length });
  }
  return kept;
}
