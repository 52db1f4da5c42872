import { ApplicationFailure } from '@temporalio/common';
import { PERMANENT_FAILURES, type PermanentFailure, TRANSIENT_FAILURES } from '../../schemas/failures.js';

/** Longest wait that a rate limit is believed to ask for: windows of forges are an hour. */
const LONGEST_WAIT_MS = 3_600_000;
/** What GitHub asks for where a secondary limit names no time. */
const DEFAULT_WAIT_MS = 60_000;
const MESSAGE_CHARS = 500;

/** What a person can do about a refusal, in the words of one forge. */
export interface Remedies {
  /** 401: who we are is not believed. */
  readonly unauthenticated: string;
  /** 403: who we are may not. */
  readonly forbidden: string;
  /** 404: not there, or hidden from us. */
  readonly notFound: string;
}

interface HttpError extends Error {
  readonly status: number;
  readonly response?: { readonly headers: Readonly<Record<string, string | number | undefined>> };
}

/** The status of an answer that was an error; undefined when there was no such answer. */
export function statusOf(error: unknown): number | undefined {
  // Octokit says 500 also when no answer came at all.
  return isHttpError(error) && error.response ? error.status : undefined;
}

/** The one place where errors of forges become Temporal's: what can be mended by a retry, and after which wait. */
export function toFailure(error: unknown, what: string, remedies: Remedies): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const message = `${what}: ${textOf(error)}`;
  const status = statusOf(error);
  if (status === 429 || (status === 403 && isRateLimit(error))) {
    const nextRetryDelay = waitMs(error);
    return ApplicationFailure.create({ type: TRANSIENT_FAILURES.RateLimited, message, nextRetryDelay });
  }
  if (status === 401) return permanent('Unauthorized', `${message}; ${remedies.unauthenticated}`);
  if (status === 403) return permanent('Unauthorized', `${message}; ${remedies.forbidden}${permissions(error)}`);
  if (status === 404) return permanent('ItemNotFound', `${message}; ${remedies.notFound}`);
  // 408 and 423 pass by themselves, and a conflict is looked at anew.
  if (status !== undefined && status >= 300 && status < 500 && ![408, 409, 423].includes(status)) {
    return permanent('BadInput', message);
  }
  return unavailable(message);
}

export function permanent(type: PermanentFailure, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: PERMANENT_FAILURES[type], message, nonRetryable: true });
}

export function unavailable(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: TRANSIENT_FAILURES.VendorUnavailable, message });
}

/** One line of what went wrong; a forge may answer with a page. */
export function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, ' ').slice(0, MESSAGE_CHARS);
}

function isHttpError(error: unknown): error is HttpError {
  return error instanceof Error && 'status' in error && typeof error.status === 'number';
}

function header(error: unknown, name: string): string | undefined {
  const value = isHttpError(error) ? error.response?.headers[name] : undefined;
  return value === undefined ? undefined : String(value);
}

/** GitHub answers 403 to both: its words and its headers tell a limit from a missing right. */
function isRateLimit(error: unknown): boolean {
  if (header(error, 'retry-after') !== undefined || header(error, 'x-ratelimit-remaining') === '0') return true;
  return /rate limit|abuse detection/i.test(textOf(error));
}

/** `Retry-After` in seconds, or else the moment at which the exhausted quota is full again. */
function waitMs(error: unknown): number {
  const number = (name: string) => Number(header(error, name) ?? Number.NaN);
  const reset = header(error, 'x-ratelimit-remaining') === '0' ? number('x-ratelimit-reset') * 1_000 : Number.NaN;
  const wait = [number('retry-after') * 1_000, reset - Date.now()].find((ms) => Number.isFinite(ms) && ms > 0);
  return Math.min(wait ?? DEFAULT_WAIT_MS, LONGEST_WAIT_MS);
}

/** GitHub names the permissions of an App that would do. */
function permissions(error: unknown): string {
  const accepted = header(error, 'x-accepted-github-permissions');
  return accepted ? ` (it takes: ${accepted})` : '';
}
