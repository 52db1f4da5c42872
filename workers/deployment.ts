import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import type { Logger } from '../adapters/logging/logger.js';
import { readDeployment, registered, takeIfFirst } from '../adapters/temporal/deployment.js';
import { readBuildId } from '../infra/build-id.js';
import { DEPLOYMENT } from '../schemas/names.js';
import type { Config } from '../temporal.config.js';

/** What each worker of this installation says of itself. Each workflow type chooses for itself how it is versioned. */
export function versionOf({ installDir }: Config) {
  return {
    version: { deploymentName: DEPLOYMENT, buildId: readBuildId(installDir) },
    useWorkerVersioning: true,
    defaultVersioningBehavior: 'AUTO_UPGRADE',
  } as const satisfies WorkerOptions['workerDeploymentOptions'];
}

interface Join {
  readonly config: Config;
  readonly connection: NativeConnection;
  readonly logger: Logger;
  /** Those that this process polls. */
  readonly queues: readonly string[];
  /** The workers have ended: nothing more is waited for. */
  readonly over: AbortSignal;
}

/** Throws when the server can't tell builds apart. */
export async function checkDeployments({ config, connection }: Pick<Join, 'config' | 'connection'>): Promise<void> {
  await readDeployment({ service: connection.workflowService, namespace: config.temporal.namespace });
}

/** Once its workers poll: resolves when work can reach them, as far as it is meant for this build. */
export async function joinDeployment({ config, connection, logger, queues, over }: Join): Promise<void> {
  const at = { service: connection.workflowService, namespace: config.temporal.namespace, over };
  const build = readBuildId(config.installDir);
  await registered(at, build, queues);
  const current = await takeIfFirst(at, build);
  if (current === build) return;
  const remedy = `signalbox deploy promote --build ${build}`;
  logger.warn({ build, current, remedy }, 'this build gets no work until it is promoted');
}
