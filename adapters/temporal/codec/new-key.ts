import type { EncryptionKey } from '../../../schemas/encryption.js';
import { writeNewKey } from './key-file.js';

/** Makes the key and writes it to its file, wrapped where it is of a KMS. Throws when the file is there already. */
export async function makeKey(key: EncryptionKey): Promise<void> {
  if ('file' in key) return writeNewKey(key.file);
  const { writeNewWrappedKey } = await import('./kms.js');
  return writeNewWrappedKey(key.id, key.kms);
}
