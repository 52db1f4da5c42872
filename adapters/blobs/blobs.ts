import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BlobStore } from '../../activities/ports.js';

/** Blobs in files named by their content, so that an equal one is stored once and a damaged one is noticed. */
export function createBlobs(directory: string): BlobStore {
  const fileOf = (sha256: string) => join(directory, sha256.slice(0, 2), sha256);
  return {
    async put(content, mediaType) {
      const bytes = Buffer.from(content);
      const sha256 = digest(bytes);
      const file = fileOf(sha256);
      if ((await sizeOf(file)) !== bytes.length) await writeAtomically(file, bytes);
      return { sha256, bytes: bytes.length, mediaType };
    },
    has: async (sha256) => (await sizeOf(fileOf(sha256))) !== undefined,
    async get({ sha256 }) {
      const bytes = await read(fileOf(sha256), sha256);
      if (digest(bytes) !== sha256) {
        throw new Error(`blob ${sha256} is damaged: its bytes don't match its address; restore it from a backup`);
      }
      return bytes;
    },
  };
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch {
    return undefined;
  }
}

/** Under its name there is nothing or all of it, after a crash too. */
export async function writeAtomically(file: string, bytes: Buffer): Promise<void> {
  const partial = `${file}.${randomUUID()}.partial`;
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(partial, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  await rename(partial, file);
}

async function read(file: string, sha256: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(`blob ${sha256} is missing: it was stored by another installation, or removed`);
  }
}
