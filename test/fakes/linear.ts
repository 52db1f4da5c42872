import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildSchema, graphql } from 'graphql';
import { issuePage } from './linear-page.js';
import { LINEAR_SCHEMA } from './linear-schema.js';
import {
  commentData,
  issueData,
  type SignSession,
  signedHeaders,
  signedSession,
  signedWebhook,
  type Webhook,
  type WebhookEvent,
} from './linear-webhook.js';
import { LinearWorkspace, type NewIssue, type Person, person, type StoredIssue } from './linear-workspace.js';
import { LoopbackServer } from './loopback-server.js';

/**
 * A Linear of our own: its GraphQL API over HTTP against the original's types, its webhooks, a page per issue, faults
 * on order, and a ledger of everything that the API changed. For the tests and the demo.
 */

/** What can go wrong with a request. The first four leave nothing behind, the others did what was asked. */
export const LINEAR_FAULTS = [
  'error-before',
  '429',
  'rate-limited',
  '5xx',
  'done-then-timeout',
  'done-then-5xx',
  'malformed',
  'cut',
  'slow',
] as const;
export type LinearFault = (typeof LINEAR_FAULTS)[number];

export interface FakeLinearOptions {
  readonly apiKey?: string;
  readonly webhookSecret?: string;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Record<string, string>;
}

interface Planned {
  readonly fault: LinearFault;
  /** Name of the operation's kind or a field in it; any request when left out. */
  readonly on?: string;
}

const SLOW_MS = 150;

export class FakeLinear {
  readonly workspace = new LinearWorkspace();
  readonly apiKey: string;
  readonly webhookSecret: string;
  /** When set, what changes through the API is told there too, as Linear does. */
  webhookUrl: string | undefined;
  /** Files that people have uploaded, by path; given to whoever shows the key. */
  readonly uploads = new Map<string, Buffer>();
  /** Every request that came, by the text of its query. */
  readonly requests: string[] = [];
  readonly #schema = buildSchema(LINEAR_SCHEMA);
  readonly #faults: Planned[] = [];
  readonly #server: LoopbackServer;

  constructor({ apiKey = 'lin_api_fake', webhookSecret = 'lin_wh_fake' }: FakeLinearOptions = {}) {
    this.apiKey = apiKey;
    this.webhookSecret = webhookSecret;
    this.#server = new LoopbackServer((request, response) => this.#answer(request, response));
  }

  get apiUrl(): string {
    return `${this.#server.url}/graphql`;
  }

  get ledger() {
    return this.workspace.ledger;
  }

