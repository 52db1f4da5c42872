import { createSecretKey, type KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { EncryptionKey, EncryptionSettings } from '../../../schemas/encryption.js';
import { missingKey, unusableKey } from './failures.js';
import { OpenKeyFile, parseKey } from './key-file.js';

/** The keys that a process has. A key is fetched when it is first needed, and then stays in memory. */
export interface Keyring {
  /** The one that encrypts; undefined when nothing is to be encrypted. */
  readonly current: string | undefined;
  /** Throws a failure that names the key and what to do. What failed is tried again at the next call. */
  get(keyId: string): Promise<KeyObject>;
}

export function createKeyring({ current, keys }: EncryptionSettings): Keyring {
  const fetched = new Map<string, Promise<KeyObject>>();
  const fetchKey = async (keyId: string): Promise<KeyObject> => {
    const key = keys.find(({ id }) => id === keyId);
    if (!key) throw missingKey(keyId);
    try {
      return createSecretKey(await keyBytes(key));
    } catch (error) {
      fetched.delete(keyId);
      throw unusableKey(keyId, error);
    }
  };
  return {
    current,
    get(keyId) {
      const known = fetched.get(keyId);
      if (known) return known;
      const key = fetchKey(keyId);
      // Ids come from payloads: only those of the configuration are remembered.
      if (keys.some(({ id }) => id === keyId)) fetched.set(keyId, key);
      return key;
    },
  };
}

async function keyBytes(key: EncryptionKey): Promise<Buffer> {
  if ('file' in key) return readKeyFile(key.file);
  // Loaded where a KMS is used only: the SDK is large.
  const { unwrap } = await import('./kms.js');
  return unwrap(key.id, key.kms);
}

async function readKeyFile(file: string): Promise<Buffer> {
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0) throw new OpenKeyFile(file);
  return parseKey(await readFile(file, 'utf8'), file);
}
