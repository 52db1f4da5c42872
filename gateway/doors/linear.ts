import { LinearWebhookClient } from '@linear/sdk/webhooks';
import { z } from 'zod';
import { commentMarker } from '../../schemas/comment-marker.js';
import { parse } from '../../schemas/parse.js';
import { Signal } from '../../schemas/signal.js';
import { sha256 } from '../digest.js';
import type { Delivery, Door, Received } from './door.js';
import { parseJson } from './json.js';
import { checkTime, refused, type Secrets } from './verify.js';

// Linear's webhooks: verified first, then mapped to a signal or ignored with a reason.

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

const SessionUser = z.object({ id: z.string().min(1), name: z.string().nullish() });
const SessionEvent = z.object({
  agentSession: z.object({
    id: z.string().min(1).max(100),
    issue: z.object({ identifier: z.string() }).nullish(),
    creator: SessionUser.nullish(),
  }),
  agentActivity: z
    .object({
      signal: z.string().nullish(),
      content: z.object({ body: z.string().nullish() }).nullish(),
      user: SessionUser.nullish(),
    })
    .nullish(),
});

export interface LinearSettings {
  readonly secrets: Secrets;
  /** The label that makes a ticket a mission. */
  readonly label: string;
}

export function linearDoor({ secrets, label }: LinearSettings): Door {
  const clients = secrets.map((secret) => new LinearWebhookClient(secret));
  return {
    name: 'linear',
    deliveryHeader: 'linear-delivery',
    receive: (delivery) => understand(delivery, verify(clients, delivery), label),
    again: (delivery) => understand(delivery, parseJson(delivery.body, 'the Linear webhook'), label),
  };
}

function understand(delivery: Delivery, payload: unknown, label: string): Received {
  const envelope = parse(Envelope, payload, 'the Linear webhook');
  const kind = `${envelope.type}/${envelope.action}`;
  if (kind === 'Issue/create' || kind === 'Issue/update') return issueEvent({ payload, envelope, delivery, label });
  if (kind === 'Comment/create') return commentEvent({ payload, envelope, delivery });
  if (kind === 'AgentSessionEvent/created' || kind === 'AgentSessionEvent/prompted') {
    return sessionEvent({ payload, envelope, delivery });
  }
  return { ignored: `${kind} starts nothing` };
}

/** Refuses a wrong signature before it looks at anything else, so that a forger learns nothing from the answer. */
function verify(clients: readonly LinearWebhookClient[], delivery: Delivery): unknown {
  const signature = delivery.header('linear-signature');
  if (!signature) throw refused('the Linear-Signature header is missing');
  const answers = clients.map((client) => verifyWith(client, delivery.body, signature));
  if (!answers.includes('signed')) throw refused('the signature does not match the body');
  const payload = parseJson(delivery.body, 'the Linear webhook');
  const timestamped = Timestamped.safeParse(payload);
  checkTime(timestamped.data?.webhookTimestamp ?? Number.NaN, WINDOW_MS, 'the signed webhookTimestamp');
  return payload;
}

/** The SDK checks the signature first: it complains of the content or the time only where that matches. */
function verifyWith(client: LinearWebhookClient, body: Buffer, signature: string): 'signed' | 'forged' {
  try {
    client.verify(body, signature);
    return 'signed';
  } catch (error) {
    const isSignedButOdd = error instanceof SyntaxError || (error instanceof Error && /timestamp/i.test(error.message));
    return isSignedButOdd ? 'signed' : 'forged';
  }
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
  return { signals: [toSignal(event, 'ticket.labelled', data.identifier)] };
}

function commentEvent(event: Event): Received {
  const { data } = parse(CommentEvent, event.payload, 'the Linear webhook');
  if (!data.issue) return { ignored: 'the comment is not on an issue' };
  if (commentMarker(data.body) !== undefined) return { ignored: 'the comment is our own' };
  return { signals: [toSignal(event, 'ticket.commented', data.issue.identifier)] };
}

/** Of the session that Linear opens when somebody delegates an issue to the agent, or mentions it. */
function sessionEvent(event: Event): Received {
  const { agentSession, agentActivity } = parse(SessionEvent, event.payload, 'the Linear webhook');
  if (!agentSession.issue) return { ignored: 'the session is not about an issue' };
  const isCreated = event.envelope.action === 'created';
  const type = isCreated
    ? 'session.created'
    : agentActivity?.signal === 'stop'
      ? 'session.stopped'
      : 'session.prompted';
  const actor = agentActivity?.user ?? agentSession.creator;
  const text = agentActivity?.content?.body?.slice(0, 60_000);
  const data = { session: agentSession.id, ...(text && { text }) };
  return { signals: [toSignal(event, type, agentSession.issue.identifier, { actor, data })] };
}

interface More {
  readonly actor?: z.infer<typeof SessionUser> | null | undefined;
  readonly data?: Signal['data'];
}

/** A wake-up only: what the ticket says is read again from Linear, because webhooks come late and out of order. */
function toSignal({ envelope, delivery }: Event, type: Signal['type'], subject: string, more: More = {}): Signal {
  const bodyhash = sha256(delivery.body);
  const actor = more.actor ?? envelope.actor;
  const signal = {
    specversion: '1.0',
    id: delivery.header('linear-delivery') || bodyhash,
    source: 'linear',
    type,
    subject,
    time: new Date(envelope.webhookTimestamp).toISOString(),
    bodyhash,
    data: {
      ...more.data,
      ...(actor && { actor: { id: actor.id, ...(actor.name && { name: actor.name.slice(0, 200) }) } }),
    },
  };
  return parse(Signal, signal, 'the Linear webhook');
}
