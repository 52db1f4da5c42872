import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { stringify } from 'yaml';
import { makeAnswerKey, publicHalfOf } from './answer-keys.js';
import { hashOf, makeToken } from './tokens.js';

// What stands in where nobody has written a people.yaml or made a key: the user of this machine is the one person, and
// whoever can read the state directory is that user.

export interface OwnKey {
  readonly keyFile: string;
  readonly publicKeyFile: string;
}

/** Once; what is there stays. Two programs that begin at the same time end with the same. */
export async function ensureOwnKey({ keyFile, publicKeyFile }: OwnKey): Promise<void> {
  await once(keyFile, async (draft) => {
    await makeAnswerKey(draft);
  });
  await once(publicKeyFile, async (draft) => writeFile(draft, `${await publicHalfOf(keyFile)}\n`));
}

export interface LocalPerson {
  readonly file: string;
  readonly tokenFile: string;
  /** Name of the user. */
  readonly user: string;
}

export async function ensureLocalPerson({ file, tokenFile, user }: LocalPerson): Promise<void> {
  await once(tokenFile, (draft) => writeFile(draft, `${makeToken().token}\n`, { mode: 0o600 }));
  const token = (await readFile(tokenFile, 'utf8')).trim();
  await once(file, (draft) => writeFile(draft, describe(user, hashOf(token)), { mode: 0o600 }));
}

function describe(user: string, hash: string): string {
  const key = `local-${user.toLowerCase().replace(/[^a-z0-9._-]/g, '-')}`.slice(0, 60);
  const person = { key, name: `${user} (local)`, ids: { cli: [user] }, tokens: [hash] };
  return [
    '# Made by Signalbox, because no `people` is configured: whoever can read this directory is this person.',
    '# Where more than one person works, write a people.yaml: docs/people.md.',
    stringify({ people: [person] }),
  ].join('\n');
}

/** All of it or nothing under its name. */
async function once(file: string, make: (draft: string) => Promise<void>): Promise<void> {
  if (existsSync(file)) return;
  // Only this directory is closed: sandboxes have to pass through the one that it is in.
  await mkdir(dirname(dirname(file)), { recursive: true });
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  try {
    await make(draft);
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
}
