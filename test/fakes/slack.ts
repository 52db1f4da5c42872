import type { IncomingMessage, ServerResponse } from 'node:http';
import { LoopbackServer } from './loopback-server.js';
import { messageProblems } from './slack-blocks.js';
import { type Answer, answerCall, SlackRefusal } from './slack-methods.js';
import { SlackPeople, type Told } from './slack-people.js';
import { SlackSocket } from './slack-socket.js';
import { type Signing, type SlackRequest, signedForm, signedJson } from './slack-webhook.js';
import { SlackWorkspace } from './slack-workspace.js';

/**
 * A Slack of our own: its Web API over HTTP, which checks each call against the published rules, what it sends to apps,
 * signed as Slack signs it or over a WebSocket, response addresses, and rate limits on order. For the tests and the demo.
 */

export interface FakeSlackOptions {
  readonly botToken?: string;
  readonly appToken?: string;
  readonly signingSecret?: string;
}

export interface Call {
  readonly method: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** What came to the address of an answer. */
export interface Response {
  readonly text?: string;
  readonly blocks?: readonly unknown[];
  readonly replace_original?: boolean;
  readonly delete_original?: boolean;
  readonly response_type?: string;
}

/** Slack takes five. */
const RESPONSES = 5;

export class FakeSlack {
  readonly workspace = new SlackWorkspace();
  readonly people = new SlackPeople(this.workspace, () => this.#server.url);
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  /** Every call that came, refused ones too. */
  readonly calls: Call[] = [];
  /** Calls that broke Slack's rules, each with what was wrong. */
  readonly problems: string[] = [];
  /** By the address that they came to, as its last part. */
  readonly responses = new Map<string, Response[]>();
  readonly #limits: { readonly method: string; readonly seconds: number }[] = [];
  readonly #acks = new Map<string, (payload: unknown) => void>();
  readonly #server: LoopbackServer;
  #socket: SlackSocket | undefined;

  constructor({ botToken = 'xoxb-fake', appToken = 'xapp-fake', signingSecret = 'slack-fake' }: FakeSlackOptions = {}) {
    this.botToken = botToken;
    this.appToken = appToken;
    this.signingSecret = signingSecret;
    this.#server = new LoopbackServer((request, response) => this.#answer(request, response));
    this.#server.http.on('upgrade', (request, socket) => {
      this.#socket = new SlackSocket(request, socket, (text) => this.#acknowledged(text));
      const info = { app_id: 'A0SIGNALBX' };
      this.#socket.send({ type: 'hello', num_connections: 1, connection_info: info, debug_info: {} });
    });
  }

  get apiUrl(): string {
    return `${this.#server.url}/api/`;
  }

  start({ port = 0 }: { readonly port?: number } = {}): Promise<{ readonly url: string }> {
    return this.#server.start(port);
  }

  async close(): Promise<void> {
    this.#socket?.close();
    await this.#server.close();
  }

  /** The next call of this method is refused with 429. */
  limit(method: string, seconds: number): void {
    this.#limits.push({ method, seconds });
  }

  /** As it goes to an app over HTTP. */
  sign({ type, payload }: Told, signing: Partial<Signing> = {}): SlackRequest {
    const with_ = { secret: this.signingSecret, ...signing };
    if (type === 'events_api') return signedJson(payload, with_);
    if (type === 'slash_commands') return signedForm(payload, with_);
    return signedForm({ payload: JSON.stringify(payload) }, with_);
  }

  deliver({ headers, body }: SlackRequest, url: string): Promise<globalThis.Response> {
    return fetch(url, { method: 'POST', headers, body });
  }

  /** As it goes to an app that has connected itself; resolves with what that acknowledges it with. */
  push({ type, payload }: Told, retry?: number): Promise<unknown> {
    const id = this.workspace.id('E');
    const acknowledged = new Promise<unknown>((resolve) => this.#acks.set(id, resolve));
    if (!this.#socket) throw new Error('no app is connected');
    const again = retry === undefined ? {} : { retry_attempt: retry, retry_reason: 'timeout' };
    this.#socket.send({ envelope_id: id, type, payload, accepts_response_payload: type !== 'events_api', ...again });
    return acknowledged;
  }

  get connected(): boolean {
    return this.#socket !== undefined;
  }

  /** What was answered to something that somebody did. */
  responsesTo({ payload }: Told): readonly Response[] {
    const url = String((payload as { response_url?: unknown }).response_url);
    return this.responses.get(url.slice(url.lastIndexOf('/') + 1)) ?? [];
  }

  #acknowledged(text: string): void {
    const { envelope_id: id, payload } = JSON.parse(text) as { envelope_id: string; payload?: unknown };
    this.#acks.get(id)?.(payload);
    this.#acks.delete(id);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const [, kind, name = ''] = (request.url ?? '').split('/');
    if (kind === 'response') return void this.#respond(name, body, response);
    if (kind !== 'api' || request.method !== 'POST') return void send(response, 404, { error: 'not here' });
    const args = argumentsOf(request, body);
    this.calls.push({ method: name, args });
    const limited = this.#limits.findIndex(({ method }) => method === name);
    if (limited >= 0) {
      const [{ seconds } = { seconds: 1 }] = this.#limits.splice(limited, 1);
      return void send(response, 429, { ok: false, error: 'ratelimited' }, { 'retry-after': String(seconds) });
    }
    send(response, 200, this.#call(name, request.headers.authorization, args));
  }

  #call(method: string, authorization: string | undefined, args: Call['args']): Answer {
    if (method === 'apps.connections.open') {
      if (authorization !== `Bearer ${this.appToken}`) return { ok: false, error: 'invalid_auth' };
      return { ok: true, url: `${this.#server.url.replace('http', 'ws')}/socket` };
    }
    if (authorization !== `Bearer ${this.botToken}`) return { ok: false, error: 'invalid_auth' };
    try {
      return answerCall(this.workspace, method, args);
    } catch (error) {
      if (!(error instanceof SlackRefusal)) throw error;
      this.problems.push(...error.messages.map((message) => `${method}: ${message}`));
      return { ok: false, error: error.message, response_metadata: { messages: error.messages } };
    }
  }

  #respond(id: string, body: string, response: ServerResponse): void {
    const answer = JSON.parse(body) as Response;
    const before = this.responses.get(id) ?? [];
    if (before.length >= RESPONSES) {
      this.problems.push('response_url: used more than five times');
      return void send(response, 404, { ok: false, error: 'used_url' });
    }
    if (!answer.delete_original) {
      this.problems.push(...messageProblems(answer).map((problem) => `response_url: ${problem}`));
    }
    this.responses.set(id, [...before, answer]);
    send(response, 200, { ok: true });
  }
}

/** Arguments that every method takes. */
const EVERYWHERE = new Set(['token', 'team_id']);
/** Arguments that are objects. */
const COMPOUND = new Set(['blocks', 'metadata', 'view']);

/** As JSON, or as a form whose compound values are JSON. */
function argumentsOf(request: IncomingMessage, body: string): Record<string, unknown> {
  if (request.headers['content-type']?.startsWith('application/json'))
    return JSON.parse(body) as Record<string, unknown>;
  const fields = [...new URLSearchParams(body)].filter(([name]) => !EVERYWHERE.has(name));
  return Object.fromEntries(fields.map(([name, value]) => [name, COMPOUND.has(name) ? parsed(value) : value]));
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function send(response: ServerResponse, status: number, body: Answer, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
