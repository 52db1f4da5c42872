import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { HTTPException } from 'hono/http-exception';

// How doors tell their source from a forger. Every comparison is of hashes, so that the time it takes says nothing.

/** The secret in force, and the one before it while it is being changed. */
export type Secrets = readonly string[];

export interface Signed {
  /** What the source signs: mostly the raw body, sometimes with a timestamp before it. */
  readonly content: string | Buffer;
  /** Hexadecimal; of several, one that matches is enough. */
  readonly signatures: readonly string[];
  readonly secrets: Secrets;
  readonly algorithm?: 'sha256' | 'sha1';
}

export function isSigned({ content, signatures, secrets, algorithm = 'sha256' }: Signed): boolean {
  const right = secrets.map((secret) => createHmac(algorithm, secret).update(content).digest('hex'));
  const matches = right.flatMap((one) => signatures.map((given) => isSame(given.toLowerCase(), one)));
  return matches.includes(true);
}

/** Of a token that the sender shows as it is. */
export function isToken(given: string, secrets: Secrets): boolean {
  return secrets.map((secret) => isSame(given, secret)).includes(true);
}

/** Both ways: a replay is old, and what is signed for later would outlive every other check. */
export function checkTime(signedAtMs: number, windowMs: number, what: string): void {
  const age = Date.now() - signedAtMs;
  if (!Number.isFinite(age)) throw refused(`${what} is missing or no time`);
  if (age > windowMs) throw refused(`${what} is more than ${windowMs / 1000} s old`);
  if (age < -windowMs) throw refused(`${what} is more than ${windowMs / 1000} s in the future`);
}

export function refused(message: string): HTTPException {
  return new HTTPException(401, { message });
}

function isSame(one: string, other: string): boolean {
  return timingSafeEqual(sha256(one), sha256(other));
}

function sha256(content: string): Buffer {
  return createHash('sha256').update(content).digest();
}