  async start({ port = 0 }: { readonly port?: number } = {}): Promise<{ readonly url: string }> {
    const started = await this.#server.start(port);
    this.workspace.address = started.url;
    return started;
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  addIssue(issue: NewIssue): StoredIssue {
    return this.workspace.addIssue(issue);
  }

  /** The next request (that contains `on`) goes wrong in this way. */
  fail(fault: LinearFault, on?: string): void {
    this.#faults.push({ fault, ...(on === undefined ? {} : { on }) });
  }

  /** The label is on the issue from now on; returns what Linear tells about it. */
  addLabel(key: string, label: string, by: Person = person('reporter')): Webhook {
    const issue = this.workspace.issue(key);
    const updatedFrom = { labelIds: issueData(this.workspace, issue).labelIds };
    issue.labels = [...new Set([...issue.labels, label])];
    const data = issueData(this.workspace, issue);
    return this.signedWebhook({ type: 'Issue', action: 'update', data, updatedFrom, actor: by });
  }

  addComment(key: string, body: string, author: Person = person('reporter')): Webhook {
    const issue = this.workspace.issue(key);
    const data = commentData(this.workspace.addComment(issue, { body, author }), issue);
    return this.signedWebhook({ type: 'Comment', action: 'create', data, actor: author });
  }

  /** Ada hands the issue to the agent, or somebody says something in its session; returns what Linear tells about it. */
  session(session: string, key: string, said?: SignSession['said'], by: Person = person('ada')): Webhook {
    const { id, identifier, title } = this.workspace.issue(key);
    if (!this.workspace.sessions.has(session)) this.workspace.sessions.set(session, []);
    return signedSession({
      ...{ session, issue: { id, identifier, title }, secret: this.webhookSecret, creator: person('ada'), by },
      ...(said && { said }),
    });
  }

  signedWebhook(event: WebhookEvent & { readonly delivery?: string; readonly timestamp?: number }): Webhook {
    return signedWebhook({ ...event, secret: this.webhookSecret });
  }

  /** The same delivery once more, sent and so signed now. */
  again({ headers, body }: Webhook): Webhook {
    const timestamp = Date.now();
    const sent = JSON.stringify({ ...JSON.parse(body), webhookTimestamp: timestamp });
    const { 'linear-event': event = '', 'linear-delivery': delivery = '' } = headers;
    return {
      body: sent,
      headers: signedHeaders({ body: sent, secret: this.webhookSecret, event, delivery, timestamp }),
    };
  }

  async deliver({ headers, body }: Webhook, url: string): Promise<Response> {
    return fetch(url, { method: 'POST', headers, body });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const upload = this.uploads.get(request.url ?? '/');
    if (upload) {
      const signedIn = request.headers.authorization === this.apiKey;
      return void response.writeHead(signedIn ? 200 : 401).end(signedIn ? upload : '');
    }
    if (request.method === 'GET') return reply(response, this.#page(request.url ?? '/'));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.headers.authorization !== this.apiKey) return reply(response, UNAUTHENTICATED);
    const { query, variables } = JSON.parse(Buffer.concat(chunks).toString());
    this.requests.push(query);
    const fault = this.#take(query);
    const refused = fault && REFUSALS[fault];
    if (fault === 'error-before') return void response.destroy();
    if (refused) return reply(response, refused);
    await this.#spoil(response, await this.#execute(query, variables), fault);
  }

  async #execute(query: string, variables: Record<string, unknown>): Promise<Answer> {
    const before = this.ledger.length;
    const result = await graphql({
      ...{ schema: this.#schema, source: query, rootValue: this.workspace.root, variableValues: variables },
    });
    if (this.webhookUrl && this.ledger.length > before) void this.#tell(this.webhookUrl);
    const invalid = result.errors && result.data === undefined;
    return { status: invalid ? 400 : 200, body: JSON.stringify(result) };
  }

  /** What was asked for is done by now; only the answer suffers. */
  async #spoil(response: ServerResponse, answer: Answer, fault: LinearFault | undefined): Promise<void> {
    if (fault === 'done-then-timeout') return;
    if (fault === 'done-then-5xx') return reply(response, BAD_GATEWAY);
    if (fault === 'malformed') return reply(response, { ...answer, body: answer.body.slice(0, -2) });
    if (fault === 'cut') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.body.length });
      response.write(answer.body.slice(0, 10), () => response.destroy());
      return;
    }
    if (fault === 'slow') await sleep(SLOW_MS);
    reply(response, answer);
  }

  #take(query: string): LinearFault | undefined {
    const index = this.#faults.findIndex(({ on }) => on === undefined || query.includes(on));
    return index < 0 ? undefined : this.#faults.splice(index, 1)[0]?.fault;
  }

  async #tell(url: string): Promise<void> {
    const entry = this.ledger.at(-1);
    // What is said in sessions is told to nobody here.
    if (!entry || entry.effect === 'agentActivityCreate') return;
    const issue = this.workspace.issue(entry.issue);
    const comment = issue.comments.find(({ id }) => id === entry.key);
    const event = comment
      ? { type: 'Comment', action: 'create', data: commentData(comment, issue) }
      : { type: 'Issue', action: 'update', data: issueData(this.workspace, issue), updatedFrom: { stateId: 'before' } };
    await this.deliver(this.signedWebhook({ ...event, actor: this.workspace.viewer }), url).catch(() => undefined);
  }

  #page(path: string): Answer {
    const issue = this.workspace.issues.get(path.replace(/^\/issue\//, ''));
    if (!issue) return { status: 404, body: 'There is no such issue.', headers: { 'content-type': 'text/plain' } };
    return { status: 200, body: issuePage(issue), headers: { 'content-type': 'text/html; charset=utf-8' } };
  }
}

const BAD_GATEWAY: Answer = { status: 502, body: '<html>bad gateway</html>', headers: { 'content-type': 'text/html' } };
const UNAUTHENTICATED = errorAnswer(401, 'AUTHENTICATION_ERROR', 'Authentication required, not authenticated');

/** Linear itself says "rate limited" with 400; what stands before it says 429. */
const REFUSALS: Partial<Record<LinearFault, Answer>> = {
  '5xx': { ...BAD_GATEWAY, status: 503 },
  '429': { status: 429, body: 'Too many requests', headers: { 'content-type': 'text/plain', 'retry-after': '7' } },
  'rate-limited': errorAnswer(400, 'RATELIMITED', 'Rate limit exceeded', {
    'x-ratelimit-requests-remaining': '0',
    'x-ratelimit-requests-reset': String(Date.now() + 3_000_000),
  }),
};

function errorAnswer(status: number, code: string, message: string, headers: Record<string, string> = {}): Answer {
  const type = code === 'RATELIMITED' ? 'ratelimited' : 'authentication error';
  return {
    status,
    body: JSON.stringify({ errors: [{ message, extensions: { type, code, statusCode: status } }] }),
    headers,
  };
}

function reply(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}
