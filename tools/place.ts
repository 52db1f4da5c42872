import type { Stats } from 'node:fs';
import { lstat, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { Failed, Refused } from './answer.js';

// Paths that agents name. Nothing outside of the workspace is reached: not by name, and not through a link.

const FILE_MIB = 32;
/** Where git and grep look for a zero byte too. */
const SNIFFED_BYTES = 8000;

/** From the root of the workspace, without detours. Says nothing about what is there. */
export function named(given: string): string {
  const parts = given.split('/');
  if (given.startsWith('/') || given.includes('\0') || parts.includes('..')) {
    throw new Refused(`${given}: expected a path from the root of the workspace, without ".."`);
  }
  const inside = path.posix.normalize(given).replace(/\/$/, '');
  if (inside.split('/').includes('.git')) throw new Refused(`${given}: what git keeps for itself is not for you`);
  return inside;
}

/** The absolute path of something to read. Links are followed as long as they stay inside. */
export async function present(root: string, given: string): Promise<string> {
  const inside = named(given);
  const real = await realpath(path.join(root, inside)).catch((error: NodeJS.ErrnoException) => {
    throw new Failed(error.code === 'ENOENT' ? `${inside}: there is no such file` : `${inside}: ${error.code}`);
  });
  if (real !== root && !real.startsWith(`${root}/`)) {
    throw new Refused(`${inside}: a link that leads out of the workspace`);
  }
  if (real.slice(root.length).split('/').includes('.git')) throw new Refused(`${inside}: a link into .git`);
  return real;
}

/** The absolute path of a file to write, and what is there now. A link on the way would lead past the scope. */
export async function writable(root: string, given: string): Promise<{ readonly file: string; readonly now?: Stats }> {
  const inside = named(given);
  let file = root;
  let now: Stats | undefined;
  for (const part of inside.split('/')) {
    if (now && !now.isDirectory()) throw new Failed(`${inside}: ${path.relative(root, file)} is not a directory`);
    file = path.join(file, part);
    now = await lstat(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw new Failed(`${inside}: ${error.code}`);
    });
    if (now?.isSymbolicLink()) throw new Refused(`${inside}: ${path.relative(root, file)} is a link; name its target`);
  }
  if (now && !now.isFile()) throw new Failed(`${inside}: not a file`);
  return { file, ...(now && { now }) };
}

/** The text of a file that `present` or `writable` has found. */
export async function textOf(file: string, given: string): Promise<string> {
  const bytes = await bytesOf(file, given);
  if (bytes.subarray(0, SNIFFED_BYTES).includes(0)) throw new Failed(`${given}: a binary file (${bytes.length} bytes)`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Failed(`${given}: not UTF-8 text (${bytes.length} bytes)`);
  }
}

export async function bytesOf(file: string, given: string): Promise<Buffer> {
  const found = await lstat(file);
  if (found.isDirectory()) throw new Failed(`${given}: a directory; list it`);
  if (!found.isFile()) throw new Failed(`${given}: neither a file nor a directory`);
  const mib = found.size / 1024 / 1024;
  if (mib > FILE_MIB) throw new Failed(`${given}: ${Math.round(mib)} MiB is too much; run head, tail or sed on it`);
  return readFile(file);
}
