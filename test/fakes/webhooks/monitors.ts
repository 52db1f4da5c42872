// What monitors say about their n-th fault.

export interface AlertGroupOptions {
  readonly version: '4' | '1';
  /** Of the alerts that are in the group. */
  readonly numbers: readonly number[];
  readonly at: number;
  readonly status?: 'firing' | 'resolved';
  readonly truncated?: number;
}

/** Alertmanager's, version 4, and Grafana's, version 1. */
export function alertGroupPayload({ version, numbers, at, status = 'firing', truncated = 0 }: AlertGroupOptions) {
  const startsAt = new Date(Math.floor(at / 3_600_000) * 3_600_000).toISOString();
  return {
    ...{ version, groupKey: '{}:{service="shop"}', truncatedAlerts: truncated, status, receiver: 'signalbox' },
    ...{ groupLabels: { service: 'shop' }, commonLabels: { service: 'shop' }, commonAnnotations: {} },
    externalURL: 'http://monitor.example',
    alerts: numbers.map((n) => ({
      status,
      labels: { alertname: 'ErrorRate', service: 'shop', severity: 'critical', instance: `shop-${n}` },
      annotations: { summary: `5 % of requests fail at shop-${n}`, description: 'Since the last release.' },
      startsAt,
      endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : new Date(at).toISOString(),
      generatorURL: 'http://monitor.example/graph',
      fingerprint: n.toString(16).padStart(16, '0'),
    })),
  };
}

export function pagerdutyPayload(n: number, at: number) {
  const occurred = new Date(at).toISOString();
  return {
    event: {
      ...{ id: `01EVENT${n}`, event_type: 'incident.triggered', resource_type: 'incident', occurred_at: occurred },
      agent: { id: 'PADA', summary: 'Ada', type: 'user_reference', html_url: 'https://pd.example/users/PADA' },
      client: { name: 'PagerDuty' },
      data: {
        ...{ id: `PINC${n}`, type: 'incident', number: n, status: 'triggered', incident_key: `shop/errors/${n}` },
        ...{ created_at: occurred, title: 'The shop answers with errors', urgency: 'high' },
        html_url: `https://pd.example/incidents/PINC${n}`,
        service: { id: 'PSVC', summary: 'Shop', type: 'service_reference' },
        priority: { id: 'PPRI', summary: 'P1', type: 'priority_reference' },
      },
    },
  };
}

export function sentryPayload(n: number, at: number) {
  return {
    action: 'created',
    installation: { uuid: 'a8e5d37a-696c-4c54-adb5-b3f28d64c7de' },
    data: {
      issue: {
        ...{ id: String(1_170_820_000 + n), shortId: `SHOP-${n}`, level: 'error', status: 'unresolved', type: 'error' },
        ...{ title: 'TypeError: total is not a function', culprit: 'shop/cart.ts in total' },
        ...{ firstSeen: new Date(at).toISOString(), count: '1', userCount: 0 },
        web_url: `https://sentry.example/issues/${1_170_820_000 + n}`,
        project: { id: '1', name: 'shop', slug: 'shop', platform: 'node' },
      },
    },
    actor: { type: 'application', id: 'sentry', name: 'Sentry' },
  };
}

/** The template of docs/doors.md, filled in. */
export function datadogPayload(n: number, at: number) {
  return {
    ...{ id: String(4_000_000_000_000 + n), title: '[Triggered] The shop is slow', body: 'p99 is over 2 s.' },
    ...{ alert_id: '91', aggreg_key: `monitor-91-shop-${n}`, alert_transition: 'Triggered', priority: 'P2' },
    ...{ date: String(at), tags: 'env:prod,service:shop,team:shop', link: 'https://dd.example/monitors/91' },
  };
}

export function opsgeniePayload(n: number, at: number) {
  return {
    ...{ source: { name: '', type: 'API' }, integrationId: '0d7ae', integrationName: 'Signalbox', action: 'Create' },
    alert: {
      ...{ alertId: `8743a1b2-${n}`, alias: `shop-disk-${n}`, tinyId: String(n), message: 'The disk is full' },
      ...{
        tags: ['OverwriteQuietHours', 'service:shop'],
        entity: 'shop-db',
        priority: 'P1',
        username: 'ada@example.com',
      },
      ...{
        createdAt: at,
        updatedAt: at * 1_000_000,
        userId: 'f1',
        description: '97 % used',
        details: { host: 'db-1' },
      },
    },
  };
}
