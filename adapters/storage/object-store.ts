import { createFileStore } from './files.js';

// What several machines must see: bytes under names. Adapters keep their things in one of these and know no vendor.

export interface ObjectStore {
  /** The store and the key as an operator would look for them. */
  location(key: string): string;
  /** Undefined when there is none. Throws when the bytes are not those that were stored. */
  get(key: string): Promise<Buffer | undefined>;
  /** Bytes; undefined when there is none. */
  size(key: string): Promise<number | undefined>;
  /** Under its key there is all of it or what was there before, after a crash too. Lasts when it returns. */
  put(key: string, bytes: Buffer): Promise<void>;
  /**
   * Puts only where nothing is. True: these bytes are there, by this call or by an earlier one whose answer was lost.
   * False: others are.
   */
  create(key: string, bytes: Buffer): Promise<boolean>;
  /** The keys that begin with the prefix, sorted. */
  list(prefix: string): Promise<readonly string[]>;
  /** Nothing happens when there is none. */
  remove(key: string): Promise<void>;
}

/** A directory of this machine, or a store that several share. */
export type Place = string | ObjectStore;

export function storeAt(place: Place): ObjectStore {
  return typeof place === 'string' ? createFileStore(place) : place;
}

/** The part of a store below a prefix. */
export function within(store: ObjectStore, prefix: string): ObjectStore {
  const full = (key: string) => `${prefix}${key}`;
  return {
    location: (key) => store.location(full(key)),
    get: (key) => store.get(full(key)),
    size: (key) => store.size(full(key)),
    put: (key, bytes) => store.put(full(key), bytes),
    create: (key, bytes) => store.create(full(key), bytes),
    list: async (start) => (await store.list(full(start))).map((key) => key.slice(prefix.length)),
    remove: (key) => store.remove(full(key)),
  };
}

/** A name from outside as one part of a key: no slash, and never `.` or `..`. */
export function keyPart(name: string): string {
  return encodeURIComponent(name).replaceAll('.', '%2E');
}
