import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { loadConfig } from '../temporal.config.js';
import { type Gateway, startGateway } from './server.js';

const TOKEN = 'signalbox-test-token';
const NO_TEMPORAL = '127.0.0.1:1';
const log = pino({ level: 'silent' });

let directory: string;
let gateway: Gateway | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'signalbox-gateway-'));
});
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
  rmSync(directory, { recursive: true, force: true });
});

function start(env: Record<string, string> = {}): Promise<Gateway> {
  const all = { TEMPORAL_ADDRESS: NO_TEMPORAL, SIGNALBOX_TOKEN: TOKEN, LINEAR_WEBHOOK_SECRET: 's', PORT: '0', ...env };
  return startGateway({ config: loadConfig(all, directory), log });
}

describe('the gateway as a server', () => {
  it('binds a free port when asked for port 0, and says which', async () => {
    gateway = await start();
    expect(gateway.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d+$/);
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  });

  it('says which port is taken and what to do', async () => {
    gateway = await start();
    const { port } = new URL(gateway.url);
    await expect(start({ PORT: port })).rejects.toThrow(
      new RegExp(`:${port} is taken: stop .* or choose another by PORT`),
    );
  });

  it('cuts off a body without end soon after 1 MB', async () => {
    gateway = await start();
    const { hostname, port } = new URL(gateway.url);
    const headers = { 'linear-signature': 'a'.repeat(64), 'transfer-encoding': 'chunked' };
    const sending = request({ hostname, port, path: '/webhooks/linear', method: 'POST', headers });
    let sent = 0;
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const pump = () => {
      if (sending.destroyed || sent > 64 * 2 ** 20) return;
      sent += chunk.length;
      sending.write(chunk, (error) => error ?? setImmediate(pump));
    };
    sending.on('error', () => undefined);
    pump();
    const [response] = await once(sending, 'response');
    expect(response.statusCode).toBe(413);
    expect(response.headers.connection).toBe('close');
    response.resume();
    await once(sending, 'close');
    expect(sent).toBeLessThan(32 * 2 ** 20);
  });

  it('survives a body that ends early', async () => {
    gateway = await start();
    const { hostname, port } = new URL(gateway.url);
    const socket = connectSocket(Number(port), hostname);
    await once(socket, 'connect');
    socket.write(
      'POST /webhooks/linear HTTP/1.1\r\nHost: x\r\nLinear-Signature: ab\r\nContent-Length: 100\r\n\r\n{"a":',
    );
    socket.destroy();
    await once(socket, 'close');
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  });

  it('answers what is under way before it stops, and takes nothing more', async () => {
    gateway = await start();
    const { url } = gateway;
    const body = JSON.stringify({ title: 'a', text: 'b' });
    const headers = { authorization: `Bearer ${TOKEN}` };
    const waiting = fetch(`${url}/signals`, { method: 'POST', headers, body });
    while ((await fetch(`${url}/healthz`)).status !== 200);
    await gateway.close();
    expect((await waiting).status).toBe(503);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });
});

describe('the process of the gateway', () => {
  function run(env: Record<string, string>) {
    const main = join(import.meta.dirname, '../dist/gateway/main.js');
    return spawn(process.execPath, [main], { cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  it('lists all that is wrong with its configuration, each with a remedy, and ends with 1', async () => {
    const child = run({ HOME: directory });
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect(code).toBe(1);
    expect(said).toContain('no repository is configured: name at least one');
    expect(said).toContain('set LINEAR_WEBHOOK_SECRET');
    expect(said).not.toContain('    at ');
  });

  it('names the field that cannot be read', async () => {
    writeFileSync(join(directory, 'signalbox.config.yaml'), 'gateway: { port: high }\n');
    const child = run({ HOME: directory });
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect([code, said]).toEqual([1, expect.stringContaining('gateway.port: ')]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('says in JSON where it listens, and ends with 0 on %s', async (signal) => {
    const config = `gateway: { port: 0 }\nrepos: [{ name: shop, url: "${directory}" }]\n`;
    writeFileSync(join(directory, 'signalbox.config.yaml'), config);
    const child = run({ HOME: directory, SIGNALBOX_TOKEN: TOKEN, TEMPORAL_ADDRESS: NO_TEMPORAL });
    const exited = once(child, 'exit');
    const lines = createInterface({ input: child.stderr });
    const [line] = await once(lines, 'line');
    const { msg, url } = JSON.parse(line);
    expect(msg).toBe('gateway listening');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    child.kill(signal);
    expect(await exited).toEqual([0, null]);
  });
});
