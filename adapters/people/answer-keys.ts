import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { AnswerKeys } from '../../activities/ports-people.js';
import { type ApprovalRecord, signedContent } from '../../schemas/approval-record.js';
import { RefusedInput } from '../../schemas/parse.js';

// The gateway's Ed25519 key. Who has it can answer for anybody, so only the gateway does; workers check with the public
// half.

/** Makes a key, readable by this user only, and returns its public half. Throws `EEXIST`: a key is never replaced. */
export async function makeAnswerKey(file: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeFile(file, privateKey.export({ format: 'pem', type: 'pkcs8' }), { flag: 'wx', mode: 0o600 });
  return publicHalf(privateKey);
}

/** The public half of the key in a file, as the configuration has it. */
export async function publicHalfOf(file: string): Promise<string> {
  return publicHalf(await readKey(file));
}

export interface AnswerSigner {
  sign(record: Omit<ApprovalRecord, 'signature' | 'keyId'>): ApprovalRecord;
}

/** Throws `RefusedInput` when the file has no key. */
export async function readSigner(file: string): Promise<AnswerSigner> {
  const key = await readKey(file);
  const keyId = idOf(publicHalf(key));
  return {
    sign(record) {
      const unsigned = { ...record, keyId };
      return { ...unsigned, signature: sign(null, Buffer.from(signedContent(unsigned)), key).toString('base64') };
    },
  };
}

export interface AnswerKeySettings {
  /** The one in force and, while it is being changed, the one before it. */
  readonly publicKeys: readonly string[];
  /** Where there are none: a file that the gateway beside us writes. */
  readonly publicKeyFile: string;
}

export function createAnswerKeys({ publicKeys, publicKeyFile }: AnswerKeySettings): AnswerKeys {
  return {
    async isSigned({ signature, ...record }) {
      const known = publicKeys.length > 0 ? publicKeys : [await readPublicKey(publicKeyFile)];
      const key = known.find((one) => idOf(one) === record.keyId);
      if (key === undefined) return false;
      const content = Buffer.from(signedContent(record));
      return verify(null, content, publicKeyOf(key), Buffer.from(signature, 'base64'));
    },
  };
}

async function readKey(file: string): Promise<KeyObject> {
  try {
    const key = createPrivateKey(await readFile(file));
    if (key.asymmetricKeyType === 'ed25519') return key;
    throw new Error(`it is a key for ${key.asymmetricKeyType}`);
  } catch (error) {
    throw new RefusedInput(file, [`no Ed25519 key can be read there: ${(error as Error).message}`]);
  }
}

async function readPublicKey(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new RefusedInput('the configuration', [
      `approvals.publicKeys: none is configured, and the gateway has left none here (${error.message})`,
    ]);
  });
  return text.trim();
}

function publicHalf(key: KeyObject): string {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64');
}

function publicKeyOf(text: string): KeyObject {
  return createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
}

function idOf(publicKey: string): string {
  return createHash('sha256').update(publicKey).digest('hex').slice(0, 16);
}
