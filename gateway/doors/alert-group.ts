import { z } from 'zod';
import { parse } from '../../schemas/parse.js';
import { sha256 } from '../digest.js';
import { alertEvent } from './alerts.js';
import type { Delivery, Received } from './door.js';
import { parseJson } from './json.js';
import { type Event, received } from './received.js';

// The notification that Alertmanager sends and Grafana has taken over: a group of alerts, each with a state of its own.

const Texts = z.record(z.string(), z.unknown());
const AlertInGroup = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: Texts,
  annotations: Texts.nullish(),
  startsAt: z.string(),
  endsAt: z.string().nullish(),
  generatorURL: z.string().nullish(),
  fingerprint: z.string().min(1),
});
const Group = z.object({
  version: z.string(),
  groupKey: z.string().nullish(),
  receiver: z.string().nullish(),
  truncatedAlerts: z.int().min(0).nullish(),
  alerts: z.array(AlertInGroup),
});

export interface AlertGroup {
  readonly source: 'alertmanager' | 'grafana';
  /** Of the payload. */
  readonly version: string;
  readonly delivery: Delivery;
}

export function alertGroup({ source, version, delivery }: AlertGroup): Received {
  const group = parse(Group, parseJson(delivery.body, `the ${source} webhook`), `the ${source} webhook`);
  if (group.version !== version) return { odd: `expected version ${version} of the payload, got ${group.version}` };
  if (group.alerts.length === 0) return { ignored: 'the group has no alerts' };
  const events = group.alerts.map((alert) => alertInGroup(source, group, alert));
  return received({ source, delivery, id: undefined, events });
}

/** The same notification comes again and again while an alert lasts: it is one event, however often it is told. */
function alertInGroup(
  source: AlertGroup['source'],
  { groupKey, truncatedAlerts }: z.infer<typeof Group>,
  alert: z.infer<typeof AlertInGroup>,
): Event {
  const { status, labels, fingerprint, startsAt, endsAt, generatorURL } = alert;
  const annotations = alert.annotations ?? {};
  const text = (key: string) => (typeof annotations[key] === 'string' ? annotations[key] : undefined);
  const labelled = (key: string) => (typeof labels[key] === 'string' ? labels[key] : undefined);
  const ended = status === 'resolved' ? endsAt : undefined;
  return alertEvent(source, {
    ...{ fault: fingerprint, group: groupKey ?? undefined, name: labelled('alertname'), status },
    ...{ severity: labelled('severity') ?? labelled('priority'), summary: text('summary') ?? text('message') },
    ...{ description: text('description'), labels, startsAt, url: generatorURL },
    ...(truncatedAlerts && { truncated: truncatedAlerts }),
    id: sha256(JSON.stringify([groupKey ?? '', fingerprint, startsAt, status, ended ?? ''])),
    time: ended ?? startsAt,
  });
}
