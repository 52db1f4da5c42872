import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { failureOf } from '../../test/effects/attempts.js';
import { createGithub } from './github.js';

// What Temporal makes of what a forge answers with: whether to try again, and when.

interface Given {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

let server: Server;
let url: string;
let next: Given | 'silence' = 'silence';

beforeAll(async () => {
  server = createServer((_request, response) => {
    if (next === 'silence') return;
    const { status, headers = {}, body = '{"message":"because"}' } = next;
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function failed(given: typeof next, apiUrl = url) {
  next = given;
  const host = createGithub({ apiUrl, app: undefined, token: 'hush-hush', timeoutMs: 3_000 });
  return failureOf(host?.wire.read({ owner: 'acme', repo: 'shop' }, 1, undefined) ?? Promise.resolve());
}

const inTwoMinutes = String(Math.ceil(Date.now() / 1_000) + 120);
const SECONDARY = '{"message":"You have exceeded a secondary rate limit"}';

describe('a limit of rates is waited for as long as the forge says', () => {
  it.each<[string, Given, number, number]>([
    ['Retry-After', { status: 429, headers: { 'retry-after': '7' } }, 7_000, 7_000],
    ['a secondary limit with Retry-After', { status: 403, headers: { 'retry-after': '30' } }, 30_000, 30_000],
    ['a secondary limit without', { status: 403, body: SECONDARY }, 60_000, 60_000],
    [
      'the moment of the reset',
      { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inTwoMinutes } },
      60_000,
      121_000,
    ],
    ['no longer than an hour', { status: 429, headers: { 'retry-after': '90000' } }, 3_600_000, 3_600_000],
  ])('%s', async (_name, given, least, most) => {
    const failure = await failed(given);
    expect(failure).toMatchObject({ type: 'RateLimited', nonRetryable: false });
    const { nextRetryDelay } = failure as unknown as { readonly nextRetryDelay: number };
    expect(nextRetryDelay).toBeGreaterThanOrEqual(least);
    expect(nextRetryDelay).toBeLessThanOrEqual(most);
  });
});

describe('what no retry mends ends the step, and says what does', () => {
  it.each<[string, Given, string, RegExp]>([
    ['401', { status: 401 }, 'Unauthorized', /because; check GITHUB_TOKEN/],
    [
      '403',
      { status: 403, headers: { 'x-accepted-github-permissions': 'pull_requests=write' } },
      'Unauthorized',
      /give GITHUB_TOKEN the permissions.*it takes: pull_requests=write/,
    ],
    ['404', { status: 404 }, 'ItemNotFound', /check `project`/],
    ['422', { status: 422 }, 'BadInput', /because/],
    [
      'a repository that was renamed',
      { status: 301, headers: { location: 'https://x/y' } },
      'BadInput',
      /https:\/\/x\/y.*mend `project`/,
    ],
  ])('%s', async (_name, given, type, message) => {
    const failure = await failed(given);
    expect(failure).toMatchObject({ type, nonRetryable: true, message: expect.stringMatching(message) });
    expect(`${failure.message} ${failure.stack}`).not.toContain('hush-hush');
  });
});

describe('what passes by itself is tried again', () => {
  it.each<[string, typeof next]>([
    ['500', { status: 500 }],
    ['503 with a page', { status: 503, headers: { 'content-type': 'text/html' }, body: '<html>down</html>' }],
    ['409', { status: 409 }],
    ['half an answer', { status: 200, body: '{"number": ' }],
    ['silence', 'silence'],
  ])('%s', async (_name, given) => {
    expect(await failed(given)).toMatchObject({ type: 'VendorUnavailable', nonRetryable: false });
  });

  it('silence about where an App is installed', async () => {
    next = 'silence';
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    const host = createGithub({ apiUrl: url, app: { id: '1', privateKey }, token: undefined, timeoutMs: 3_000 });
    const failure = await failureOf(
      host?.wire.read({ owner: 'acme', repo: 'shop' }, 1, undefined) ?? Promise.resolve(),
    );
    expect(failure).toMatchObject({ type: 'VendorUnavailable', nonRetryable: false });
  });

  it('nobody there', async () => {
    expect(await failed('silence', 'http://127.0.0.1:1')).toMatchObject({
      type: 'VendorUnavailable',
      nonRetryable: false,
    });
  });
});
