import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { connect, type Temporal } from '../adapters/temporal/client.js';
import type { Cluster } from '../infra/cluster/cluster.js';
import { createPart, type Part } from '../infra/cluster/part.js';
import { type DevServer, startDevServer } from '../infra/dev-server.js';
import { freePort } from '../infra/ports.js';
import { environmentWith, loadConfig } from '../temporal.config.js';
import { FakeLinear } from './fakes/linear.js';
import { NO_KEYS, startWorkerProcess, type WorkerProcess } from './processes.js';

// Everything real around a mission: a Temporal server, the gateway and workers as processes of their own, a bare git
// repository made from the examples. Linear's cloud can't be had; a local server speaks its GraphQL and signs webhooks.

export type StackWorker = WorkerProcess;

export interface StackOptions {
  /** Emptied by the caller; everything of the stack goes here. */
  readonly directory: string;
  /** Without database file and Web UI. */
  readonly memory: boolean;
  readonly quiet?: boolean;
  /** Written over the example's `signalbox.yaml` before the first commit. */
  readonly blueprint?: (yaml: string) => string;
  /**
   * Which models missions may call. None by default, whatever keys this environment has: a test must never cost money.
   * `environment`: those that it has.
   */
  readonly models?: StackModels | 'environment';
  /** Directory with hold-out scenarios. */
  readonly holdouts?: string;
  /** More for the configuration file. */
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** More for the environment of its programs. */
  readonly env?: Readonly<Record<string, string>>;
  /** What runs already, instead of a development server of its own and files. The caller ends it. */
  readonly cluster?: Pick<Cluster, 'temporal' | 'storage' | 'env'>;
}

/** A worker that is not as the others are. */
export interface PartOfWorkers {
  /** As `SIGNALBOX_ROLES`; all by default. */
  readonly roles?: string;
  /** By default that of the stack, which the workers then share. */
  readonly stateDir?: string;
  /** Of another build than this one. */
  readonly installDir?: string;
}

export interface StackModels {
  readonly env: Readonly<Record<string, string>>;
  /** `models` of the configuration file. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface Ticket {
  readonly identifier: string;
  readonly title: string;
  readonly description: string;
  readonly labels: readonly string[];
}

export interface Stack {
  readonly temporal: Pick<DevServer, 'address' | 'namespace'> & Partial<Pick<DevServer, 'uiUrl'>>;
  readonly client: Temporal['client'];
  readonly linear: FakeLinear;
  readonly gatewayUrl: string;
  readonly gateway: Part;
  readonly repo: ExampleRepo;
  /** For processes that join the stack: the CLI, another worker. */
  readonly env: Readonly<Record<string, string | undefined>>;
  startWorker(host: string, part?: PartOfWorkers): Promise<StackWorker>;
  close(): Promise<void>;
}

