import type { ModelTrouble } from '../../activities/ports-models.js';
import type { ModelCard } from '../../schemas/model.js';
import type { ModelProvider } from '../../schemas/model-settings.js';
import type { Outcome } from './provider.js';

// The one place where what providers say becomes trouble in our words, and says what to do about it.

/** An error as a provider told it, or as the way there broke. */
export interface Fault {
  /** Undefined when no HTTP status came: the connection broke, or the error came inside of a stream. */
  readonly status?: number | undefined;
  readonly headers?: Pick<Headers, 'get'> | undefined;
  /** Its type and code in the provider's words. */
  readonly words?: readonly (string | undefined)[];
  readonly message: string;
  /** There was an answer, and it made no sense. */
  readonly nonsense?: boolean;
}

type Kind = ModelTrouble['kind'];

/** Longest wait that is believed: quotas are renewed by the month. */
const LONGEST_WAIT_MS = 31 * 86_400_000;
const MESSAGE_CHARS = 500;

/** Words of the errors that no status tells apart: quota comes as 400, 402, 403 and 429, and anything inside of a stream. */
const WORDS: readonly (readonly [RegExp, Kind])[] = [
  [
    /^(insufficient_quota|billing_error|billing_hard_limit_reached|.*spend_limit_reached|credit_limit_reached)$/,
    'quota',
  ],
  [/^(rate_limit_error|rate_limit_exceeded|too_many_requests)$/, 'rate-limited'],
  [
    /^(overloaded_error|api_error|timeout_error|server_error|internal_server_error|service_unavailable)$/,
    'unavailable',
  ],
  [/^(authentication_error|permission_error|invalid_api_key)$/, 'unauthorized'],
  [/^(invalid_request_error|not_found_error|request_too_large|model_not_found|context_length_exceeded)$/, 'refused'],
];
const QUOTA =
  /credit balance is too low|exceeded your current quota|insufficient (balance|funds|credits?|quota)|spend(ing)? limit/i;

export function troubleOf(
  fault: Fault,
  provider: ModelProvider,
  card: ModelCard,
): Extract<Outcome, { trouble: unknown }> {
  const kind = kindOf(fault);
  const wait = kind === 'rate-limited' || kind === 'quota' ? retryAfterMs(fault.headers) : undefined;
  const trouble = { kind, ...(wait !== undefined && { retryAfterMs: wait }) } as ModelTrouble;
  const said = withoutKey(fault.message, provider.apiKey).replace(/\s+/g, ' ').trim().slice(0, MESSAGE_CHARS);
  const status = fault.status !== undefined && !said.startsWith(String(fault.status)) ? `${fault.status} ` : '';
  return { trouble, message: `${card.name}: ${status}${said} (${remedyOf(kind, fault, provider, card)})` };
}

function kindOf({ status, words = [], message, nonsense }: Fault): Kind {
  if (nonsense) return 'refused';
  const told = words.flatMap((word) => WORDS.filter(([pattern]) => word && pattern.test(word)).map(([, kind]) => kind));
  // A refusal for money looks like any other by its status.
  if (status === 402 || told.includes('quota')) return 'quota';
  if ((status === undefined || (status >= 400 && status < 500)) && QUOTA.test(message)) return 'quota';
  if (status === undefined) return told[0] ?? 'unavailable';
  if (status === 429) return 'rate-limited';
  if (status === 401 || status === 403) return 'unauthorized';
  if (status >= 500 || status === 408 || status === 425 || status === 499) return 'unavailable';
  return 'refused';
}

function remedyOf(kind: Kind, { status }: Fault, { keyFrom, baseUrl, name }: ModelProvider, { id }: ModelCard): string {
  switch (kind) {
    case 'rate-limited':
      return 'it asks to wait; fewer calls at once: worker.parallelModelCalls';
    case 'quota':
      return `add credit to the account of ${name}, or raise its limit`;
    case 'unauthorized':
      return `check ${keyFrom} and what its account may use`;
    case 'unavailable':
      return `check that ${baseUrl} can be reached; otherwise it passes`;
    case 'refused':
      return status === 404
        ? `check that ${baseUrl} is the provider's address and that it has the model ${id}`
        : `check that ${id} takes such a request: models.use says what it can do`;
  }
}

/** Seconds or a date, as HTTP has it; or milliseconds, which some providers add. */
function retryAfterMs(headers: Fault['headers']): number | undefined {
  const exact = headers?.get('retry-after-ms');
  const given = headers?.get('retry-after');
  const seconds = given && /^[\d.]+$/.test(given) ? Number(given) : undefined;
  const wait = exact ? Number(exact) : seconds !== undefined ? seconds * 1000 : Date.parse(given ?? '') - Date.now();
  return Number.isFinite(wait) && wait >= 0 ? Math.min(Math.ceil(wait), LONGEST_WAIT_MS) : undefined;
}

/** Some providers quote the key that they refuse. */
function withoutKey(text: string, key: string | undefined): string {
  return key ? text.replaceAll(key, '[the key]') : text;
}
