import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client, ClientPlugin } from '@temporalio/client';
import { NativeConnection, Runtime, Worker, type WorkerPlugin } from '@temporalio/worker';
import { onHost } from '../../activities/host.js';
import { createRunActivities } from '../../activities/runs.js';
import { connect, type Temporal } from '../../adapters/temporal/client.js';
import { createDataConverter, workflowBundleName } from '../../adapters/temporal/codec/data-converter.js';
import { createRuns } from '../../adapters/temporal/runs.js';
import { type DevServer, startDevServer } from '../../infra/dev-server.js';
import type { EncryptionSettings } from '../../schemas/encryption.js';
import { DEPLOYMENT, hostQueue, MODEL_QUEUE, SANDBOX_QUEUE, TASK_QUEUE } from '../../schemas/names.js';
import { loadConfig } from '../../temporal.config.js';
import { type AllActivities, stubs } from './stubs.js';
import { whileWorking } from './while-working.js';

// A real Temporal server and real workers with the built workflow bundle; only the activities are stubs.

type Plugins = readonly (ClientPlugin & WorkerPlugin)[];

export interface StubbedServer {
  readonly client: Client;
  readonly address: string;
  /** Runs workers with these activities for as long as the work takes. */
  working<Result>(
    activities: Partial<AllActivities>,
    work: () => Promise<Result>,
    more?: WorkersWanted & { readonly encryption?: EncryptionSettings },
  ): Promise<Result>;
  close(): Promise<void>;
}

export interface WorkersWanted {
  /** Activities at once, on each sandbox queue. */
  readonly sandboxes?: number;
  /** Workflows that a worker keeps in memory. */
  readonly cached?: number;
  /** They are of this build; by default they do not say of which. `bundle`: what it makes of the built one. */
  readonly build?: { readonly id: string; readonly bundle?: (code: string) => string };
}

export interface StubbedServerOptions {
  readonly encryption?: EncryptionSettings;
  /** Keeps the server's database (`temporal.db`) there; by default it has none. */
  readonly database?: string;
}

/** `plugins`: of the client and the workers, as the programs have them. */
export async function startStubbedServer(
  plugins: Plugins = [],
  { encryption, database }: StubbedServerOptions = {},
): Promise<StubbedServer> {
  silence();
  const directory = await mkdtemp(join(tmpdir(), 'signalbox-workflows-'));
  const { cacheDir } = loadConfig();
  const server: DevServer = await startDevServer({
    ...{ stateDir: database ?? directory, cacheDir, quiet: true },
    memory: database === undefined,
  });
  const { address, namespace } = server;
  const temporal: Temporal = connect(
    { address, namespace, connection: { address }, ...(encryption && { encryption }) },
    [...plugins],
  );
  const connection = await NativeConnection.connect({ address });
  return {
    client: temporal.client,
    address,
    working: async (activities, work, more = {}) =>
      whileWorking(
        await stubbedWorkers(
          { connection, namespace, client: temporal.client, plugins, encryption: more.encryption ?? encryption },
          activities,
          more,
        ),
        work,
      ),
    async close() {
      await temporal.close();
      await connection.close();
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface WorkersOf {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly client: Client;
  readonly plugins: Plugins;
  readonly encryption: EncryptionSettings | undefined;
}

/** One per queue, with the built bundle. */
async function stubbedWorkers(
  { connection, namespace, client, plugins, encryption }: WorkersOf,
  activities: Partial<AllActivities>,
  { sandboxes, cached, build }: WorkersWanted,
): Promise<Worker[]> {
  // Who runs is the server's to say.
  const all = { ...stubs, ...createRunActivities({ runs: createRuns(() => client) }), ...activities };
  const built = readFileSync(join(loadConfig().installDir, 'dist', workflowBundleName(encryption)), 'utf8');
  const workflowBundle = { code: build?.bundle?.(built) ?? built };
  const dataConverter = createDataConverter(encryption);
  const shared = {
    ...{ connection, namespace, activities: all, plugins: [...plugins], dataConverter },
    // A cancellation comes with the answer to a heartbeat.
    maxHeartbeatThrottleInterval: 200,
    // What a test that fails holds up would hide why it failed.
    shutdownForceTime: 30_000,
    ...(build && { workerDeploymentOptions: versionOf(build.id) }),
  };
  const sandbox = {
    ...shared,
    activities: onHost('stub', { ...all } as Record<string, (input: never) => Promise<unknown>>),
    ...(sandboxes !== undefined && { maxConcurrentActivityTaskExecutions: sandboxes }),
  };
  return Promise.all([
    Worker.create({
      ...{ ...shared, taskQueue: TASK_QUEUE, workflowBundle },
      ...(cached !== undefined && { maxCachedWorkflows: cached }),
    }),
    Worker.create({ ...shared, taskQueue: MODEL_QUEUE }),
    Worker.create({ ...sandbox, taskQueue: SANDBOX_QUEUE }),
    Worker.create({ ...sandbox, taskQueue: hostQueue('stub') }),
  ]);
}

function versionOf(buildId: string) {
  const version = { deploymentName: DEPLOYMENT, buildId };
  return { version, useWorkerVersioning: true, defaultVersioningBehavior: 'AUTO_UPGRADE' } as const;
}

let silenced = false;

/** Failing workflows are what these tests are about; their warnings would bury the report. */
export function silence(): void {
  if (silenced) return;
  silenced = true;
  const nothing = () => undefined;
  Runtime.install({
    logger: { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing },
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  });
}
