import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArchiveManifest } from '../../schemas/archive.js';
import { parse } from '../../schemas/parse.js';
import type { ObjectStore, Place } from '../storage/object-store.js';
import { CHECKSUM, digest, MANIFEST } from './format.js';

// Where the entries of an archive stand: directories of this machine, or a store that machines share.

const ENTRIES = 'entries';

export type ArchivedFile = ArchiveManifest['files'][number];

export interface Shelf {
  /** Of an entry or something in it, for messages. */
  location(item: string, entry: string, name?: string): string;
  /** Names of the entries, oldest first. */
  entries(item: string): Promise<readonly string[]>;
  /** Throws when it is not what was archived. */
  manifest(item: string, entry: string): Promise<Buffer>;
  /** Undefined when it is gone. */
  file(item: string, entry: string, file: ArchivedFile): Promise<Buffer | undefined>;
}

export function shelfAt(place: Place): Shelf {
  return typeof place === 'string' ? shelfInFiles(place) : shelfInStore(place);
}

/** As it is part of a path: nothing that leads elsewhere. */
export function itemName(item: string): string {
  return parse(ArchiveManifest.shape.item, item, `the name of a mission, "${item}",`);
}

export function entryName(seq: number): string {
  return String(seq).padStart(4, '0');
}

export function damaged(path: string, how = 'its bytes are not those that were archived'): Error {
  return new Error(`the archive is damaged: ${path}: ${how}; restore it from a backup`);
}

function shelfInFiles(directory: string): Shelf {
  const location = (item: string, entry: string, name = '') => join(directory, itemName(item), entry, name);
  return {
    location,
    async entries(item) {
      try {
        return inOrder(await readdir(join(directory, itemName(item))));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
    },
    async manifest(item, entry) {
      const path = location(item, entry, MANIFEST);
      const bytes = await readFile(path);
      const checksum = await readFile(location(item, entry, CHECKSUM), 'utf8');
      if (checksum !== `${digest(bytes)}  ${MANIFEST}\n`) throw damaged(path);
      return bytes;
    },
    async file(item, entry, { name }) {
      try {
        return await readFile(location(item, entry, name));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
  };
}

/**
 * The manifest of an entry is the one object that makes it one. Files stand beside all entries of their item under their
 * content, so that two writers of one place in the chain can't spoil what the other has written.
 */
function shelfInStore(store: ObjectStore): Shelf {
  return {
    location: (item, entry, name = '') => store.location(`${itemName(item)}/${ENTRIES}/${entry}/${name}`),
    async entries(item) {
      const keys = await store.list(`${itemName(item)}/${ENTRIES}/`);
      return inOrder(keys.map((key) => key.split('/')[2] ?? ''));
    },
    async manifest(item, entry) {
      const bytes = await store.get(manifestKey(item, entry));
      if (!bytes) throw damaged(store.location(manifestKey(item, entry)), 'it is gone');
      return bytes;
    },
    file: (item, _entry, { sha256 }) => store.get(fileKey(item, sha256)),
  };
}

export function manifestKey(item: string, entry: string): string {
  return `${itemName(item)}/${ENTRIES}/${entry}/${MANIFEST}`;
}

export function fileKey(item: string, sha256: string): string {
  return `${itemName(item)}/files/${sha256}`;
}

/** Every item of which a shared archive has an entry. */
export async function itemsIn(store: ObjectStore): Promise<string[]> {
  const keys = (await store.list('')).filter((key) => key.endsWith(`/${MANIFEST}`));
  return [...new Set(keys.map((key) => key.slice(0, key.indexOf('/'))))];
}

function inOrder(names: readonly string[]): string[] {
  return names.filter((name) => /^\d{4,}$/.test(name)).sort((one, other) => Number(one) - Number(other));
}
