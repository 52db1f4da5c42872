import { createHmac } from 'node:crypto';
import type { DoorsSection } from '../../../schemas/door-settings.js';
import type { Source } from '../../../schemas/source.js';
import { signedHeaders } from '../linear-webhook.js';
import { giteaWebhook, githubWebhook, type Sent } from './forges.js';
import { alertGroupPayload, datadogPayload, opsgeniePayload, pagerdutyPayload, sentryPayload } from './monitors.js';
import { githubIssuePayload, jiraIssuePayload, linearIssuePayload } from './trackers.js';

// Every vendor that knocks: what it sends about its n-th item, and how it proves that it is itself.

export interface Signing {
  readonly secret: string;
  /** When it is sent, in milliseconds since the epoch. */
  readonly at: number;
  readonly delivery: string;
}

export interface Knock extends Sent {
  /** Behind the `?` of the address. */
  readonly query?: string;
}

export interface VendorSender {
  /** Its address is `/webhooks/<door>`. */
  readonly door: string;
  readonly source: Source;
  /** Any bytes, proven as this vendor does it. */
  sign(body: string, how: Signing): Knock;
  /** Something that starts work on its n-th item. */
  body(n: number, at: number): string;
  /** Key of the n-th item. */
  subject: RegExp;
  /** Both ways, in milliseconds; absent where the vendor signs no time. */
  readonly window?: { readonly past: number; readonly future: number };
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const json = { 'content-type': 'application/json' };

/** What the configuration says of the sender that has no door of its own. */
export const SUPPORT = {
  name: 'support',
  verify: 'hmac',
  signatureHeader: 'X-Support-Signature',
  title: '/mail/subject',
  text: '/mail/text',
  id: '/mail/id',
  reporter: '/mail/from',
} as const satisfies DoorsSection['webhooks'][number];

function hmac(secret: string, content: string): string {
  return createHmac('sha256', secret).update(content).digest('hex');
}

const linear: VendorSender = {
  ...{ door: 'linear', source: 'linear', subject: /^ENG-\d+$/, window: { past: MINUTE, future: MINUTE } },
  sign: (body, { secret, at, delivery }) => ({
    body,
    headers: signedHeaders({ body, secret, event: 'Issue', delivery, timestamp: at }),
  }),
  body: (n, at) => JSON.stringify(linearIssuePayload(n, at)),
};

const jira: VendorSender = {
  ...{ door: 'jira', source: 'jira', subject: /^SHOP-\d+$/, window: { past: DAY, future: 5 * MINUTE } },
  sign: (body, { secret, delivery }) => ({
    body,
    headers: {
      ...json,
      'x-hub-signature': `sha256=${hmac(secret, body)}`,
      'x-atlassian-webhook-identifier': delivery,
    },
  }),
  body: (n, at) => JSON.stringify(jiraIssuePayload(n, at)),
};

const github: VendorSender = {
  ...{ door: 'github', source: 'github', subject: /^acme\.shop-\d+$/ },
  sign: (body, { secret, delivery }) => githubWebhook({ event: 'issues', payload: body, secret, delivery }),
  body: (n, at) => JSON.stringify(githubIssuePayload(n, at)),
};

const gitea: VendorSender = {
  ...{ door: 'gitea', source: 'gitea', subject: /^acme\.shop-\d+$/ },
  sign: (body, { secret, delivery }) => giteaWebhook({ event: 'issues', payload: body, secret, delivery }),
  body: (n, at) => JSON.stringify({ ...githubIssuePayload(n, at), action: 'label_updated' }),
};

const alertmanager: VendorSender = {
  ...{ door: 'alertmanager', source: 'alertmanager', subject: /^alertmanager-[0-9a-f]{16}$/ },
  sign: (body, { secret }) => ({ body, headers: { ...json, authorization: `Bearer ${secret}` } }),
  body: (n, at) => JSON.stringify(alertGroupPayload({ version: '4', numbers: [n], at })),
};

const grafana: VendorSender = {
  ...{ door: 'grafana', source: 'grafana', subject: /^grafana-[0-9a-f]{16}$/ },
  window: { past: 5 * MINUTE, future: 5 * MINUTE },
  sign(body, { secret, at }) {
    const time = String(Math.floor(at / 1000));
    const signature = hmac(secret, `${time}:${body}`);
    return {
      body,
      headers: { ...json, 'x-grafana-alerting-timestamp': time, 'x-grafana-alerting-signature': signature },
    };
  },
  body: (n, at) => JSON.stringify(alertGroupPayload({ version: '1', numbers: [n], at })),
};

const pagerduty: VendorSender = {
  ...{ door: 'pagerduty', source: 'pagerduty', subject: /^pagerduty-[0-9a-f]{16}$/ },
  window: { past: DAY, future: 5 * MINUTE },
  sign: (body, { secret, delivery }) => ({
    body,
    headers: {
      ...json,
      'x-pagerduty-signature': `v1=${hmac('of another subscription', body)},v1=${hmac(secret, body)}`,
      'x-webhook-id': delivery,
    },
  }),
  body: (n, at) => JSON.stringify(pagerdutyPayload(n, at)),
};

const sentry: VendorSender = {
  ...{ door: 'sentry', source: 'sentry', subject: /^sentry-[0-9a-f]{16}$/ },
  sign: (body, { secret, at, delivery }) => ({
    body,
    headers: {
      ...{ ...json, 'request-id': delivery, 'sentry-hook-resource': 'issue' },
      ...{ 'sentry-hook-timestamp': String(Math.floor(at / 1000)), 'sentry-hook-signature': hmac(secret, body) },
    },
  }),
  body: (n, at) => JSON.stringify(sentryPayload(n, at)),
};

const datadog: VendorSender = {
  ...{ door: 'datadog', source: 'datadog', subject: /^datadog-[0-9a-f]{16}$/ },
  sign: (body, { secret }) => ({ body, headers: { ...json, 'x-signalbox-token': secret } }),
  body: (n, at) => JSON.stringify(datadogPayload(n, at)),
};

const opsgenie: VendorSender = {
  ...{ door: 'opsgenie', source: 'opsgenie', subject: /^opsgenie-[0-9a-f]{16}$/ },
  sign: (body, { secret }) => ({ body, headers: json, query: `token=${encodeURIComponent(secret)}` }),
  body: (n, at) => JSON.stringify(opsgeniePayload(n, at)),
};

const support: VendorSender = {
  ...{ door: SUPPORT.name, source: 'webhook', subject: /^support-mail-\d+$/ },
  sign: (body, { secret }) => ({ body, headers: { ...json, 'x-support-signature': hmac(secret, body) } }),
  body: (n) =>
    JSON.stringify({
      mail: { id: `mail-${n}`, subject: `Totals are wrong (${n})`, text: 'Off by a cent.', from: 'eva@example.com' },
    }),
};

export const SENDERS: readonly VendorSender[] = [
  ...[linear, jira, github, gitea, alertmanager, grafana, pagerduty, sentry, datadog, opsgenie, support],
];
