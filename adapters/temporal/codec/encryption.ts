import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { KEY_ID_METADATA } from '../../../schemas/encryption.js';
import { encodingOf, fromBytes, text, toBytes } from './envelope.js';
import { damaged } from './failures.js';
import type { Keyring } from './keyring.js';

export const ENCRYPTED = 'binary/encrypted';
const CIPHER = 'aes-256-gcm';
/** Of GCM. Random for each payload: 2^32 of them under one key are safe, which is a key a year at 130 a second. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM: nonce, ciphertext, tag. The key's id stands in the metadata and is authenticated. Payloads that are not
 * encrypted are read as they are, so that encryption can be switched on while missions run.
 */
export function createEncryptionCodec(keys: Keyring): PayloadCodec {
  const { current } = keys;
  return {
    async encode(payloads) {
      if (current === undefined || payloads.length === 0) return payloads;
      const key = await keys.get(current);
      return payloads.map((payload) => seal(payload, current, key));
    },
    decode: (payloads) => Promise.all(payloads.map((payload) => opened(payload, keys))),
  };
}

function seal(payload: Payload, keyId: string, key: KeyObject): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(authenticated(keyId));
  const data = Buffer.concat([nonce, cipher.update(toBytes(payload)), cipher.final(), cipher.getAuthTag()]);
  return { metadata: { encoding: text(ENCRYPTED), [KEY_ID_METADATA]: text(keyId) }, data };
}

async function opened(payload: Payload, keys: Keyring): Promise<Payload> {
  if (encodingOf(payload) !== ENCRYPTED) return payload;
  const keyId = Buffer.from(payload.metadata?.[KEY_ID_METADATA] ?? []).toString();
  const key = await keys.get(keyId);
  const data = payload.data ?? text('');
  if (data.length < NONCE_BYTES + TAG_BYTES) throw damaged('it is cut off');
  try {
    const decipher = createDecipheriv(CIPHER, key, data.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
      .setAAD(authenticated(keyId))
      .setAuthTag(data.subarray(-TAG_BYTES));
    const plain = decipher.update(data.subarray(NONCE_BYTES, -TAG_BYTES));
    return fromBytes(Buffer.concat([plain, decipher.final()]));
  } catch (error) {
    throw damaged(`it was changed, or the key "${keyId}" here is another than the one that encrypted it`, error);
  }
}

function authenticated(keyId: string): Uint8Array {
  return text(`${ENCRYPTED} ${keyId}`);
}
