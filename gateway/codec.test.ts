import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createPayloadCodec } from '../adapters/temporal/codec/data-converter.js';
import { createCodecAccess } from './codec-access.js';
import { testGateway } from './testing.js';

// The remote codec of Temporal UI, as its pages call it.

const TOKEN = 'codec-token-of-the-tests';
const UI = 'https://temporal.example.com';
const SECRET = 'Project Falcon';
const directory = mkdtempSync(join(tmpdir(), 'signalbox-codec-'));
const file = join(directory, 'k1.key');
writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 });
const base64 = (text: string) => Buffer.from(text).toString('base64');
const plain = { metadata: { encoding: base64('json/plain') }, data: base64(JSON.stringify(SECRET)) };

interface Answer {
  readonly payloads: readonly { readonly data: string }[];
  readonly error?: string;
}

describe('the codec server', () => {
  let provider: Server;
  let signer: CryptoKey;
  let issuer: string;
  let time = Date.now();

  beforeAll(async () => {
    const pair = await generateKeyPair('RS256');
    signer = pair.privateKey;
    const keys = [{ ...(await exportJWK(pair.publicKey)), kid: 'p1', alg: 'RS256' }];
    provider = createServer((_request, response) => response.end(JSON.stringify({ keys })));
    await new Promise<void>((done) => provider.listen(0, '127.0.0.1', done));
    issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    provider?.close();
    rmSync(directory, { recursive: true });
  });

  function server(change: { readonly token?: string | undefined } = { token: TOKEN }) {
    const access = createCodecAccess(
      { ...change, jwt: { issuer, audience: 'temporal', jwksUrl: `${issuer}/jwks` } },
      () => time,
    );
    const { app, lines } = testGateway({
      codec: { codec: createPayloadCodec({ current: 'k1', keys: [{ id: 'k1', file }] }), access, uiOrigin: UI },
    });
    const call = async (
      way: string,
      headers: Record<string, string> = {},
      content: unknown = { payloads: [plain] },
    ) => {
      const body = typeof content === 'string' ? content : JSON.stringify(content);
      const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body };
      const response = await app.request(`/codec/${way}`, init);
      return { status: response.status, headers: response.headers, answer: (await response.json()) as Answer };
    };
    return { app, call, lines, log: () => lines.join('') };
  }

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const jwt = (claims: Record<string, unknown> = {}, header: Record<string, string> = {}) =>
    new SignJWT({ sub: 'olga', iss: issuer, aud: 'temporal', exp: time / 1000 + 60, ...claims }).setProtectedHeader({
      ...{ alg: 'RS256', kid: 'p1' },
      ...header,
    });

  it('encodes and decodes, for whoever has the token', async () => {
    const { call } = server();
    const encoded = await call('encode', bearer(TOKEN));
    expect(JSON.stringify(encoded.answer)).not.toContain(plain.data.slice(4, -4));
    expect(await call('decode', bearer(TOKEN), encoded.answer)).toMatchObject({
      status: 200,
      answer: { payloads: [plain] },
    });
  });

  it('decodes for whom the identity provider knows, and says in the log who it was', async () => {
    const { call, log } = server();
    const token = await jwt().sign(signer);
    expect((await call('decode', bearer(token))).status).toBe(200);
    expect(log()).toContain('"who":"user olga"');
  });

  it('decodes for a browser that signed in, for twelve hours', async () => {
    const { app, call } = server();
    const form = (token: string) =>
      app.request('/codec/sign-in', { method: 'POST', body: new URLSearchParams({ token }) });
    expect((await form('wrong')).status).toBe(401);
    // Browsers refuse a form whose answer leads to where its page may not send it.
    const page = await app.request('/codec/sign-in');
    expect(page.headers.get('content-security-policy')).toContain(`form-action 'self' ${UI};`);
    const response = await form(TOKEN);
    const cookie = response.headers.get('set-cookie') ?? '';
    expect({ status: response.status, to: response.headers.get('location') }).toEqual({ status: 303, to: UI });
    expect(cookie).toMatch(/; Path=\/codec; Max-Age=43200; HttpOnly; SameSite=Strict; Secure$/);
    expect(cookie).not.toContain(TOKEN);
    const headers = { cookie: `other=1; ${cookie.split(';')[0]}`, origin: UI };
    expect((await call('decode', headers)).status).toBe(200);
    expect((await call('decode', { cookie: headers.cookie.replace('codec=1', 'codec=9') })).status).toBe(401);
    time += 13 * 3_600_000;
    expect((await call('decode', headers)).status).toBe(401);
    time = Date.now();
  });

  describe('opens nothing', () => {
    const denied: [string, () => Promise<Record<string, string>>, RegExp][] = [
      ['for nobody', async () => ({}), /nobody is signed in/],
      ['for a wrong token', async () => bearer('codec-token-of-the-testz'), /is refused: ERR_JWS_INVALID/],
      ['for an empty one', async () => ({ authorization: 'Bearer ' }), /nobody/],
      ['for the token in another scheme', async () => ({ authorization: `Basic ${TOKEN}` }), /nobody/],
      [
        'for an old access token',
        async () => bearer(await jwt({ exp: time / 1000 - 600 }).sign(signer)),
        /ERR_JWT_EXPIRED/,
      ],
      ['for one without an end', async () => bearer(await jwt({ exp: undefined }).sign(signer)), /ERR_JWT_CLAIM/],
      [
        'for one of another issuer',
        async () => bearer(await jwt({ iss: 'https://evil' }).sign(signer)),
        /ERR_JWT_CLAIM/,
      ],
      ['for one for somebody else', async () => bearer(await jwt({ aud: 'mail' }).sign(signer)), /ERR_JWT_CLAIM/],
      [
        'for one that somebody else signed',
        async () => bearer(await jwt().sign((await generateKeyPair('RS256')).privateKey)),
        /ERR_JWS_SIGNATURE/,
      ],
      [
        'for one signed with what everybody knows',
        async () => bearer(await jwt({}, { alg: 'HS256' }).sign(Buffer.from('x'.repeat(32)))),
        /ERR_JOSE_ALG_NOT_ALLOWED/,
      ],
      [
        'for one that nobody signed',
        async () => bearer(`${base64('{"alg":"none"}')}.${base64('{"sub":"olga"}')}.`.replaceAll('=', '')),
        /is refused/,
      ],
      [
        'for a page of somebody else',
        async () => ({ ...bearer(TOKEN), origin: 'https://evil.example' }),
        /may not call/,
      ],
    ];

    it.each(denied)('%s, and logs the attempt without what was sent', async (_who, headers, reason) => {
      const { call, log } = server();
      const { answer: encoded } = await server().call('encode', bearer(TOKEN));
      const given = await headers();
      const { status, answer } = await call('decode', given, encoded);
      expect([401, 403]).toContain(status);
      expect(JSON.stringify(answer)).toMatch(reason);
      expect(log()).toMatch(/"path":"\/codec\/decode".*"status":40[13].*"request refused"/);
      for (const content of [SECRET, encoded.payloads[0]?.data, given.authorization?.slice(7)]) {
        if (content) expect(`${log()}${JSON.stringify(answer)}`).not.toContain(content);
      }
    });

    it('where no token is configured and no provider vouches', async () => {
      expect((await server({}).call('decode', bearer(TOKEN))).status).toBe(401);
    });
  });

  it('lets the pages of Temporal UI call, and no others', async () => {
    const { app } = server();
    const preflight = async (origin: string) => {
      const headers = {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-namespace',
      };
      return (await app.request('/codec/decode', { method: 'OPTIONS', headers })).headers.get(
        'access-control-allow-origin',
      );
    };
    expect([await preflight(UI), await preflight('https://evil.example')]).toEqual([UI, null]);
  });

  it.each([
    ['no JSON', '{"payloads": [', 400],
    ['no payloads', {}, 400],
    ['no base64', { payloads: [{ data: `${SECRET} {}` }] }, 400],
    ['too many payloads', { payloads: Array.from({ length: 1001 }, () => plain) }, 400],
    ['too much', { payloads: [{ data: 'A'.repeat(9 * 1024 * 1024) }] }, 413],
  ])('refuses %s', async (_what, content, expected) => {
    const { call, log } = server();
    const { status, answer } = await call('decode', bearer(TOKEN), content);
    expect(status).toBe(expected);
    expect(`${log()}${JSON.stringify(answer)}`).not.toContain(SECRET);
  });

  it('names the key that it lacks', async () => {
    const metadata = { encoding: base64('binary/encrypted'), 'encryption-key-id': base64('k0') };
    const { status, answer } = await server().call('decode', bearer(TOKEN), { payloads: [{ metadata, data: '' }] });
    expect({ status, error: answer.error }).toMatchObject({ status: 422, error: expect.stringContaining('key "k0"') });
  });
});
