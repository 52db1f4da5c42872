import { z } from 'zod';
import { parse } from '../../schemas/parse.js';
import { alertEvent, labelsOfTags } from './alerts.js';
import type { Delivery, Door, Received } from './door.js';
import { parseJson } from './json.js';
import { actor, received } from './received.js';
import { checkToken, type Secrets } from './verify.js';

// Opsgenie's webhooks, which are also those of alerts in Jira Service Management. They are not signed.

const DOCUMENTED =
  /^(Acknowledge|UnAcknowledge|AddNote|AddRecipient|AddResponder|AddTeam|AddTags|RemoveTags|AddDetails|RemoveDetails|AssignOwnership|TakeOwnership|Snooze|SnoozeEnded|Escalate|EscalateNext|UpdatePriority|UpdateDescription|UpdateMessage|CustomAction)$/;

const Notification = z.object({
  action: z.string(),
  alert: z.object({
    alertId: z.string().min(1),
    alias: z.string().nullish(),
    message: z.string(),
    description: z.string().nullish(),
    entity: z.string().nullish(),
    priority: z.string().nullish(),
    tags: z.array(z.string()).nullish(),
    details: z.record(z.string(), z.unknown()).nullish(),
    /** Milliseconds since the epoch. */
    createdAt: z.number().nullish(),
    updatedAt: z.number().nullish(),
    username: z.string().nullish(),
  }),
});

export function opsgenieDoor({ secrets }: { readonly secrets: Secrets }): Door {
  return {
    name: 'opsgenie',
    receive(delivery) {
      checkToken(delivery, secrets, 'may be in the address');
      return understand(delivery);
    },
    again: understand,
  };
}

function understand(delivery: Delivery): Received {
  const payload = parseJson(delivery.body, 'the Opsgenie webhook');
  const { action, alert: of } = parse(Notification, payload, 'the Opsgenie webhook');
  const status = action === 'Create' ? 'firing' : /^(Close|Delete)$/.test(action) ? 'resolved' : undefined;
  if (!status) {
    return DOCUMENTED.test(action)
      ? { ignored: `${action} starts nothing` }
      : { odd: `Opsgenie does not document the action ${action}` };
  }
  const labels = { ...labelsOfTags(of.tags ?? []), ...of.details, ...(of.entity && { entity: of.entity }) };
  const alert = alertEvent('opsgenie', {
    ...{ fault: of.alias || of.alertId, group: of.alertId, name: of.message, status, severity: of.priority },
    ...{ summary: of.message, description: of.description, labels, startsAt: of.createdAt },
    time: of.updatedAt ?? of.createdAt,
  });
  const data = { ...alert.data, ...actor(of.username, of.username) };
  return received({ source: 'opsgenie', delivery, id: undefined, events: [{ ...alert, data }] });
}
