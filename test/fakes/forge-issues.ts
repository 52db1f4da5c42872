import type { IncomingMessage, ServerResponse } from 'node:http';
import { LoopbackServer } from './loopback-server.js';

// GitHub's API for issues over HTTP, as far as a tracker uses it, and a ledger of everything that was changed by it.

interface StoredEvent {
  readonly event: 'labeled' | 'unlabeled' | 'closed' | 'reopened';
  readonly created_at: string;
  readonly actor: { readonly login: string };
  readonly label?: { readonly name: string };
}

interface Account {
  readonly login: string;
  readonly id: number;
}

/** Accounts have a number that they keep when their name changes. */
export function account(login: string): Account {
  return { login, id: [...login].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 999_983, 1) };
}

export interface StoredForgeIssue {
  readonly id: number;
  readonly number: number;
  readonly title: string;
  readonly body: string;
  /** What GitHub makes of the body for those who ask for it. */
  readonly body_html?: string;
  readonly html_url: string;
  readonly user: Account;
  readonly pull_request?: object;
  readonly comments: { id: number; body: string; created_at: string; user: Account }[];
  readonly events: StoredEvent[];
  labels: readonly string[];
  state: 'open' | 'closed';
  updated_at: string;
}

export class FakeForgeIssues {
  readonly token = 'ghp_fake';
  readonly login = 'signalbox-bot';
  readonly ledger: string[] = [];
  /** Files that people have uploaded, by path, as an Enterprise Server serves them. */
  readonly uploads = new Map<string, Buffer>();
  /** Told of the path of every request. */
  onRequest: (path: string) => void = () => undefined;
  readonly #issues = new Map<string, StoredForgeIssue>();
  readonly #faults: { readonly status: number; readonly headers: Record<string, string> }[] = [];
  readonly #server: LoopbackServer;
  #last = 100;
  #clock = Date.now();

  constructor() {
    this.#server = new LoopbackServer((request, response) => this.#answer(request, response));
  }

  get url(): string {
    return this.#server.url;
  }

  start(): Promise<{ readonly url: string }> {
    return this.#server.start();
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  fail(status: number, headers: Record<string, string> = {}): void {
    this.#faults.push({ status, headers });
  }

  addIssue(project: string, issue: Partial<StoredForgeIssue> & { readonly number: number }): StoredForgeIssue {
    const stored: StoredForgeIssue = {
      ...{ id: ++this.#last, title: 'Totals are wrong', body: 'Off by one cent', user: account('ada') },
      ...{ html_url: `https://github.com/${project}/issues/${issue.number}`, comments: [], events: [], labels: [] },
      ...{ state: 'open', updated_at: this.#now() },
      ...issue,
    };
    this.#issues.set(`${project}/${stored.number}`, stored);
    return stored;
  }

  comment(issue: StoredForgeIssue, body: string, login: string) {
    const comment = { id: ++this.#last, body, created_at: this.#now(), user: account(login) };
    issue.comments.push(comment);
    issue.updated_at = comment.created_at;
    return comment;
  }

  label(issue: StoredForgeIssue, name: string, { on, by }: { readonly on: boolean; readonly by: string }): void {
    const others = issue.labels.filter((label) => label !== name);
    issue.labels = on ? [...others, name] : others;
    this.#event(issue, { event: on ? 'labeled' : 'unlabeled', actor: { login: by }, label: { name } });
  }

  setState(issue: StoredForgeIssue, state: 'open' | 'closed', by: string): void {
    issue.state = state;
    this.#event(issue, { event: state === 'closed' ? 'closed' : 'reopened', actor: { login: by } });
  }

  #event(issue: StoredForgeIssue, event: Omit<StoredEvent, 'created_at'>): void {
    issue.updated_at = this.#now();
    issue.events.push({ ...event, created_at: issue.updated_at });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { pathname, searchParams } = new URL(request.url ?? '/', this.#server.url);
    this.onRequest(pathname);
    const fault = this.#faults.shift();
    if (fault) return reply(response, fault.status, { message: 'as ordered' }, fault.headers);
    if (request.headers.authorization !== `Bearer ${this.token}`)
      return reply(response, 401, { message: 'Bad credentials' });
    const upload = this.uploads.get(pathname);
    if (upload) return void response.writeHead(200).end(upload);
    if (pathname === '/user') return reply(response, 200, { login: this.login });
    const [, project = '', number, part, name] =
      /^\/repos\/([^/]+\/[^/]+)\/issues(?:\/(\d+)(?:\/(\w+)(?:\/([^/]+))?)?)?$/.exec(pathname) ?? [];
    if (!number) return reply(response, 200, this.#page(this.#list(project, searchParams), searchParams));
    const issue = this.#issues.get(`${project}/${number}`);
    if (!issue) return reply(response, 404, { message: 'Not Found' });
    const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {};
    switch (`${request.method} ${part ?? ''}`) {
      case 'GET ':
        return reply(response, 200, shown(issue, request.headers.accept?.includes('full') === true));
      case 'GET comments':
        return reply(response, 200, this.#page(issue.comments, searchParams));
      case 'GET events':
        return reply(response, 200, this.#page(issue.events, searchParams));
      case 'POST comments':
        this.ledger.push('comment');
        return reply(response, 201, this.comment(issue, body.body, this.login));
      case 'POST labels':
        for (const label of body.labels) this.label(issue, label, { on: true, by: this.login });
        this.ledger.push(`label ${body.labels}`);
        return reply(response, 200, shown(issue).labels);
      case 'DELETE labels':
        if (!issue.labels.includes(decodeURIComponent(name ?? '')))
          return reply(response, 404, { message: 'Label does not exist' });
        this.label(issue, decodeURIComponent(name ?? ''), { on: false, by: this.login });
        this.ledger.push(`unlabel ${decodeURIComponent(name ?? '')}`);
        return reply(response, 200, shown(issue).labels);
      case 'PATCH ':
        this.setState(issue, body.state, this.login);
        this.ledger.push(body.state);
        return reply(response, 200, shown(issue));
      default:
        return reply(response, 404, { message: 'Not Found' });
    }
  }

  #list(project: string, query: URLSearchParams) {
    return [...this.#issues.entries()]
      .filter(([key]) => key.startsWith(`${project}/`))
      .map(([, issue]) => shown(issue))
      .filter(
        ({ state, labels }) => state === query.get('state') && labels.some(({ name }) => name === query.get('labels')),
      );
  }

  #page<One>(all: readonly One[], query: URLSearchParams): readonly One[] {
    const size = Math.min(100, Number(query.get('per_page') ?? 30));
    const page = Number(query.get('page') ?? 1);
    return all.slice((page - 1) * size, page * size);
  }

  /** A forge's clock counts whole seconds. */
  #now(): string {
    this.#clock += 1_000;
    return new Date(this.#clock).toISOString().replace(/\.\d+Z$/, 'Z');
  }
}

function shown({ events: _events, comments, labels, body_html, ...issue }: StoredForgeIssue, full = false) {
  return {
    ...issue,
    ...(full && { body_html: body_html ?? `<p>${issue.body}</p>` }),
    comments: comments.length,
    labels: labels.map((name) => ({ name })),
  };
}

function reply(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
