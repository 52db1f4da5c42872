import { z } from 'zod';
import { parse } from '../../schemas/parse.js';
import { alertEvent } from './alerts.js';
import type { Delivery, Door, Received } from './door.js';
import { parseJson } from './json.js';
import { actor, received } from './received.js';
import { checkHappened, isSigned, refused, type Secrets } from './verify.js';

// PagerDuty's webhooks, version 3: one event each, signed with every secret that is in force there.

const FIRED = /^incident\.(triggered|reopened)$/;
const RESOLVED = /^incident\.resolved$/;
/** Events that it documents and that are no news about a fault. */
const DOCUMENTED =
  /^(pagey\.ping|service\.(created|deleted|updated|custom_field_values\.updated)|incident\.(acknowledged|unacknowledged|annotated|delegated|escalated|reassigned|priority_updated|service_updated|status_update_published|conference_bridge\.updated|custom_field_values\.updated|incident_type\.changed|responder\.(added|replied)|role\.assigned|workflow\.(started|completed)|action_invocation\.(created|updated|terminated)))$/;

const Named = z.object({ summary: z.string().nullish() }).nullish();
const Envelope = z.object({
  event: z.object({
    id: z.string().min(1).max(200),
    event_type: z.string(),
    occurred_at: z.string(),
    agent: z.object({ id: z.string(), summary: z.string().nullish() }).nullish(),
    data: z.unknown(),
  }),
});
const Incident = z.object({
  id: z.string().min(1),
  incident_key: z.string().nullish(),
  title: z.string().nullish(),
  html_url: z.string().nullish(),
  created_at: z.string().nullish(),
  urgency: z.string().nullish(),
  priority: Named,
  service: Named,
});

export function pagerdutyDoor({ secrets }: { readonly secrets: Secrets }): Door {
  return {
    name: 'pagerduty',
    deliveryHeader: 'x-webhook-id',
    receive(delivery) {
      const header = delivery.header('x-pagerduty-signature');
      if (!header) throw refused('the X-PagerDuty-Signature header is missing');
      const signatures = header.split(',').map((one) => /^v1=([0-9a-f]{64})$/i.exec(one.trim())?.[1] ?? '');
      if (!isSigned({ content: delivery.body, signatures, secrets })) {
        throw refused('the signature does not match the body');
      }
      checkHappened(Date.parse(readEvent(delivery).occurred_at), 'the signed occurred_at');
      return understand(delivery);
    },
    again: understand,
  };
}

function readEvent(delivery: Delivery): z.infer<typeof Envelope>['event'] {
  return parse(Envelope, parseJson(delivery.body, 'the PagerDuty webhook'), 'the PagerDuty webhook').event;
}

function understand(delivery: Delivery): Received {
  const { id, event_type: type, occurred_at, agent, data } = readEvent(delivery);
  const status = FIRED.test(type) ? 'firing' : RESOLVED.test(type) ? 'resolved' : undefined;
  if (status === undefined) {
    return DOCUMENTED.test(type)
      ? { ignored: `${type} starts nothing` }
      : { odd: `PagerDuty does not document the event ${type}` };
  }
  const incident = parse(Incident, data, `the PagerDuty webhook ${type}`);
  const service = incident.service?.summary;
  const alert = alertEvent('pagerduty', {
    // Its own key for the same fault: a recurrence is another incident with the same key.
    ...{ fault: incident.incident_key || incident.id, group: incident.id, name: incident.title, status },
    ...{ severity: incident.priority?.summary ?? incident.urgency, summary: incident.title },
    ...{ labels: service ? { service } : {}, startsAt: incident.created_at ?? occurred_at, url: incident.html_url },
    ...{ id, time: occurred_at },
  });
  const by = actor(agent?.id, agent?.summary);
  return received({ source: 'pagerduty', delivery, id, events: [{ ...alert, data: { ...alert.data, ...by } }] });
}
