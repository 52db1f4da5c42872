import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Message, ModelCard, ModelRequest } from '../../schemas/model.js';

// A server that answers as told: what providers say when they say what no provider should.

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent one after the other. */
  readonly chunks?: readonly string[];
  /** What becomes of the connection after the chunks; by default the answer ends as it should. */
  readonly ending?: 'cut' | 'hang';
}

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

export interface Replies {
  readonly url: string;
  readonly received: readonly Received[];
  /** Answers the next request; the last one answers all that follow. */
  answer(...replies: readonly Reply[]): void;
  /** Answers whose reader went away before their end. */
  givenUp(): number;
  close(): Promise<void>;
}

export async function serveReplies(): Promise<Replies> {
  const received: Received[] = [];
  let queue: readonly Reply[] = [];
  let givenUp = 0;
  const server = createServer(async (request, response) => {
    let text = '';
    response.once('close', () => {
      if (!response.writableEnded) givenUp++;
    });
    for await (const chunk of request) text += chunk;
    received.push({ path: request.url ?? '', headers: request.headers, body: JSON.parse(text) });
    const [reply = {}, ...others] = queue;
    if (others.length > 0) queue = others;
    response.writeHead(reply.status ?? 200, { 'content-type': 'text/event-stream', ...reply.headers });
    for (const chunk of reply.chunks ?? []) {
      response.write(chunk);
      // Apart, so that they arrive as they were sent.
      await new Promise(setImmediate);
    }
    if (reply.ending === undefined) response.end();
    // What was written is to arrive before the connection breaks.
    if (reply.ending === 'cut') setTimeout(() => response.destroy(), 20);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    answer: (...replies) => {
      queue = replies;
    },
    givenUp: () => givenUp,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export const user = (text: string): Message => ({ role: 'user', parts: [{ type: 'text', text }] });

export function requestOf(card: ModelCard, more: Partial<ModelRequest> = {}): ModelRequest {
  return {
    model: card.name,
    system: 'You mend code.',
    tools: [
      { name: 'read', description: 'Reads a file', inputSchema: { type: 'object', properties: { path: {} } } },
      { name: 'submit', description: 'Hands it in', inputSchema: { type: 'object', properties: {} } },
    ],
    messages: [user('Why is it red?')],
    maxOutputTokens: 8_000,
    thinkingTokens: 0,
    ...more,
  };
}
