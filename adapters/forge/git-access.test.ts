import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { loadConfig } from '../../temporal.config.js';
import { failureOf } from '../../test/effects/attempts.js';
import { tokenAccess } from './git-access.js';
import { createGitRefs } from './git-refs.js';

const TOKEN = 'ghs_hush-hush';
const BASIC = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');
const { path } = loadConfig();

let directory: string;
let servers: Server[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'signalbox-access-'));
  servers = [];
});
afterEach(() => {
  for (const server of servers) server.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A server and what it was asked with. */
async function listening(answer: (request: IncomingMessage) => { status: number; location?: string }) {
  const seen: { readonly url: string; readonly authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    seen.push({ url: request.url ?? '', authorization: request.headers.authorization });
    const { status, location } = answer(request);
    response.writeHead(status, location === undefined ? {} : { location }).end();
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`, seen };
}

function refsAt(url: string, forge: string, programs = path) {
  return createGitRefs({
    location: (name) => ({ name, url: `${url}/acme/shop.git`, defaultBranch: 'main' }),
    ...{ depotDirectory: () => directory, path: programs, timeoutsMs: { push: 10_000, ask: 10_000 } },
    access: tokenAccess({ forge, token: async () => TOKEN }),
  });
}

it('git shows the token to the forge, and to nobody else', async () => {
  const forge = await listening(() => ({ status: 403 }));
  const other = await listening(() => ({ status: 403 }));
  await failureOf(refsAt(forge.url, forge.url).head('shop', 'main'));
  await failureOf(refsAt(other.url, forge.url).head('shop', 'main'));
  expect(forge.seen[0]?.authorization).toBe(`Basic ${BASIC}`);
  expect(other.seen.map(({ authorization }) => authorization)).toEqual([undefined]);
});

it('git follows the forge nowhere, and says that it was sent away', async () => {
  const other = await listening(() => ({ status: 404 }));
  const forge = await listening(({ url }) => ({ status: 301, location: `${other.url}${url}` }));
  const failure = await failureOf(refsAt(forge.url, forge.url).head('shop', 'main'));
  expect(failure).toMatchObject({ type: 'BadInput', nonRetryable: true, message: expect.stringMatching(/elsewhere/) });
  expect(other.seen).toEqual([]);
});

it('the token is in no argument, in no file of git and in no failure', async () => {
  const real = execFileSync('sh', ['-c', 'command -v git'], { env: { PATH: path }, encoding: 'utf8' }).trim();
  const log = join(directory, 'arguments');
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'git'), `#!/bin/sh\necho "$@" >> '${log}'\nexec '${real}' "$@"\n`);
  chmodSync(join(bin, 'git'), 0o755);
  execFileSync('git', ['init', '--quiet', '--bare', join(directory, 'depot')], { stdio: 'pipe' });
  const forge = await listening(() => ({ status: 401 }));
  const failure = await failureOf(refsAt(forge.url, forge.url, `${bin}:${path}`).head('shop', 'main'));
  expect(failure).toMatchObject({ type: 'Unauthorized', nonRetryable: true });
  expect(forge.seen[0]?.authorization).toBe(`Basic ${BASIC}`);
  const left = readFileSync(log, 'utf8') + readFileSync(join(directory, 'depot/config'), 'utf8');
  expect(left).toContain('ls-remote');
  for (const secret of [TOKEN, BASIC]) {
    expect(`${left} ${failure.message} ${failure.stack}`).not.toContain(secret);
  }
});
