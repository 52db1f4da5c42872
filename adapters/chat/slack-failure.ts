import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api';
import { ApplicationFailure } from '@temporalio/common';
import { PERMANENT_FAILURES, type PermanentFailure, TRANSIENT_FAILURES } from '../../schemas/failures.js';

/** Longest wait that a rate limit is believed to ask for: Slack's windows are a minute. */
const LONGEST_WAIT_MS = 3_600_000;
const DEFAULT_WAIT_MS = 30_000;

/** What Slack's codes come to. A code that is not here is a request that it will refuse again. */
const PERMANENT: Readonly<Record<string, readonly [type: PermanentFailure, remedy: string]>> = {
  invalid_auth: ['Unauthorized', 'check SLACK_BOT_TOKEN'],
  not_authed: ['Unauthorized', 'check SLACK_BOT_TOKEN'],
  account_inactive: ['Unauthorized', 'check SLACK_BOT_TOKEN'],
  token_revoked: ['Unauthorized', 'check SLACK_BOT_TOKEN'],
  token_expired: ['Unauthorized', 'check SLACK_BOT_TOKEN'],
  missing_scope: ['Unauthorized', 'give the app the scopes of docs/slack.md and install it again'],
  not_in_channel: ['Unauthorized', 'invite the app into the channel: /invite @signalbox'],
  channel_not_found: ['ItemNotFound', 'is the app in this channel?'],
  message_not_found: ['ItemNotFound', ''],
  thread_not_found: ['ItemNotFound', ''],
};
const TRANSIENT = ['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'ratelimited'];

/** The one place where Slack's errors become Temporal's: what a retry can mend, and after which wait. */
export function toFailure(error: unknown, what: string): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const message = `${what}: ${error instanceof Error ? error.message : String(error)}`;
  const wait = retryAfterMs(error);
  if (wait !== undefined) {
    return ApplicationFailure.create({ type: TRANSIENT_FAILURES.RateLimited, message, nextRetryDelay: wait });
  }
  const code = codeOf(error);
  if (code === undefined || TRANSIENT.includes(code)) {
    return ApplicationFailure.create({ type: TRANSIENT_FAILURES.VendorUnavailable, message });
  }
  const [type, remedy] = PERMANENT[code] ?? ['BadInput', detailsOf(error)];
  const said = remedy === '' ? message : `${message} (${remedy})`;
  return ApplicationFailure.create({ type: PERMANENT_FAILURES[type], message: said, nonRetryable: true });
}

/** Slack's own word for it; undefined for what did not come to an answer that makes sense. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof WebAPIPlatformError)) return undefined;
  const { error: code } = error.data;
  return typeof code === 'string' && /^[a-z_]+$/.test(code) ? code : undefined;
}

function retryAfterMs(error: unknown): number | undefined {
  if (error instanceof WebAPIRateLimitedError) return Math.min(error.retryAfter * 1_000, LONGEST_WAIT_MS);
  const unclear = error instanceof WebAPIRequestError && /retry header/i.test(error.original.message);
  const limited = unclear || (error instanceof WebAPIHTTPError && error.statusCode === 429);
  return limited || codeOf(error) === 'ratelimited' ? DEFAULT_WAIT_MS : undefined;
}

/** What was wrong with the request, field by field. */
function detailsOf(error: unknown): string {
  if (!(error instanceof WebAPIPlatformError)) return '';
  return (error.data.response_metadata?.messages ?? []).slice(0, 5).join('; ');
}
