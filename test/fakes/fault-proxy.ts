import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoopbackServer } from './loopback-server.js';

/**
 * Stands between a program and a vendor, passes everything on as it is, and spoils answers on order. Its record is what
 * the program was really sent, to the last byte: what the vendor believes to have delivered may not have come.
 */

/** What may become of an exchange. The first two leave the answer whole. */
export type ProxySpoil =
  | 'delay'
  /** The connection ends before the vendor has heard anything. */
  | 'drop'
  /** The vendor did it; the answer ends half-way. */
  | 'cut'
  /** The vendor did it; nothing of its answer comes, and then the connection ends. */
  | 'done-then-timeout';

export interface SpoilOrder {
  readonly spoil: ProxySpoil;
  /** Milliseconds of the delay, or until the connection ends. */
  readonly holdMs: number;
}

export interface ProxyExchange {
  /** SHA-256 of the request's body: equal for the same call, made again. */
  readonly key: string;
  readonly body: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly spoil?: ProxySpoil;
  /** When the last byte of a good answer was handed over; undefined when it never was. */
  deliveredAt?: number;
}

export class FaultProxy {
  readonly exchanges: ProxyExchange[] = [];
  /** Is told of each answer that was handed over whole. */
  onDelivered: (exchange: ProxyExchange) => void = () => {};
  readonly #target: string;
  readonly #orders: SpoilOrder[] = [];
  readonly #server: LoopbackServer;

  /** `target` is an origin, such as `http://127.0.0.1:4000`. */
  constructor(target: string) {
    this.#target = target;
    this.#server = new LoopbackServer((request, response) => this.#exchange(request, response));
  }

  get url(): string {
    return this.#server.url;
  }

  /** The next exchange that begins goes wrong in this way. */
  spoilNext(order: SpoilOrder): void {
    this.#orders.push(order);
  }

  async start(): Promise<void> {
    await this.#server.start();
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  async #exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const order = this.#orders.shift();
    const key = createHash('sha256').update(body).digest('hex');
    const exchange: ProxyExchange = {
      ...{ key, body: body.toString(), at: Date.now() },
      ...(order && { spoil: order.spoil }),
    };
    this.exchanges.push(exchange);
    if (order?.spoil === 'delay') await sleep(order.holdMs);
    if (order?.spoil === 'drop') {
      await sleep(order.holdMs);
      response.destroy();
      return;
    }
    const answer = await this.#forward(request, body, response);
    const { statusCode = 502, headers } = answer;
    const { 'transfer-encoding': _chunked, ...plain } = headers;
    if (order?.spoil === 'cut' || order?.spoil === 'done-then-timeout') {
      const whole = await buffer(answer);
      if (order.spoil === 'done-then-timeout') await sleep(order.holdMs);
      else response.writeHead(statusCode, { ...plain, 'content-length': whole.length });
      const half = order.spoil === 'cut' ? whole.subarray(0, whole.length / 2) : Buffer.alloc(0);
      if (half.length > 0) response.write(half, () => response.destroy());
      else response.destroy();
      return;
    }
    response.writeHead(statusCode, headers);
    response.once('finish', () => {
      if (statusCode >= 300) return;
      exchange.deliveredAt = Date.now();
      this.onDelivered(exchange);
    });
    answer.pipe(response);
  }

  /** Ends with the program's connection: a vendor notices when its caller is gone. */
  async #forward(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<IncomingMessage> {
    const { host: _host, 'transfer-encoding': _encoding, ...headers } = request.headers;
    const outgoing = ask(new URL(request.url ?? '/', this.#target), {
      ...{ method: request.method, headers: { ...headers, 'content-length': body.length } },
    });
    outgoing.on('error', () => response.destroy());
    response.once('close', () => outgoing.destroy());
    const answered = once(outgoing, 'response');
    outgoing.end(body);
    const [answer] = (await answered) as [IncomingMessage];
    return answer;
  }
}
