import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoopbackServer } from '../fakes/loopback-server.js';

/**
 * Stands before a provider of effects, git over HTTP too, and spoils those requests that a test picks, or keeps them on
 * their way while a later one overtakes them.
 */

/** What can go wrong with a request. The first three leave nothing behind, the others did what was asked. */
export const PROXY_FAULTS = [
  'error-before',
  '429',
  '5xx',
  'done-then-timeout',
  'done-then-5xx',
  'malformed',
  'cut',
  'slow',
] as const;
export type ProxyFault = (typeof PROXY_FAULTS)[number];

export interface ProxiedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: Buffer;
}

export type Matches = (request: ProxiedRequest) => boolean;

/** A request that is kept on its way. */
export interface Held {
  /** When it has come. */
  readonly arrived: Promise<void>;
  /** Lets it go on to the server, whether or not anybody still waits for the answer; resolves when that has answered. */
  release(): Promise<void>;
}

/** How long `slow` takes. */
const SLOW_MS = 150;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Hold {
  readonly matches: Matches;
  readonly arrived: () => void;
  readonly released: Promise<void>;
  readonly through: () => void;
}

export class ProviderProxy {
  /** Every fault that was made, in order. */
  readonly made: { readonly fault: ProxyFault; readonly path: string }[] = [];
  readonly #planned: { readonly fault: ProxyFault; readonly matches: Matches }[] = [];
  readonly #holds: Hold[] = [];
  readonly #server: LoopbackServer;
  #upstream = '';

  constructor() {
    this.#server = new LoopbackServer((request, response) => this.#answer(request, response));
  }

  get url(): string {
    return this.#server.url;
  }

  /** `upstream`: origin of the server behind it. */
  async start(upstream: string): Promise<{ readonly url: string }> {
    this.#upstream = upstream;
    return this.#server.start();
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  /** The next request of this kind goes wrong in this way. */
  fail(fault: ProxyFault, matches: Matches = () => true): void {
    this.#planned.push({ fault, matches });
  }

  /** The next request of this kind stays on its way until it is released. */
  hold(matches: Matches): Held {
    const arrived = deferred();
    const released = deferred();
    const through = deferred();
    this.#holds.push({ matches, arrived: arrived.resolve, released: released.promise, through: through.resolve });
    return {
      arrived: arrived.promise,
      release: () => {
        released.resolve();
        return through.promise;
      },
    };
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const request = { method: incoming.method ?? '', path: incoming.url ?? '/', body: Buffer.concat(chunks) };
    const held = take(this.#holds, request);
    if (held) {
      held.arrived();
      await held.released;
      const late = await this.#forward(request, incoming.headers);
      held.through();
      return reply(response, late);
    }
    const fault = take(this.#planned, request)?.fault;
    if (fault) this.made.push({ fault, path: request.path });
    if (fault === 'error-before') return void response.destroy();
    if (fault === '429') return reply(response, refusal(429, 'Too many requests', { 'retry-after': '7' }));
    if (fault === '5xx') return reply(response, refusal(503, 'Service unavailable'));
    await this.#spoil(response, await this.#forward(request, incoming.headers), fault);
  }

  /** What was asked for is done by now; only the answer suffers. */
  async #spoil(response: ServerResponse, answer: Answer, fault: ProxyFault | undefined): Promise<void> {
    if (fault === 'done-then-timeout') return;
    if (fault === 'done-then-5xx') return reply(response, refusal(502, 'Bad gateway'));
    if (fault === 'malformed') return reply(response, { ...answer, body: Buffer.from('{"half": ') });
    if (fault === 'cut') {
      response.writeHead(answer.status, { ...plain(answer.headers), 'content-length': answer.body.length });
      response.write(answer.body.subarray(0, 10), () => response.destroy());
      return;
    }
    if (fault === 'slow') await sleep(SLOW_MS);
    reply(response, answer);
  }

  async #forward({ method, path, body }: ProxiedRequest, headers: IncomingHttpHeaders): Promise<Answer> {
    const response = await fetch(`${this.#upstream}${path}`, {
      method,
      headers: Object.entries(plain(headers)).map(([name, value]): [string, string] => [name, String(value)]),
      ...(body.length > 0 && { body: new Uint8Array(body) }),
      redirect: 'manual',
    });
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: Buffer.from(await response.arrayBuffer()),
    };
  }
}

function take<Kind extends { readonly matches: Matches }>(planned: Kind[], request: ProxiedRequest): Kind | undefined {
  const index = planned.findIndex(({ matches }) => matches(request));
  return index < 0 ? undefined : planned.splice(index, 1)[0];
}

/** Without what belongs to one connection only, and without an encoding that is undone by now. */
function plain(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { host, connection, expect, 'content-length': length, 'transfer-encoding': transfer, ...rest } = headers;
  return rest;
}

function refusal(status: number, text: string, headers: IncomingHttpHeaders = {}): Answer {
  return { status, headers: { 'content-type': 'text/plain', ...headers }, body: Buffer.from(text) };
}

function reply(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.destroyed) return;
  const { 'content-encoding': encoding, ...rest } = plain(headers);
  response.writeHead(status, rest).end(body);
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
