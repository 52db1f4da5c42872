import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FakeReply } from './script.js';

// Bytes of answers on their way, or on half of it.

/** A whole answer at once. */
export function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_fake', ...headers }).end(body);
}

/** True when all of it was sent. */
export async function sendWhole(response: ServerResponse, body: string, { fault }: FakeReply): Promise<boolean> {
  if (response.destroyed) return false;
  if (fault === 'cut') {
    const bytes = Buffer.from(body);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
    response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
    return false;
  }
  send(response, 200, body);
  return true;
}

/** True when all of it was sent. */
export async function stream(
  response: ServerResponse,
  events: readonly string[],
  { fault, paceMs }: FakeReply,
): Promise<boolean> {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    'request-id': 'req_fake',
  });
  for (const event of fault === 'cut' ? events.slice(0, events.length / 2) : events) {
    if (response.destroyed) return false;
    if (paceMs) await sleep(paceMs);
    response.write(event);
  }
  if (response.destroyed) return false;
  if (fault === 'cut') {
    // After what was written has left.
    response.write('', () => response.destroy());
    return false;
  }
  response.end();
  return true;
}
