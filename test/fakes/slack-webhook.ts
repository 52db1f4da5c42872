import { createHmac } from 'node:crypto';

// What Slack sends to an app over HTTP: bodies as its documentation shows them, signed as it signs them.

export interface SlackRequest {
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface Signing {
  readonly secret: string;
  /** Seconds since the epoch; by default now. */
  readonly timestamp?: number;
  /** How often it was sent before. */
  readonly retry?: number;
}

/** `v0`: HMAC-SHA256 over the version, the time and the raw body. */
export function signed(body: string, type: string, { secret, timestamp, retry }: Signing): SlackRequest {
  const at = String(timestamp ?? Math.floor(Date.now() / 1_000));
  const signature = createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex');
  return {
    headers: {
      'content-type': type,
      'x-slack-request-timestamp': at,
      'x-slack-signature': `v0=${signature}`,
      ...(retry !== undefined && { 'x-slack-retry-num': String(retry), 'x-slack-retry-reason': 'http_timeout' }),
    },
    body,
  };
}

export function signedForm(fields: Readonly<Record<string, string>>, signing: Signing): SlackRequest {
  return signed(new URLSearchParams(fields).toString(), 'application/x-www-form-urlencoded', signing);
}

export function signedJson(content: unknown, signing: Signing): SlackRequest {
  return signed(JSON.stringify(content), 'application/json', signing);
}
