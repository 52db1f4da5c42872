import type { IncomingMessage, ServerResponse } from 'node:http';
import { JiraRefusal, JiraSite } from './jira-site.js';
import { LoopbackServer } from './loopback-server.js';

/** A Jira of our own, Cloud or Data Center: its REST API over HTTP, and a ledger of everything that the API changed. */
export class FakeJira {
  readonly site: JiraSite;
  readonly email = 'signalbox@example.com';
  readonly token = 'jira-token-fake';
  /** Every request that came: method and path. */
  readonly requests: string[] = [];
  readonly #cloud: boolean;
  readonly #faults: { readonly status: number; readonly headers: Record<string, string> }[] = [];
  readonly #server: LoopbackServer;

  constructor({ cloud = true }: { readonly cloud?: boolean } = {}) {
    this.#cloud = cloud;
    this.site = new JiraSite(cloud);
    this.#server = new LoopbackServer((request, response) => this.#answer(request, response));
  }

  get url(): string {
    return this.#server.url;
  }

  async start({ port = 0 }: { readonly port?: number } = {}): Promise<{ readonly url: string }> {
    const started = await this.#server.start(port);
    this.site.address = started.url;
    return started;
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  /** The next request is answered like this. */
  fail(status: number, headers: Record<string, string> = {}): void {
    this.#faults.push({ status, headers });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { pathname, searchParams } = new URL(request.url ?? '/', this.#server.url);
    const method = request.method ?? 'GET';
    this.requests.push(`${method} ${pathname}`);
    const fault = this.#faults.shift();
    if (fault) return reply(response, fault.status, { errorMessages: ['as ordered'] }, fault.headers);
    if (!this.#mayEnter(request)) return reply(response, 401, { message: 'Client must be authenticated.' });
    const attachment = /^\/attachment\/(\w+)$/.exec(pathname)?.[1];
    if (attachment) return this.#attachment(response, attachment);
    const version = this.#cloud ? '3' : '2';
    const path = pathname.startsWith(`/rest/api/${version}/`)
      ? pathname.slice(`/rest/api/${version}/`.length)
      : undefined;
    if (path === undefined) return reply(response, 404, { errorMessages: ['null for uri'] });
    try {
      const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
      const answer = this.site.answer(method, path, searchParams, body);
      reply(response, answer === undefined ? 204 : method === 'POST' ? 201 : 200, answer);
    } catch (error) {
      if (!(error instanceof JiraRefusal)) throw error;
      reply(response, error.status, { errorMessages: [error.message], errors: {} });
    }
  }

  #mayEnter({ headers }: IncomingMessage): boolean {
    const basic = `Basic ${Buffer.from(`${this.email}:${this.token}`).toString('base64')}`;
    return headers.authorization === (this.#cloud ? basic : `Bearer ${this.token}`);
  }

  #attachment(response: ServerResponse, id: string): void {
    const all = [...this.site.issues.values()].flatMap(({ attachments }) => attachments);
    const found = all.find((attachment) => attachment.id === id);
    if (found) response.writeHead(200, { 'content-type': found.type }).end(found.content);
    else reply(response, 404, {});
  }
}

function reply(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? '' : JSON.stringify(body));
}
