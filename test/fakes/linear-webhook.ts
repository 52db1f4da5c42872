import { createHmac, randomUUID } from 'node:crypto';
import type { LinearWorkspace, Person, StoredComment, StoredIssue } from './linear-workspace.js';

// Linear's webhooks, as Linear signs and sends them.

export interface WebhookEvent {
  readonly type: string;
  readonly action: string;
  readonly data: unknown;
  readonly updatedFrom?: unknown;
  readonly actor?: Person;
}

export interface Webhook {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SignWebhook extends WebhookEvent {
  readonly secret: string;
  readonly delivery?: string;
  /** Milliseconds since the epoch; by default now. */
  readonly timestamp?: number;
}

export function signedWebhook(options: SignWebhook): Webhook {
  const { type, action, data, updatedFrom, actor, secret, delivery = randomUUID(), timestamp = Date.now() } = options;
  const body = JSON.stringify({
    ...{ action, type, data, createdAt: new Date(timestamp).toISOString() },
    ...(updatedFrom === undefined ? {} : { updatedFrom }),
    ...(actor ? { actor: { ...actor, type: 'user', email: `${actor.name}@example.com` } } : {}),
    ...{ organizationId: 'fake-organization', webhookId: 'fake-webhook', webhookTimestamp: timestamp },
  });
  return { body, headers: signedHeaders({ body, secret, event: type, delivery, timestamp }) };
}

export interface SignSession {
  readonly session: string;
  readonly issue: { readonly id: string; readonly identifier: string; readonly title: string };
  readonly creator: Person;
  /** Who says it; by default whoever opened it. */
  readonly by?: Person;
  readonly secret: string;
  /** What was said; without it the session is new. */
  readonly said?: { readonly body: string; readonly signal?: 'stop' };
}

/** `AgentSessionEvent`, by the type of its payload in @linear/sdk. */
export function signedSession({ session, issue, creator, by = creator, secret, said }: SignSession): Webhook {
  const timestamp = Date.now();
  const at = new Date(timestamp).toISOString();
  const ids = { organizationId: 'fake-organization', appUserId: 'fake-app-user' };
  const agentSession = {
    ...{ id: session, ...ids, type: 'commentThread', status: 'pending', createdAt: at, updatedAt: at },
    ...{ creatorId: creator.id, creator, issueId: issue.id, issue },
  };
  const agentActivity = said && {
    ...{ id: randomUUID(), agentSessionId: session, createdAt: at, updatedAt: at, userId: by.id, user: by },
    ...{ content: { type: 'prompt', body: said.body }, ...(said.signal && { signal: said.signal }) },
  };
  const body = JSON.stringify({
    ...{ action: said ? 'prompted' : 'created', type: 'AgentSessionEvent', createdAt: at, agentSession, ...ids },
    ...(agentActivity ? { agentActivity } : { promptContext: `<issue identifier="${issue.identifier}"/>` }),
    ...{ oauthClientId: 'fake-client', webhookId: 'fake-webhook', webhookTimestamp: timestamp },
  });
  const delivery = randomUUID();
  return { body, headers: signedHeaders({ body, secret, event: 'AgentSessionEvent', delivery, timestamp }) };
}

export interface SignHeaders {
  readonly body: string;
  readonly secret: string;
  readonly event: string;
  readonly delivery: string;
  readonly timestamp: number;
}

export function signedHeaders({ body, secret, event, delivery, timestamp }: SignHeaders): Record<string, string> {
  return {
    'content-type': 'application/json; charset=utf-8',
    'linear-delivery': delivery,
    'linear-event': event,
    'linear-signature': createHmac('sha256', secret).update(body).digest('hex'),
    'linear-timestamp': String(timestamp),
    'user-agent': 'Linear-Webhook',
  };
}

export function issueData(workspace: LinearWorkspace, issue: StoredIssue) {
  const { id, identifier, title, description, url, createdAt, team, state, creator, labels } = issue;
  const labelData = labels.map((name) => ({ id: workspace.labelId(name), name, color: '#888888' }));
  return {
    ...{ id, identifier, title, description, url, createdAt, updatedAt: createdAt },
    ...{ number: Number(identifier.split('-').at(-1)), priority: 0, priorityLabel: 'No priority' },
    ...{ teamId: team.id, team: { id: team.id, key: team.key, name: team.key } },
    ...{ stateId: state.id, state, creatorId: creator.id, creator },
    ...{ labelIds: labelData.map((label) => label.id), labels: labelData },
  };
}

export function commentData({ id, body, createdAt, author }: StoredComment, issue: StoredIssue) {
  return {
    ...{ id, body, createdAt, updatedAt: createdAt, reactionData: [], userId: author.id, user: author },
    issueId: issue.id,
    issue: { id: issue.id, identifier: issue.identifier, title: issue.title, url: issue.url, teamId: issue.team.id },
  };
}
