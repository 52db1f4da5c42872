import { LinearError, RatelimitedLinearError } from '@linear/sdk';
import { ApplicationFailure } from '@temporalio/common';
import { PERMANENT_FAILURES, type PermanentFailure, TRANSIENT_FAILURES } from '../../schemas/failures.js';

/** Longest wait that a rate limit is believed to ask for: Linear's windows are an hour. */
const LONGEST_WAIT_MS = 3_600_000;
const DEFAULT_WAIT_MS = 60_000;

/** The one place where Linear's errors become Temporal's: what can be mended by a retry, and after which wait. */
export function toFailure(error: unknown, what: string): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const message = `${what}: ${error instanceof Error ? error.message : String(error)}`;
  if (isRateLimit(error)) {
    const nextRetryDelay = waitMs(error);
    return ApplicationFailure.create({ type: TRANSIENT_FAILURES.RateLimited, message, nextRetryDelay });
  }
  if (isNotFound(error)) return permanent('ItemNotFound', message);
  if (isUnauthorized(error)) {
    return permanent('Unauthorized', `${message} (check LINEAR_API_KEY and what its user may do)`);
  }
  if (isRefused(error)) return permanent('BadInput', message);
  return ApplicationFailure.create({ type: TRANSIENT_FAILURES.VendorUnavailable, message });
}

export function permanent(type: PermanentFailure, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: PERMANENT_FAILURES[type], message, nonRetryable: true });
}

/** Linear answers with an error, not with null, when there is no such thing. */
export function isNotFound(error: unknown): boolean {
  return codes(error).some(({ message }) => /^entity not found/i.test(message ?? ''));
}

/** Linear understood the request and will refuse it again, as it does with an id that is taken. */
export function isRefused(error: unknown): boolean {
  return codes(error).some(({ extensions }) => extensions?.code === 'INPUT_ERROR' || extensions?.userError === true);
}

function isRateLimit(error: unknown): error is LinearError {
  if (!(error instanceof LinearError)) return false;
  const limited = codes(error).some(({ extensions }) => extensions?.code === 'RATELIMITED');
  return error instanceof RatelimitedLinearError || error.status === 429 || limited;
}

function isUnauthorized(error: unknown): boolean {
  if (!(error instanceof LinearError)) return false;
  const denied = codes(error).some(({ extensions }) =>
    ['AUTHENTICATION_ERROR', 'FORBIDDEN'].includes(extensions?.code ?? ''),
  );
  return denied || error.status === 401 || error.status === 403;
}

/** `Retry-After` in seconds, or else the moment at which the exhausted quota is full again. */
function waitMs(error: LinearError): number {
  const { headers } = error.raw?.response ?? {};
  const number = (name: string) => Number(headers?.get(name) ?? Number.NaN);
  const retryAfter = number('retry-after') * 1_000;
  const resets = ['requests', 'complexity']
    .filter((quota) => number(`x-ratelimit-${quota}-remaining`) <= 0)
    .map((quota) => number(`x-ratelimit-${quota}-reset`) - Date.now());
  const wait = [retryAfter, Math.max(...resets)].find((ms) => Number.isFinite(ms) && ms > 0) ?? DEFAULT_WAIT_MS;
  return Math.min(wait, LONGEST_WAIT_MS);
}

interface GraphqlError {
  readonly message?: string;
  readonly extensions?: { readonly code?: string; readonly userError?: boolean };
}

/** As Linear sent them: the SDK keeps only the type and the presentable message. */
function codes(error: unknown): readonly GraphqlError[] {
  if (!(error instanceof LinearError)) return [];
  return (error.raw?.response?.errors ?? []) as readonly GraphqlError[];
}
