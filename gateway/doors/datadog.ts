import { z } from 'zod';
import { parse } from '../../schemas/parse.js';
import { alertEvent, labelsOfTags } from './alerts.js';
import type { Delivery, Door, Received } from './door.js';
import { parseJson } from './json.js';
import { received } from './received.js';
import { checkToken, type Secrets } from './verify.js';

// Datadog's webhooks. What they say is a template that the customer writes: docs/doors.md has the one that is read here.

const FIRED = /^(Triggered|Re-Triggered|Warn|Re-Warn|No Data|Re-No Data|Renotify)$/;
const RESOLVED = /^(Recovered|Warn Recovered|No Data Recovered)$/;

const Filled = z.object({
  id: z.string().min(1).max(200),
  title: z.string(),
  alert_transition: z.string(),
  /** Of the monitor and what it is grouped by. */
  aggreg_key: z.string().min(1),
  body: z.string().nullish(),
  alert_id: z.string().nullish(),
  priority: z.string().nullish(),
  /** Milliseconds since the epoch. */
  date: z.string().nullish(),
  tags: z.string().nullish(),
  link: z.string().nullish(),
});

export function datadogDoor({ secrets }: { readonly secrets: Secrets }): Door {
  return {
    name: 'datadog',
    receive(delivery) {
      checkToken(delivery, secrets);
      return understand(delivery);
    },
    again: understand,
  };
}

function understand(delivery: Delivery): Received {
  const event = parse(Filled, parseJson(delivery.body, 'the Datadog webhook'), 'the Datadog webhook');
  const { alert_transition: transition, title, date } = event;
  const status = FIRED.test(transition) ? 'firing' : RESOLVED.test(transition) ? 'resolved' : undefined;
  if (!status) return { odd: `Datadog does not document the transition ${transition}` };
  const happened = date && /^\d{1,15}$/.test(date) ? Number(date) : undefined;
  const alert = alertEvent('datadog', {
    ...{ fault: event.aggreg_key, group: event.alert_id ?? undefined, name: title, status },
    ...{ severity: event.priority, summary: title, description: event.body, url: event.link },
    ...{ labels: labelsOfTags((event.tags ?? '').split(',')), startsAt: happened, time: happened },
  });
  return received({ source: 'datadog', delivery, id: event.id, events: [alert] });
}
