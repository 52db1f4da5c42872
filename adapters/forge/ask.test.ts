import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { z } from 'zod';
import { failureOf } from '../../test/effects/attempts.js';
import { createAsks, ForgeClient } from './ask.js';

const REMEDIES = { unauthenticated: '', forbidden: '', notFound: '' };

let server: Server;
let items: number;
let pages: string[];

beforeEach(async () => {
  pages = [];
  server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://forge');
    const [size, page] = [Number(searchParams.get('limit')), Number(searchParams.get('page'))];
    pages.push(`${page} of ${size}`);
    const from = (page - 1) * size;
    const batch = Array.from({ length: Math.max(0, Math.min(size, items - from)) }, (_, n) => from + n);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(batch));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function all() {
  const address = server.address();
  const baseUrl = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  const client = async () => new ForgeClient({ baseUrl });
  const asks = createAsks({ client, remedies: REMEDIES, timeoutMs: 5_000 }, { size: 'limit', most: 3 });
  return asks.all({ what: 'numbers', route: 'GET /numbers', answer: z.array(z.number()) });
}

it.each([
  [0, ['1 of 3']],
  [2, ['1 of 3']],
  [3, ['1 of 3', '2 of 3']],
  [7, ['1 of 3', '2 of 3', '3 of 3']],
])('every page of %d items is asked for, once', async (count, asked) => {
  items = count;
  expect(await all()).toEqual(Array.from({ length: count }, (_, n) => n));
  expect(pages).toEqual(asked);
});

it('more than anybody reads is refused, and not cut quietly', async () => {
  items = 1_000;
  expect(await failureOf(all())).toMatchObject({ type: 'BadInput', message: expect.stringMatching(/more than 60/) });
  expect(pages).toHaveLength(20);
});
