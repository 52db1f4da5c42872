import { createHash, randomBytes } from 'node:crypto';
import type { PeopleFile, Person } from '../../schemas/people.js';

// Personal tokens: 256 random bits, so that a plain hash says nothing about them.

const PREFIX = 'sbp_';

export function makeToken(): { readonly token: string; readonly hash: string } {
  const token = `${PREFIX}${randomBytes(32).toString('base64url')}`;
  return { token, hash: hashOf(token) };
}

/** Whoever has this token; undefined for nobody. Hashes are looked up, so the time it takes tells nothing of use. */
export function personOfToken({ people }: PeopleFile, token: string): Person | undefined {
  const hash = hashOf(token);
  return people.find(({ tokens }) => tokens.includes(hash));
}

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
