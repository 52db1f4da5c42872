import { fileURLToPath } from 'node:url';
import type { DataConverter, PayloadCodec } from '@temporalio/common';
import type { EncryptionSettings } from '../../../schemas/encryption.js';
import { createCompressionCodec } from './compression.js';
import { createEncryptionCodec } from './encryption.js';
import { createKeyring } from './keyring.js';

// The one place where it is decided how values become payloads: for clients, workers and whoever reads histories.

const FAILURE_CONVERTER = fileURLToPath(new URL('./failure-converter.cjs', import.meta.url));

/** Without keys it leaves payloads as they are, and says of encrypted ones which key is missing. */
const NO_KEYS: EncryptionSettings = { keys: [] };

/** Compresses, then encrypts: what is encrypted can't be compressed. */
export function createPayloadCodec(encryption: EncryptionSettings = NO_KEYS): PayloadCodec {
  const compression = createCompressionCodec({ compress: encryption.current !== undefined });
  const secrecy = createEncryptionCodec(createKeyring(encryption));
  return {
    encode: async (payloads) => secrecy.encode(await compression.encode(payloads)),
    decode: async (payloads) => compression.decode(await secrecy.decode(payloads)),
  };
}

export function createDataConverter(encryption: EncryptionSettings = NO_KEYS): DataConverter {
  return {
    payloadCodecs: [createPayloadCodec(encryption)],
    ...(encryption.current !== undefined && { failureConverterPath: FAILURE_CONVERTER }),
  };
}

/** Fetches every key, so that one that can't be had is known before work is taken. Throws the first reason. */
export async function checkKeys(encryption: EncryptionSettings): Promise<void> {
  const keyring = createKeyring(encryption);
  for (const { id } of encryption.keys) await keyring.get(id);
}

/** Of the workflows, with the failure converter that goes with the data converter. Its name below `dist`. */
export function workflowBundleName({ current }: EncryptionSettings = NO_KEYS): string {
  return current === undefined ? 'workflow-bundle.js' : 'workflow-bundle-encrypted.js';
}
