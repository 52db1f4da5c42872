import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';

const KEY_BYTES = 32;

/** Others may read the key. */
export class OpenKeyFile extends Error {
  override readonly name = 'OpenKeyFile';
  /** A command. */
  readonly remedy: string;

  constructor(file: string) {
    const remedy = `chmod 600 ${file}`;
    super(`others may read ${file}: ${remedy}`);
    this.remedy = remedy;
  }
}

/** The key in a file's text: 32 bytes as hex or base64. The error never shows what the file holds. */
export function parseKey(content: string, file: string): Buffer {
  const text = content.trim();
  const bytes = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  if (bytes.length === KEY_BYTES && /^[A-Za-z0-9+/]{43}=?$|^[0-9a-f]{64}$/i.test(text)) return bytes;
  throw new Error(`${file} does not hold a key: expected ${KEY_BYTES} bytes as base64 or hex, and nothing else`);
}

/** Writes a new key. A file that is there is never replaced: it may be the only one that can read old payloads. */
export async function writeNewKey(file: string): Promise<void> {
  await writeSecret(file, randomBytes(KEY_BYTES).toString('base64'));
}

export async function writeSecret(file: string, content: string): Promise<void> {
  await writeFile(file, `${content}\n`, { flag: 'wx', mode: 0o600 });
}
