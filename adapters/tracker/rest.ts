import { ApplicationFailure } from '@temporalio/common';
import type { z } from 'zod';
import type { EffectProvider } from '../../activities/ports-effects.js';
import { PERMANENT_FAILURES, type PermanentFailure, TRANSIENT_FAILURES } from '../../schemas/failures.js';
import { parse } from '../../schemas/parse.js';
import { timeLimit, untilAborted } from '../../schemas/time-limit.js';

// A tracker that is spoken to by REST. Nothing is tried again in here: Temporal owns the retries.

/** Trackers answer within seconds; an effect that has to wait longer is looked for and tried again. */
const REQUEST_MS = 8_000;
/** Far more than a page of comments; what is larger is not what was asked for. */
const ANSWER_BYTES = 16 * 1024 * 1024;
/** Longest wait that a rate limit is believed to ask for. */
const LONGEST_WAIT_MS = 3_600_000;
const DEFAULT_WAIT_MS = 60_000;

export interface RestOptions {
  /** As people know it: `Jira`. */
  readonly service: string;
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Where what a request must show depends on its path, and does not last. */
  readonly authorization?: ((path: string) => Promise<string>) | undefined;
  /** What to look at when access is denied. */
  readonly accessHint: string;
  /** Per request. */
  readonly timeoutMs?: number | undefined;
}

export interface RestCall<Answer> {
  readonly what: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Media type of the answer; by default JSON of the vendor's own choice. */
  readonly accept?: string;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  readonly answer: z.ZodType<Answer>;
  readonly signal?: AbortSignal | undefined;
}

export interface Rest {
  readonly requestMs: number;
  readonly ask: <Answer>(call: RestCall<Answer>) => Promise<Answer>;
  /** The same work, whose failures are Temporal's. */
  readonly translated: <T>(what: string, work: () => Promise<T>) => Promise<T>;
  readonly explained: <Request extends { readonly item: string }>(
    doing: string,
    provider: EffectProvider<Request>,
  ) => EffectProvider<Request>;
}

class Refusal extends Error {
  readonly status: number;
  readonly headers: Headers;

  constructor(response: Response, text: string) {
    super(`${response.status}: ${text.slice(0, 500)}`);
    this.status = response.status;
    this.headers = response.headers;
  }
}

export function createRest(options: RestOptions): Rest {
  const { service, baseUrl, headers, authorization, accessHint, timeoutMs = REQUEST_MS } = options;
  const translated: Rest['translated'] = async (what, work) => {
    try {
      return await work();
    } catch (error) {
      throw toFailure(error, `${what} in ${service}`, accessHint);
    }
  };
  return {
    requestMs: timeoutMs,
    async ask({ what, path, query = {}, accept = 'application/json', method = 'GET', body, answer, signal: given }) {
      const signal = timeLimit(timeoutMs, given);
      const url = new URL(`${baseUrl.replace(/\/$/, '')}${path}`);
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      const shown = authorization && { authorization: await authorization(path) };
      const content = body === undefined ? {} : { body: JSON.stringify(body) };
      const request = fetch(url, {
        ...{ method, signal, ...content },
        // The token is meant for this host alone.
        redirect: 'error',
        headers: { accept, 'content-type': 'application/json', ...headers, ...shown },
      });
      const response = await untilAborted(signal, request);
      const text = await untilAborted(signal, bounded(response));
      if (!response.ok) throw new Refusal(response, text);
      return parse(answer, text === '' ? null : JSON.parse(text), `${service}'s answer to ${what}`);
    },
    translated,
    explained: (doing, { look, act, ...limits }) => ({
      ...limits,
      look: (request, watch) => translated(`${doing} ${request.item}`, () => look(request, watch)),
      act: (request, watch) => translated(`${doing} ${request.item}`, () => act(request, watch)),
    }),
  };
}

async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES) throw new Error(`the answer is larger than ${ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** No such thing, or none that this account may see. */
export function isMissing(error: unknown): boolean {
  return error instanceof Refusal && (error.status === 404 || error.status === 410);
}

/** The one place where REST's errors become Temporal's: what can be mended by a retry, and after which wait. */
function toFailure(error: unknown, what: string, accessHint: string): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const message = `${what}: ${error instanceof Error ? error.message : String(error)}`;
  if (!(error instanceof Refusal))
    return ApplicationFailure.create({ type: TRANSIENT_FAILURES.VendorUnavailable, message });
  if (isRateLimit(error)) {
    const nextRetryDelay = waitMs(error.headers);
    return ApplicationFailure.create({ type: TRANSIENT_FAILURES.RateLimited, message, nextRetryDelay });
  }
  if (isMissing(error)) return permanent('ItemNotFound', message);
  if (error.status === 401 || error.status === 403) return permanent('Unauthorized', `${message} (${accessHint})`);
  if (error.status === 400 || error.status === 409 || error.status === 422) return permanent('BadInput', message);
  return ApplicationFailure.create({ type: TRANSIENT_FAILURES.VendorUnavailable, message });
}

/** GitHub says 403 for what it limits, and only its headers tell that from a token that may not. */
function isRateLimit({ status, headers }: Refusal): boolean {
  if (status === 429) return true;
  return status === 403 && (headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0');
}

/** `Retry-After` in seconds, or else the moment, in seconds or as a date, at which the quota is full again. */
function waitMs(headers: Headers): number {
  const retryAfter = Number(headers.get('retry-after') ?? Number.NaN) * 1_000;
  const reset = headers.get('x-ratelimit-reset') ?? '';
  const resetAt = /^\d+$/.test(reset) ? Number(reset) * 1_000 : Date.parse(reset);
  const wait = [retryAfter, resetAt - Date.now()].find((ms) => Number.isFinite(ms) && ms > 0) ?? DEFAULT_WAIT_MS;
  return Math.min(wait, LONGEST_WAIT_MS);
}

export function permanent(type: PermanentFailure, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: PERMANENT_FAILURES[type], message, nonRetryable: true });
}

/** Text of an item travels through workflow history, whose payloads are limited to 2 MB. */
export function cut(text: string, chars: number, where: string): string {
  return text.length > chars ? `${text.slice(0, chars)}\n[${text.length - chars} more characters in ${where}]` : text;
}
