import { isValidSlackRequest } from '@slack/bolt';
import type { Delivery } from '../doors/door.js';
import { checkTime, refused, type Secrets } from '../doors/verify.js';

/** Slack's own limit. */
const WINDOW_MS = 300_000;

/** Throws 401 for whatever is not Slack's own and timely. The signature comes first: a forger learns nothing. */
export function verify({ body, header }: Delivery, secrets: Secrets): void {
  const signature = header('x-slack-signature');
  const timestamp = Number(header('x-slack-request-timestamp') ?? Number.NaN);
  if (!signature || !Number.isFinite(timestamp)) throw refused('the signature or the timestamp of Slack is missing');
  const headers = { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp };
  const text = body.toString();
  // The time is looked at below, both ways.
  const nowMilliseconds = timestamp * 1_000;
  const answers = secrets.map((signingSecret) =>
    isValidSlackRequest({ signingSecret, body: text, headers, nowMilliseconds }),
  );
  if (!answers.includes(true)) throw refused('the signature does not match the body');
  checkTime(timestamp * 1_000, WINDOW_MS, "the signed timestamp of Slack's request");
}