export async function startStack(options: StackOptions): Promise<Stack> {
  const { directory } = options;
  mkdirSync(directory, { recursive: true });
  const { cacheDir } = loadConfig();
  const repo = createExampleRepo(directory, options.blueprint);
  const linear = new FakeLinear({
    apiKey: `lin_api_${randomBytes(16).toString('hex')}`,
    webhookSecret: randomBytes(24).toString('hex'),
  });
  const { cluster } = options;
  const [server] = await Promise.all([
    cluster
      ? undefined
      : startDevServer({
          stateDir: join(directory, 'temporal'),
          cacheDir,
          memory: options.memory,
          quiet: options.quiet ?? true,
        }),
    linear.start(),
  ]);
  const temporal = server ?? cluster?.temporal;
  if (!temporal) throw new Error('there is no Temporal server');
  const port = await freePort();
  const configFile = join(directory, 'signalbox.config.yaml');
  writeFileSync(
    configFile,
    stringify({
      repos: [
        {
          ...{ name: 'parcels', url: repo.bare, match: [{ team: 'PAR' }] },
          ...(options.holdouts !== undefined && { holdouts: options.holdouts }),
        },
      ],
      // The same tickets are filed under several keys; scripts of models are of missions.
      triage: { fold: false, models: { triager: false, analyst: false } },
      ...modelsOf(options),
      ...options.configuration,
      // Its hosts are on one machine and share its processors.
      ...(cluster && { storage: cluster.storage, worker: { parallelSandboxes: 1 } }),
      gateway: { port },
      linear: { apiUrl: linear.apiUrl },
    }),
  );
  const env = environmentWith({
    SIGNALBOX_CONFIG: configFile,
    SIGNALBOX_STATE: join(directory, 'state'),
    SIGNALBOX_TOKEN: randomBytes(16).toString('hex'),
    ...(options.models !== 'environment' && { ...NO_KEYS, ...options.models?.env }),
    LINEAR_API_KEY: linear.apiKey,
    LINEAR_WEBHOOK_SECRET: linear.webhookSecret,
    TEMPORAL_ADDRESS: temporal.address,
    ...(server?.uiUrl !== undefined && { SIGNALBOX_UI_URL: server.uiUrl }),
    ...cluster?.env,
    ...options.env,
  });
  const { client, close: closeClient } = connect({
    address: temporal.address,
    namespace: temporal.namespace,
    connection: { address: temporal.address },
    encryption: loadConfig({ SIGNALBOX_CONFIG: configFile }).temporal.encryption,
  });
  const installDir = loadConfig().installDir;
  const programs = { installDir, directory, env };
  const gatewayUrl = `http://127.0.0.1:${port}`;
  const gateway = createPart({
    name: 'gateway',
    command: [process.execPath, join(installDir, 'dist/gateway/main.js')],
    log: join(directory, 'gateway.log'),
    ready: async () => (await fetch(`${gatewayUrl}/readyz`)).ok,
    env,
  });
  const workers: StackWorker[] = [];
  await gateway.start();
  return {
    temporal,
    client,
    linear,
    gatewayUrl,
    gateway,
    repo,
    env,
    async startWorker(host, { roles, stateDir, installDir: of = installDir } = {}) {
      const own = {
        ...(roles !== undefined && { SIGNALBOX_ROLES: roles }),
        ...(stateDir !== undefined && { SIGNALBOX_STATE: stateDir }),
      };
      const worker = await startWorkerProcess({ ...programs, installDir: of, env: { ...env, ...own }, host });
      workers.push(worker);
      return worker;
    },
    async close() {
      await gateway.stop();
      await Promise.all(workers.map((worker) => worker.stop()));
      await closeClient();
      await linear.close();
      await server?.close();
    },
  };
}

function modelsOf({ models }: StackOptions): { readonly models?: unknown } {
  if (models === 'environment') return {};
  return { models: models?.config ?? { use: [] } };
}

export function readTicket(name: string): Ticket {
  return JSON.parse(readFileSync(join(loadConfig().installDir, 'examples/tickets', `${name}.json`), 'utf8')) as Ticket;
}

/** A ticket as its reporter files it: without the label that makes it a mission. */
export function fileTicket(linear: FakeLinear, { identifier, title, description, labels }: Ticket): void {
  linear.addIssue({ key: identifier, title, description, labels: labels.filter((label) => label !== 'signalbox') });
}

export interface ExampleRepo {
  readonly bare: string;
  git(...args: readonly string[]): string;
  /** Commits files of an example over the default branch, as a person would, and others by their path. */
  commit(example: string, message: string, files?: Readonly<Record<string, string>>): string;
}

function createExampleRepo(directory: string, blueprint?: (yaml: string) => string): ExampleRepo {
  const bare = join(directory, 'parcels.git');
  const work = join(directory, 'parcels');
  const examples = resolve(loadConfig().installDir, 'examples');
  copyExample(join(examples, 'parcels'), work);
  if (blueprint) {
    const file = join(work, 'signalbox.yaml');
    writeFileSync(file, blueprint(readFileSync(file, 'utf8')));
  }
  const git = (cwd: string, args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=Parcels', '-c', 'user.email=parcels@example.com', ...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  git(directory, ['init', '--quiet', '--bare', '--initial-branch=main', bare]);
  git(work, ['init', '--quiet', '--initial-branch=main']);
  git(work, ['remote', 'add', 'origin', bare]);
  const push = (message: string) => {
    git(work, ['add', '--all']);
    git(work, ['commit', '--quiet', '--message', message]);
    git(work, ['push', '--quiet', 'origin', 'main']);
    return git(work, ['rev-parse', 'HEAD']);
  };
  push('Parcels: quotes, shipments and rates');
  return {
    bare,
    git: (...args) => git(bare, args),
    commit(example, message, files = {}) {
      git(work, ['pull', '--quiet', 'origin', 'main']);
      copyExample(join(examples, example), work);
      for (const [path, content] of Object.entries(files)) writeFileSync(join(work, path), content);
      return push(message);
    },
  };
}

/** Without what a set-up in place may have left there. */
function copyExample(from: string, to: string): void {
  const left = new Set(['node_modules', '.deps', 'reports', '__pycache__', '.pytest_cache']);
  cpSync(from, to, { recursive: true, filter: (path) => !left.has(path.slice(path.lastIndexOf('/') + 1)) });
}
