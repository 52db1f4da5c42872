import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SEARCH_ATTRIBUTES } from '../../schemas/names.js';
import { DYNAMIC_CONFIG } from '../dynamic-config.js';
import { findGoProgram, TEMPORAL_SERVER, TEMPORAL_SQL_TOOL } from '../go-programs.js';
import { freePorts, HOST, listens } from '../ports.js';
import { findTemporalCli } from '../temporal-cli.js';
import { createPart, type Part } from './part.js';

// Temporal's own server as four processes over PostgreSQL, as in production.

const SERVICES = ['frontend', 'history', 'matching', 'worker'] as const;
type Service = (typeof SERVICES)[number];

const STORES = { default: 'temporal', visibility: 'temporal_visibility' } as const;
const SCHEMAS = { default: 'postgresql/v12/temporal', visibility: 'postgresql/v12/visibility' } as const;
const NAMESPACE = 'default';
const RETENTION = '30d';
/** Fixed for the life of a cluster; four are plenty for one machine. */
const SHARDS = 4;
const COMMAND_MS = 60_000;

export interface Database {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export interface TemporalOptions {
  readonly directory: string;
  readonly cacheDir: string;
  readonly database: Database;
  readonly say: (line: string) => void;
}

export interface TemporalCluster {
  readonly address: string;
  readonly namespace: string;
  readonly services: Readonly<Record<Service, Part>>;
  /** Sets up the schema, starts the four services, and makes the namespace with its search attributes. */
  start(): Promise<void>;
}

/** The database must answer when it is started. */
export async function createTemporal({
  directory,
  cacheDir,
  database,
  say,
}: TemporalOptions): Promise<TemporalCluster> {
  const server = await findGoProgram({ cacheDir, program: TEMPORAL_SERVER, say });
  const sqlTool = await findGoProgram({ cacheDir, program: TEMPORAL_SQL_TOOL, say });
  const cli = await findTemporalCli({ cacheDir, say });
  const ports = await freePorts(2 * SERVICES.length);
  const portsOf = (service: Service) => {
    const at = 2 * SERVICES.indexOf(service);
    return { grpcPort: ports[at] ?? 0, membershipPort: ports[at + 1] ?? 0 };
  };
  const address = `${HOST}:${portsOf('frontend').grpcPort}`;
  const config = join(directory, 'config');
  mkdirSync(config, { recursive: true });
  writeFileSync(join(config, 'dynamic.yaml'), dynamicConfigFile());
  // JSON is YAML.
  writeFileSync(
    join(config, 'cluster.yaml'),
    JSON.stringify(settings({ address, config, database, portsOf }), null, 2),
    {
      mode: 0o600,
    },
  );
  const part = (service: Service) =>
    createPart({
      name: `Temporal ${service}`,
      command: [server, '--root', directory, '--env', 'cluster', '--allow-no-auth', 'start', '--service', service],
      log: join(directory, `${service}.log`),
      // The worker service answers nobody but the other members.
      ready: () => listens(service === 'worker' ? portsOf(service).membershipPort : portsOf(service).grpcPort),
    });
  const services = {
    frontend: part('frontend'),
    history: part('history'),
    matching: part('matching'),
    worker: part('worker'),
  };
  return {
    address,
    namespace: NAMESPACE,
    services,
    async start() {
      say('  schema');
      for (const store of ['default', 'visibility'] as const) await setUpSchema(sqlTool, database, store);
      say('  frontend, history, matching, worker');
      // The first one writes down what the cluster is; two at once would be in each other's way.
      await services.history.start();
      await Promise.all([services.frontend, services.matching, services.worker].map((service) => service.start()));
      await register(cli, address);
    },
  };
}

/** As the services of a cluster read it. */
export function dynamicConfigFile(): string {
  const lines = Object.entries(DYNAMIC_CONFIG).map(([key, value]) => `${key}: [{ value: ${value} }]\n`);
  return `# The settings of infra/dynamic-config.ts.\n${lines.join('')}`;
}

interface Settings extends Pick<TemporalOptions, 'database'> {
  readonly address: string;
  readonly config: string;
  readonly portsOf: (service: Service) => object;
}

function settings({ address, config, database, portsOf }: Settings): object {
  const store = (databaseName: string) => ({
    sql: {
      pluginName: 'postgres12',
      databaseName,
      connectAddr: `${HOST}:${database.port}`,
      connectProtocol: 'tcp',
      user: database.user,
      password: database.password,
      maxConns: 20,
      maxIdleConns: 20,
      maxConnLifetime: '1h',
    },
  });
  const rpc = (service: Service) => [service, { rpc: { ...portsOf(service), bindOnLocalHost: true } }] as const;
  return {
    log: { stdout: true, level: 'warn' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      numHistoryShards: SHARDS,
      datastores: { default: store(STORES.default), visibility: store(STORES.visibility) },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: HOST } },
    services: Object.fromEntries(SERVICES.map(rpc)),
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: { enabled: true, initialFailoverVersion: 1, rpcName: 'frontend', rpcAddress: address },
      },
    },
    publicClient: { hostPort: address },
    dcRedirectionPolicy: { policy: 'noop' },
    dynamicConfigClient: { filepath: join(config, 'dynamic.yaml'), pollInterval: '60s' },
  };
}

async function setUpSchema(tool: string, database: Database, store: keyof typeof STORES): Promise<void> {
  const { port, user, password } = database;
  const run = (...args: readonly string[]) =>
    command(tool, [
      ...['--plugin', 'postgres12', '--endpoint', HOST, '--port', String(port), '--user', user],
      ...['--password', password, '--database', STORES[store], ...args],
    ]);
  await run('create-database');
  await run('setup-schema', '--version', '0.0');
  await run('update-schema', '--schema-name', SCHEMAS[store]);
}

async function register(cli: string, address: string): Promise<void> {
  const operator = (...args: readonly string[]) => command(cli, ['operator', ...args, '--address', address]);
  await operator('namespace', 'create', '--namespace', NAMESPACE, '--retention', RETENTION);
  const attributes = Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => ['--name', name, '--type', type]);
  await operator('search-attribute', 'create', '--namespace', NAMESPACE, ...attributes);
}

async function command(program: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)(program, [...args], { timeout: COMMAND_MS }).catch(
    (error: Error & { stderr?: string; stdout?: string }) => {
      const said = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim().split('\n').slice(-5).join('\n');
      throw new Error(
        `${program} ${args.filter((arg) => !arg.startsWith('-')).at(-1)} failed: ${said || error.message}`,
      );
    },
  );
}
