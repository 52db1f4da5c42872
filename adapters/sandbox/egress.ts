import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { SetupStep } from '../../schemas/blueprint.js';
import { createProxy } from './proxy.js';
import { type Registry, registryOf } from './registries.js';
import type { Mount, Site } from './site.js';

// The network of one set-up step: a unix socket in its sandbox, behind which the host's proxy decides.

export interface Egress {
  readonly mounts: readonly Mount[];
  readonly env: Readonly<Record<string, string>>;
  /** Runs the command beside what makes an HTTP proxy of the socket. */
  wrap(command: string): readonly string[];
  refusals(): readonly string[];
  close(): Promise<void>;
}

export interface EgressRequest {
  readonly site: Site;
  readonly step: Pick<SetupStep, 'registries' | 'hosts'>;
  /** A directory of the step's own on the host. */
  readonly directory: string;
}

const INSIDE = '/run/egress';
const SOCKET = 'proxy.sock';
const BUNDLE = 'certificates.pem';
const SYSTEM_BUNDLES = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem'];

/** Runs inside: passes what comes to a port of the sandbox's own loopback on to the socket, while the command runs. */
const FORWARD = `
const net = require('node:net');
const { env: own } = require('node:process');
const { spawn } = require('node:child_process');
const server = net.createServer((local) => {
  const remote = net.connect('${INSIDE}/${SOCKET}');
  const end = () => { local.destroy(); remote.destroy(); };
  local.on('error', end).on('close', end);
  remote.on('error', end).on('close', end);
  local.pipe(remote).pipe(local);
}).listen(0, '127.0.0.1', () => {
  const proxy = 'http://127.0.0.1:' + server.address().port;
  const env = { ...own };
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy']) env[name] = proxy;
  spawn('/bin/sh', ['-c', process.argv[1]], { stdio: 'inherit', env }).on('close', (code) => process.exit(code ?? 137));
});
`;

/** Undefined when the step names nothing outside: then it has no network at all. */
export async function openEgress({ site, step, directory }: EgressRequest): Promise<Egress | undefined> {
  if (step.registries.length === 0 && step.hosts.length === 0) return undefined;
  const registries = new Map(
    await Promise.all(step.registries.map(async (name) => [name, await registryOf(site, name)] as const)),
  );
  const trusted = [...registries.values()].flatMap(({ origins }) => origins);
  const { server, refusals } = createProxy({ trusted, named: step.hosts.map((host) => host.toLowerCase()) });
  const own = join(directory, 'egress');
  await mkdir(own, { mode: 0o700 });
  await writeFile(join(own, BUNDLE), await certificates(site.options.caFile), { mode: 0o644 });
  await listen(server, own);
  for (const path of [own, join(own, SOCKET), join(own, BUNDLE)]) {
    if (site.root) await chown(path, site.identity.uid, site.identity.gid);
  }
  return {
    mounts: [{ from: own, to: INSIDE }],
    env: environment(registries),
    wrap: (command) => ['node', '-e', FORWARD, command],
    refusals: () => [...refusals],
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The path of a socket may have no more than 107 bytes; through a descriptor any directory has a short name. */
async function listen(server: Server, directory: string): Promise<void> {
  const handle = await open(directory);
  try {
    server.listen(`/proc/self/fd/${handle.fd}/${SOCKET}`);
    await once(server, 'listening');
    await chmod(join(directory, SOCKET), 0o600);
  } finally {
    await handle.close();
  }
}

async function certificates(caFile: string | undefined): Promise<string> {
  const system = SYSTEM_BUNDLES.find(existsSync);
  const files = await Promise.all([system, caFile].flatMap((path) => (path ? [readFile(path, 'utf8')] : [])));
  return [...rootCertificates, ...files].join('\n');
}

/** Package managers are told which registry this machine uses, and nothing that is secret. */
function environment(registries: ReadonlyMap<string, Registry>): Record<string, string> {
  const bundle = `${INSIDE}/${BUNDLE}`;
  const [npm, pypi] = [registries.get('npm'), registries.get('pypi')];
  return {
    SSL_CERT_FILE: bundle,
    NODE_EXTRA_CA_CERTS: bundle,
    REQUESTS_CA_BUNDLE: bundle,
    ...(npm && { npm_config_registry: npm.url, npm_config_cafile: bundle, npm_config_update_notifier: 'false' }),
    ...(pypi && {
      PIP_INDEX_URL: pypi.url,
      PIP_CERT: bundle,
      PIP_CONFIG_FILE: '/dev/null',
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
      PIP_NO_INPUT: '1',
      ...(pypi.url.startsWith('http:') && { PIP_TRUSTED_HOST: new URL(pypi.url).host }),
    }),
  };
}
