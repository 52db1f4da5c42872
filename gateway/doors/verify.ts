import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { HTTPException } from 'hono/http-exception';
import type { Delivery } from './door.js';

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

function isToken(given: string, secrets: Secrets): boolean {
  return secrets.map((secret) => isSame(given, secret)).includes(true);
}

/** Throws 401 unless the sender shows one of the secrets: as bearer, as password, or in a header of its own. */
export function checkToken(delivery: Delivery, secrets: Secrets, inAddress?: 'may be in the address'): void {
  const authorization = delivery.header('authorization') ?? '';
  const basic = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(authorization)?.[1];
  const shown = [
    /^Bearer +(\S+) *$/i.exec(authorization)?.[1],
    basic && Buffer.from(basic, 'base64').toString().split(':').slice(1).join(':'),
    delivery.header(TOKEN_HEADER),
    inAddress && delivery.query('token'),
  ];
  const rights = shown.map((given) => given !== undefined && isToken(given, secrets));
  if (!rights.includes(true)) throw refused('the secret is missing or wrong');
}

/** For senders that can set a header and sign nothing. */
const TOKEN_HEADER = 'x-signalbox-token';

/** Both ways: a replay is old, and what is signed for later would outlive every other check. */
export function checkTime(signedAtMs: number, windowMs: number, what: string, aheadMs = windowMs): void {
  const age = Date.now() - signedAtMs;
  if (!Number.isFinite(age)) throw refused(`${what} is missing or no time`);
  if (age > windowMs) throw refused(`${what} is more than ${windowMs / 1000} s old`);
  if (age < -aheadMs) throw refused(`${what} is more than ${aheadMs / 1000} s in the future`);
}

/**
 * Of sources that sign when a thing happened and not when they tell it: they try again for hours. A clock may be ahead by
 * the usual five minutes.
 */
export function checkHappened(happenedAtMs: number, what: string): void {
  checkTime(happenedAtMs, 24 * 3_600_000, what, 300_000);
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
