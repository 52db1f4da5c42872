import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** An HTTP server on 127.0.0.1. A handler that throws breaks its connection. */
export class LoopbackServer {
  readonly http: Server;
  #url = '';

  constructor(handle: HttpHandler) {
    this.http = createServer((request, response) => {
      handle(request, response).catch((error: Error) => response.destroy(error));
    });
  }

  /** Its origin, such as `http://127.0.0.1:4000`; empty before it has started. */
  get url(): string {
    return this.#url;
  }

  /** `port` 0: any. */
  async start(port = 0): Promise<{ readonly url: string }> {
    const listening = once(this.http, 'listening');
    this.http.listen(port, '127.0.0.1');
    await listening;
    const address = this.http.address();
    this.#url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : port}`;
    return { url: this.#url };
  }

  /** Ends the connections that are open as well. */
  async close(): Promise<void> {
    if (!this.http.listening) return;
    const closed = once(this.http, 'close');
    this.http.close();
    this.http.closeAllConnections();
    await closed;
  }
}
