import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { onHost } from '../activities/host.js';
import { createRunActivities } from '../activities/runs.js';
import { connect } from '../adapters/temporal/client.js';
import { createDataConverter, workflowBundleName } from '../adapters/temporal/codec/data-converter.js';
import { createRuns } from '../adapters/temporal/runs.js';
import { type DevServer, startDevServer } from '../infra/dev-server.js';
import type { EncryptionSettings } from '../schemas/encryption.js';
import { hostQueue, SANDBOX_QUEUE, TASK_QUEUE } from '../schemas/names.js';
import { type AllActivities, stubs } from '../test/workflows/stubs.js';
import { whileWorking } from '../test/workflows/while-working.js';
import type { BenchContext } from './context.js';

// A Temporal server as `signalbox dev` has it, database in a file, and workers in this process.

/** Of the bare workflows, beside ours. */
export const BARE_QUEUE = 'bare';
const HOST = 'stub';

export interface BenchServer {
  readonly client: Client;
  readonly server: DevServer;
  /** Works on these queues until the work is done. */
  working<Result>(queues: readonly Queue[], work: () => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

export type Queue = Pick<
  WorkerOptions,
  'activities' | 'workflowBundle' | 'maxCachedWorkflows' | 'maxConcurrentActivityTaskExecutions'
> & { readonly taskQueue: string };

export interface StartBenchServer {
  readonly context: BenchContext;
  readonly name: string;
  readonly tuned?: boolean;
  readonly encryption?: EncryptionSettings;
}

export async function startBenchServer(options: StartBenchServer): Promise<BenchServer> {
  const { context, name, tuned = true, encryption } = options;
  const { directory, cacheDir } = context;
  const server = await startDevServer({ stateDir: join(directory, name), cacheDir, tuned, quiet: true });
  const { address, namespace } = server;
  const temporal = connect({ address, namespace, connection: { address }, ...(encryption && { encryption }) });
  const connection = await NativeConnection.connect({ address });
  const dataConverter = createDataConverter(encryption);
  // What asks the server about other workflows is no stub.
  const runs = createRunActivities({ runs: createRuns(() => temporal.client) });
  return {
    client: temporal.client,
    server,
    async working(queues, work) {
      const workers = await Promise.all(
        queues.map(({ activities, ...queue }) =>
          Worker.create({ connection, namespace, dataConverter, ...queue, activities: { ...runs, ...activities } }),
        ),
      );
      return whileWorking(workers, work);
    },
    async close() {
      await temporal.close();
      await connection.close();
      await server.close();
    },
  };
}

/** Our workflows as they are shipped and the bare ones, each on a queue of its own; sandbox hosts serve both. */
export async function missionQueues(
  context: BenchContext,
  changed: Partial<AllActivities>,
  encryption?: EncryptionSettings,
): Promise<Queue[]> {
  const activities = { ...stubs, ...changed };
  const hosted = onHost(HOST, { ...activities } as Record<string, (input: never) => Promise<unknown>>);
  const ours = { code: readFileSync(join(context.installDir, 'dist', workflowBundleName(encryption)), 'utf8') };
  return [
    { taskQueue: TASK_QUEUE, activities, workflowBundle: ours },
    { taskQueue: BARE_QUEUE, activities, workflowBundle: await context.bareBundle() },
    { taskQueue: SANDBOX_QUEUE, activities: hosted },
    { taskQueue: hostQueue(HOST), activities: hosted },
  ];
}
