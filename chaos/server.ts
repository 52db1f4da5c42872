import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Client, isGrpcServiceError } from '@temporalio/client';
import { connect } from '../adapters/temporal/client.js';
import { type DevServer, startDevServer } from '../infra/dev-server.js';
import { SEARCH_ATTRIBUTES } from '../schemas/names.js';
import type { Config } from '../temporal.config.js';

// The Temporal server of the run: one of its own, or the user's in a namespace that is used for nothing else.

export const NAMESPACE = 'signalbox-chaos';
const RETENTION_S = 7 * 86_400;
/** Of gRPC. */
const ALREADY_EXISTS = 6;

export interface ChaosServer {
  readonly address: string;
  readonly namespace: string;
  /** Whether anybody may end it. */
  readonly killable: boolean;
  kill(): Promise<void>;
  /** On the same database and port. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function startOwnServer({ cacheDir }: Config, directory: string): Promise<ChaosServer> {
  const stateDir = join(directory, 'temporal');
  let server: DevServer = await startDevServer({ stateDir, cacheDir, quiet: true });
  const { address, namespace } = server;
  const port = Number(new URL(`tcp://${address}`).port);
  return {
    ...{ address, namespace, killable: true },
    async kill() {
      process.kill(server.pid, 'SIGKILL');
      await server.ended;
    },
    async start() {
      server = await startDevServer({ stateDir, cacheDir, port, quiet: true });
    },
    close: () => server.close(),
  };
}

const INT = { Keyword: 2, Double: 4 } as const;

/** `restart` is a shell command that ends the server hard and starts it again; without it nobody touches the server. */
export async function useServer({ temporal }: Config, restart: string | undefined): Promise<ChaosServer> {
  const { address } = temporal;
  const { client, close } = connect({ ...temporal, namespace: NAMESPACE });
  try {
    await client.workflowService
      .registerNamespace({ namespace: NAMESPACE, workflowExecutionRetentionPeriod: { seconds: RETENTION_S as never } })
      .catch((error: unknown) => {
        if (!(isGrpcServiceError(error) && (error.code as number) === ALREADY_EXISTS)) throw error;
      });
    const searchAttributes = Object.fromEntries(
      Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, INT[type]]),
    );
    await client.connection.operatorService
      .addSearchAttributes({ namespace: NAMESPACE, searchAttributes })
      .catch((error: unknown) => {
        if (!(isGrpcServiceError(error) && (error.code as number) === ALREADY_EXISTS)) throw error;
      });
    await endAll(client);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...{ address, namespace: NAMESPACE, killable: restart !== undefined },
    async kill() {
      if (restart === undefined) return;
      // What it starts may keep its output open.
      const [code] = await once(spawn('sh', ['-c', restart], { stdio: 'ignore' }), 'exit');
      if (code !== 0) throw new Error(`--restart-server: \`${restart}\` ended with ${code}`);
    },
    start: async () => undefined,
    async close() {
      await endAll(client);
      await close();
    },
  };
}

/** Nothing of a run goes on in the next one. Only chaos uses this namespace. */
async function endAll(client: Client): Promise<void> {
  for await (const { workflowId, runId } of client.workflow.list({ query: `ExecutionStatus = 'Running'` })) {
    // It may have ended by itself.
    await client.workflow
      .getHandle(workflowId, runId)
      .terminate('the chaos run is over')
      .catch(() => undefined);
  }
}
