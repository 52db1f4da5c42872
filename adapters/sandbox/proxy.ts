import { lookup } from 'node:dns/promises';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { BlockList, connect, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Origin } from './registries.js';

// The only way out of a set-up sandbox: named hosts, and addresses that were looked at after the name was resolved.

export interface ProxyRules {
  /** From this machine's configuration: may be anywhere. */
  readonly trusted: readonly Origin[];
  /** From the repository's blueprint: never inside the machine or its network, and HTTPS only. */
  readonly named: readonly string[];
}

export interface Proxy {
  readonly server: Server;
  /** What was asked for and refused. */
  readonly refusals: ReadonlySet<string>;
}

const HTTPS_PORT = 443;
const CONNECT_MS = 30_000;
const IDLE_MS = 300_000;
const MAX_CONNECTIONS = 256;

// Two lists: one alone would take every IPv4 address for the mapped IPv6 one.
const INSIDE = { ipv4: new BlockList(), ipv6: new BlockList() } as const;
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  INSIDE.ipv4.addSubnet(net, prefix, 'ipv4');
}
for (const [net, prefix] of [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  INSIDE.ipv6.addSubnet(net, prefix, 'ipv6');
}

/** An address of this machine, of its network, or of nothing in particular. */
export function isInside(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  return family === 6 ? INSIDE.ipv6.check(address, 'ipv6') : INSIDE.ipv4.check(address, 'ipv4');
}

export function createProxy(rules: ProxyRules): Proxy {
  const refusals = new Set<string>();
  const server = createServer();
  server.maxConnections = MAX_CONNECTIONS;
  const refuse = (what: string, why: string) => refusals.add(`${what} (${why})`);

  async function addressOf(origin: Origin): Promise<string | undefined> {
    const what = `${origin.host}:${origin.port}`;
    const trusted = rules.trusted.some(({ host, port }) => host === origin.host && port === origin.port);
    if (!trusted && !(origin.port === HTTPS_PORT && rules.named.includes(origin.host))) {
      refuse(what, 'not named in the set-up step');
      return undefined;
    }
    const found = await lookup(bare(origin.host), { all: true }).catch(() => []);
    const usable = found.filter(({ address }) => trusted || !isInside(address));
    if (usable.length === 0) refuse(what, found.length === 0 ? 'no address' : 'an address inside this network');
    return usable[0]?.address;
  }

  server.on('connect', async (message: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const origin = parseAuthority(message.url ?? '');
    const address = origin && (await addressOf(origin));
    if (!origin || address === undefined) {
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    tunnel({ address, port: origin.port, socket, head });
  });

  // Clients ask a proxy for plain HTTP by the whole address. Only a registry that this machine names so is served.
  server.on('request', async (message: IncomingMessage, response: ServerResponse) => {
    const url = URL.canParse(message.url ?? '') ? new URL(message.url ?? '') : undefined;
    const origin = url?.protocol === 'http:' ? { host: url.hostname, port: Number(url.port || 80) } : undefined;
    const address = origin && (await addressOf(origin));
    if (!url || !origin || address === undefined) {
      response.writeHead(403).end();
      return;
    }
    forward({ message, response, url, address, port: origin.port });
  });
  return { server, refusals };
}

interface Tunnel {
  readonly address: string;
  readonly port: number;
  readonly socket: Duplex;
  readonly head: Buffer;
}

function tunnel({ address, port, socket, head }: Tunnel): void {
  const upstream = connect({ host: address, port, timeout: CONNECT_MS });
  const end = () => {
    upstream.destroy();
    socket.destroy();
  };
  upstream.once('connect', () => {
    upstream.setTimeout(IDLE_MS);
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) upstream.write(head);
    upstream.pipe(socket).pipe(upstream);
  });
  upstream.on('timeout', end).on('error', end).on('close', end);
  socket.on('close', end);
}

interface Forward {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly address: string;
  readonly port: number;
}

function forward({ message, response, url, address, port }: Forward): void {
  const headers = { ...message.headers, host: url.host };
  const { method } = message;
  const upstream = request({ host: address, port, path: `${url.pathname}${url.search}`, method, headers });
  upstream.setTimeout(CONNECT_MS, () => upstream.destroy());
  upstream.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  upstream.on('error', () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502).end();
  });
  message.pipe(upstream);
}

/** `host:port` of a CONNECT, in the one spelling that rules are written in. */
function parseAuthority(authority: string): Origin | undefined {
  if (!URL.canParse(`https://${authority}`)) return undefined;
  const url = new URL(`https://${authority}`);
  if (url.username || url.password || url.pathname !== '/' || url.search || url.hash) return undefined;
  return { host: url.hostname.replace(/\.$/, ''), port: Number(url.port || HTTPS_PORT) };
}

/** Without the brackets of an IPv6 address. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
