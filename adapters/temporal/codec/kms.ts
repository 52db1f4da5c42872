import { readFile } from 'node:fs/promises';
import { DecryptCommand, GenerateDataKeyWithoutPlaintextCommand, KMSClient } from '@aws-sdk/client-kms';
import type { KmsKey } from '../../../schemas/encryption.js';
import { writeSecret } from './key-file.js';

// Customer-managed keys: the data key is kept wrapped, and only the customer's key at AWS KMS unwraps it. Credentials are
// found by the SDK in the usual places: environment, profile, role of the machine.

/** A wrapped key is bound to its id: put under another id, the KMS refuses it. It stands in the customer's audit log. */
const contextOf = (keyId: string) => ({ purpose: 'signalbox payloads', keyId });

/** Unwraps the data key; throws what the KMS said, in one sentence. */
export async function unwrap(keyId: string, settings: KmsKey): Promise<Buffer> {
  const wrapped = Buffer.from((await readFile(settings.wrapped, 'utf8')).trim(), 'base64');
  const { Plaintext } = await asking(settings, (client) =>
    client.send(
      new DecryptCommand({ KeyId: settings.key, CiphertextBlob: wrapped, EncryptionContext: contextOf(keyId) }),
    ),
  );
  if (Plaintext?.length !== 32) throw new Error(`${settings.key} at the KMS unwrapped no key of 32 bytes`);
  return Buffer.from(Plaintext);
}

/** Has the KMS make a data key, and keeps it wrapped. It is never here in the clear. */
export async function writeNewWrappedKey(keyId: string, settings: KmsKey): Promise<void> {
  const { CiphertextBlob } = await asking(settings, (client) =>
    client.send(
      new GenerateDataKeyWithoutPlaintextCommand({
        ...{ KeyId: settings.key, KeySpec: 'AES_256', EncryptionContext: contextOf(keyId) },
      }),
    ),
  );
  if (!CiphertextBlob) throw new Error(`${settings.key} at the KMS made no data key`);
  await writeSecret(settings.wrapped, Buffer.from(CiphertextBlob).toString('base64'));
}

async function asking<Answer>(
  { key, region, endpoint }: KmsKey,
  ask: (client: KMSClient) => Promise<Answer>,
): Promise<Answer> {
  const client = new KMSClient({ region, maxAttempts: 3, ...(endpoint !== undefined && { endpoint }) });
  try {
    return await ask(client);
  } catch (error) {
    const { name, message } = error as Error;
    throw new Error(`the KMS refuses ${key}: ${name}: ${message}`, { cause: error });
  } finally {
    client.destroy();
  }
}
