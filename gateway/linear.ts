import { createHash } from 'node:crypto';
import { LinearWebhookClient } from '@linear/sdk/webhooks';
import { HTTPException } from 'hono/http-exception';
import { z } from 'zod';
import { commentMarker } from '../schemas/comment-marker.js';
import { parse } from '../schemas/parse.js';
import { Signal } from '../schemas/signal.js';

// Linear's webhooks: verified first, then mapped to a signal or ignored with a reason.

/** Both ways: a replay is old, and a body signed for later would outlive every other check. */
const WINDOW_MS = 60_000;

const Timestamped = z.object({ webhookTimestamp: z.number() });
const Envelope = Timestamped.extend({
  type: z.string(),
  action: z.string(),
  actor: z.object({ id: z.string().min(1), name: z.string().nullish() }).nullish(),
});
const IssueEvent = z.object({
  data: z.object({
    identifier: z.string(),
    labelIds: z.array(z.string()),
    labels: z.array(z.object({ id: z.string(), name: z.string() })),
  }),
  updatedFrom: z.object({ labelIds: z.array(z.string()).optional() }).nullish(),
});
const CommentEvent = z.object({
  data: z.object({ body: z.string(), issue: z.object({ identifier: z.string() }).nullish() }),
});

export interface Delivery {
  readonly body: Buffer;
  readonly signature: string | undefined;
  /** `Linear-Delivery`, the same on every redelivery. It isn't signed. */
  readonly deliveryId: string | undefined;
}

export type Received = { readonly signal: Signal } | { readonly ignored: string };

export interface LinearSettings {
  readonly webhookSecret: string;
  /** The label that makes a ticket a mission. */
  readonly label: string;
}

export function linearSource({ webhookSecret, label }: LinearSettings): (delivery: Delivery) => Received {
  const client = new LinearWebhookClient(webhookSecret);
  return (delivery) => {
    const payload = verify(client, delivery);
    const envelope = parse(Envelope, payload, 'the Linear webhook');
    const kind = `${envelope.type}/${envelope.action}`;
    if (kind === 'Issue/create' || kind === 'Issue/update') return issueEvent({ payload, envelope, delivery, label });
    if (kind === 'Comment/create') return commentEvent({ payload, envelope, delivery });
    return { ignored: `${kind} starts nothing` };
  };
}

/** Refuses a wrong signature before it looks at anything else, so that a forger learns nothing from the answer. */
function verify(client: LinearWebhookClient, { body, signature }: Delivery): unknown {
  if (!signature) throw new HTTPException(401, { message: 'the Linear-Signature header is missing' });
  let refusal: unknown;
  try {
    client.verify(body, signature);
  } catch (error) {
    refusal = error;
  }
  const message = refusal instanceof Error ? refusal.message : '';
  if (refusal instanceof SyntaxError) {
    throw new HTTPException(422, { message: 'the Linear webhook: expected JSON', cause: refusal });
  }
  if (refusal !== undefined && !message.includes('timestamp')) {
    throw new HTTPException(401, { message: 'the signature does not match the body' });
  }
  const payload: unknown = JSON.parse(body.toString());
  checkTime(payload);
  if (refusal !== undefined) throw new HTTPException(401, { message });
  return payload;
}

function checkTime(payload: unknown): void {
  const timestamped = Timestamped.safeParse(payload);
  if (!timestamped.success) throw untimely('is missing or not a number');
  const age = Date.now() - timestamped.data.webhookTimestamp;
  if (age > WINDOW_MS) throw untimely('is more than 60 s old');
  if (age < -WINDOW_MS) throw untimely('is more than 60 s in the future');
}

function untimely(what: string): HTTPException {
  return new HTTPException(401, { message: `the signed webhookTimestamp ${what}` });
}

interface Event {
  readonly payload: unknown;
  readonly envelope: z.infer<typeof Envelope>;
  readonly delivery: Delivery;
}

function issueEvent(event: Event & { readonly label: string }): Received {
  const { data, updatedFrom } = parse(IssueEvent, event.payload, 'the Linear webhook');
  const { label } = event;
  const before = event.envelope.action === 'create' ? [] : updatedFrom?.labelIds;
  if (!before) return { ignored: 'the labels did not change' };
  const added = data.labels.some(
    ({ id, name }) => name.toLowerCase() === label.toLowerCase() && data.labelIds.includes(id) && !before.includes(id),
  );
  if (!added) return { ignored: `the label "${label}" was not added` };
  return { signal: toSignal(event, 'ticket.labelled', data.identifier) };
}

function commentEvent(event: Event): Received {
  const { data } = parse(CommentEvent, event.payload, 'the Linear webhook');
  if (!data.issue) return { ignored: 'the comment is not on an issue' };
  if (commentMarker(data.body) !== undefined) return { ignored: 'the comment is our own' };
  return { signal: toSignal(event, 'ticket.commented', data.issue.identifier) };
}

/** A wake-up only: what the ticket says is read again from Linear, because webhooks come late and out of order. */
function toSignal({ envelope, delivery }: Event, type: Signal['type'], subject: string): Signal {
  const bodyhash = createHash('sha256').update(delivery.body).digest('hex');
  const { actor } = envelope;
  const signal = {
    specversion: '1.0',
    id: delivery.deliveryId || bodyhash,
    source: 'linear',
    type,
    subject,
    time: new Date(envelope.webhookTimestamp).toISOString(),
    bodyhash,
    data: actor ? { actor: { id: actor.id, ...(actor.name ? { name: actor.name.slice(0, 200) } : {}) } } : {},
  };
  return parse(Signal, signal, 'the Linear webhook');
}
