import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { S3Settings, StorageSettings } from '../../schemas/storage-settings.js';
import { type ObjectStore, type Place, within } from './object-store.js';

export interface StorageOptions {
  readonly stateDir: string;
  readonly storage: StorageSettings;
  /** Opens a shared store. */
  readonly open?: (settings: S3Settings) => Promise<ObjectStore>;
}

/** Where the parts of an installation keep what lasts. */
export interface Storage {
  /** The part of this name: a directory below the state directory, or a prefix of the shared store. */
  place(part: string): Place;
  /** What several machines share; undefined when everything is on this one. */
  readonly shared: ObjectStore | undefined;
  /** Throws when the shared store does not keep what append-only things rest on. */
  check(): Promise<void>;
}

/** Its client takes a while to load, and most commands are done without. */
const openS3 = async (settings: S3Settings): Promise<ObjectStore> => (await import('./s3.js')).createS3Store(settings);

export async function createStorage({ stateDir, storage, open = openS3 }: StorageOptions): Promise<Storage> {
  const shared = storage.kind === 's3' ? await open(storage) : undefined;
  return {
    shared,
    place: (part) => (shared ? within(shared, `${part}/`) : join(stateDir, part)),
    async check() {
      if (shared) await checkConditionalWrites(shared);
    },
  };
}

const CHECK = 'check/conditional-write';

/** Some servers take `If-None-Match` and do as if it were not there: two writers would both believe that they won. */
async function checkConditionalWrites(store: ObjectStore): Promise<void> {
  const write = () => store.create(CHECK, Buffer.from(randomUUID()));
  await write();
  if (!(await write())) return;
  const what = `${store.location(CHECK)} was written twice: this server ignores If-None-Match`;
  throw new Error(`${what}; use one that keeps conditional writes, see docs/cluster.md`);
}
