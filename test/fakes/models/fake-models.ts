import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Usage } from '../../../schemas/money.js';
import { LoopbackServer } from '../loopback-server.js';
import { ANTHROPIC } from './anthropic.js';
import { OPENAI } from './openai.js';
import { PrefixCache } from './prefix-cache.js';
import type { FakeCall, FakeFault, FakeProvider, FakeReply, FakeScript } from './script.js';
import { send, sendWhole, stream } from './send.js';
import { BadRequest, type ReadRequest, type Spoken, tokensOf, type Vendor } from './vendor.js';

/**
 * Models of our own: Anthropic's and OpenAI's API over HTTP, as strict with requests as the originals, with their
 * errors, streams and prompt caches. What the models say is a script. For the tests, the demo and the benchmark.
 */

export interface FakeModelsOptions {
  readonly apiKey?: string;
  /** Smallest prefix that is cached; by default every one is. */
  readonly minCacheTokens?: number;
}

/** A request that came, whatever became of it. */
export interface FakeRequest {
  readonly provider: FakeProvider;
  /** As the body says; empty when it says none. */
  readonly model: string;
  readonly body: unknown;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Undefined until there is an answer, or when there never is. */
  status?: number;
  /** Of an answer. */
  usage?: Usage;
}

const VENDORS: readonly Vendor[] = [ANTHROPIC, OPENAI];
const HTML = '<html><body>Please log in to the network</body></html>';
const REFUSAL = "I can't help with that.";

export class FakeModels {
  readonly apiKey: string;
  readonly requests: FakeRequest[] = [];
  /** Answers that were sent to their end, by provider and hash of the request: above 1 it was paid twice. */
  readonly paid = new Map<string, number>();
  /** What a script threw; the request was answered with 400. */
  readonly scriptErrors: unknown[] = [];
  readonly #cache: Readonly<Record<FakeProvider, PrefixCache>>;
  readonly #down = new Set<FakeProvider>();
  /** Tool calls that followed thinking. */
  readonly #thought = new Set<string>();
  readonly #server: LoopbackServer;
  #script: FakeScript = () => {
    throw new Error('no script');
  };
  #answers = 0;

  constructor({ apiKey = 'sk-fake', minCacheTokens = 0 }: FakeModelsOptions = {}) {
    this.apiKey = apiKey;
    this.#cache = { anthropic: new PrefixCache(minCacheTokens), openai: new PrefixCache(minCacheTokens) };
    this.#server = new LoopbackServer((request, response) => this.#answer(request, response));
  }

  /** Base of Anthropic's API, to which clients add `/v1/messages`. */
  get anthropicUrl(): string {
    return this.#server.url;
  }

  /** Base of OpenAI's API, to which clients add `/chat/completions`. */
  get openaiUrl(): string {
    return `${this.#server.url}/v1`;
  }

  async start({ port = 0 }: { readonly port?: number } = {}): Promise<void> {
    await this.#server.start(port);
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  /** What the models say from now on. */
  script(script: FakeScript): void {
    this.#script = script;
  }

  /** While it is on the provider is overloaded. */
  outage(provider: FakeProvider, on: boolean): void {
    if (on) this.#down.add(provider);
    else this.#down.delete(provider);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const vendor = VENDORS.find(({ path }) => request.method === 'POST' && path === request.url);
    if (!vendor) return void response.writeHead(404).end();
    const text = Buffer.concat(chunks).toString();
    const body = jsonOf(text);
    const record: FakeRequest = { provider: vendor.provider, model: modelOf(body), body, at: Date.now() };
    this.requests.push(record);
    const refused = (status: number, message?: string) => {
      record.status = status;
      send(response, status, JSON.stringify(vendor.error(status, message)));
    };
    const headers = vendor.refuseHeaders(request.headers, this.apiKey);
    if (headers) return refused(headers.status, headers.message);
    if (this.#down.has(vendor.provider)) return refused(vendor.overloaded);
    let read: ReadRequest;
    let reply: FakeReply;
    try {
      read = vendor.read(body, this.#thought);
      reply = await this.#ask(read.call);
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error;
      return refused(400, error.message);
    }
    if (reply.delayMs) await sleep(reply.delayMs);
    if (reply.fault === 'hang') return;
    if (typeof reply.fault === 'object') return this.#fail(reply.fault, vendor, record, response);
    record.status = 200;
    if (reply.fault === 'nonsense') return send(response, 200, HTML, { 'content-type': 'text/html' });
    const spoken = this.#speak(vendor, read, reply);
    record.usage = spoken.usage;
    const whole = read.stream
      ? await stream(response, read.events(spoken), reply)
      : await sendWhole(response, JSON.stringify(read.body(spoken)), reply);
    if (!whole) return;
    const key = `${vendor.provider} ${createHash('sha256').update(text).digest('hex')}`;
    this.paid.set(key, (this.paid.get(key) ?? 0) + 1);
  }

  async #ask(call: FakeCall): Promise<FakeReply> {
    try {
      return await this.#script(call);
    } catch (error) {
      this.scriptErrors.push(error);
      // A script that fails must not look like an outage, which would be tried again.
      throw new BadRequest(`the script failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #fail(
    { status, body, headers }: Extract<FakeFault, object>,
    vendor: Vendor,
    record: FakeRequest,
    response: ServerResponse,
  ): void {
    record.status = status;
    send(response, status, typeof body === 'string' ? body : JSON.stringify(body ?? vendor.error(status)), headers);
  }

  #speak(vendor: Vendor, { call, thinks, count }: ReadRequest, reply: FakeReply): Spoken {
    this.#answers += 1;
    const n = this.#answers;
    const refuses = reply.fault === 'refusal';
    const text = reply.text ?? (refuses ? REFUSAL : undefined);
    const tools = (reply.tools ?? []).map((tool, m) => ({ id: `${vendor.toolId}${n}_${m}`, ...tool }));
    const thinking = thinks ? reply.thinking : undefined;
    if (thinking) for (const { id } of tools) this.#thought.add(id);
    const counted = count(this.#cache[vendor.provider]);
    return {
      id: `${vendor.provider === 'anthropic' ? 'msg' : 'chatcmpl'}_${n}`,
      model: call.model,
      ...(thinking !== undefined && { thinking }),
      ...(text !== undefined && { text }),
      tools,
      stop: refuses ? 'refusal' : (reply.stop ?? (tools.length > 0 ? 'tools' : 'end')),
      usage: {
        ...counted,
        output: [thinking, text, ...tools].reduce((sum: number, part) => sum + (part ? tokensOf(part) : 0), 0),
        ...reply.usage,
      },
    };
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function modelOf(body: unknown): string {
  if (typeof body !== 'object' || body === null || !('model' in body)) return '';
  return typeof body.model === 'string' ? body.model : '';
}
