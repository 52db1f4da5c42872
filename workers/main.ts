import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { NativeConnection, ResourceBasedController, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { createLogger, type Logger } from '../adapters/logging/logger.js';
import { startTelemetry, type Telemetry } from '../adapters/telemetry/telemetry.js';
import { checkKeys, createDataConverter, workflowBundleName } from '../adapters/temporal/codec/data-converter.js';
import {
  createHousekeepingSchedule,
  ensureKpis,
  ensureStallWatch,
  ensureSweep,
} from '../adapters/temporal/schedules.js';
import { makeStateDirectory } from '../infra/claim.js';
import { preflight } from '../infra/preflight.js';
import { hostQueue, MODEL_QUEUE, SANDBOX_QUEUE, TASK_QUEUE } from '../schemas/names.js';
import { RefusedInput } from '../schemas/parse.js';
import type { WorkerRole } from '../schemas/worker-roles.js';
import { type Config, loadConfig } from '../temporal.config.js';
import { aliveSteps } from './alive.js';
import { compose } from './compose.js';
import { checkDeployments, joinDeployment, versionOf } from './deployment.js';
import { stepLog } from './step-log.js';

/** A step that is told to stop has this long to clean its workspace up. */
const GRACE = '15 seconds';

/** Of the whole machine: sandboxes have most of it, and what is over them leaves room for everything else. */
const SANDBOX_TARGETS = { targetMemoryUsage: 0.8, targetCpuUsage: 0.9 };

async function main(): Promise<number> {
  const config = loadConfig();
  if (process.argv.includes('--self-test')) return selfTest(config);
  const logger = createLogger({ ...config.log, name: 'worker' });
  const problems = preflight(config, 'worker');
  for (const { problem, remedy } of problems) logger.error({ remedy }, problem);
  if (problems.length > 0) return 1;

  await checkKeys(config.temporal.encryption);
  makeStateDirectory(config.stateDir);
  const parts = await compose(config);
  if (config.worker.roles.includes('sandbox') && !(await prepareSandbox(parts, logger))) return 1;
  await parts.storage.check();

  forwardLogs(logger);
  const telemetry = startTelemetry({ service: 'signalbox-worker', endpoint: config.traces });
  const connection = await connect(config);
  try {
    await checkDeployments({ config, connection });
    const workers = await createWorkers({ config, parts, connection, telemetry });
    const { host, roles } = config.worker;
    const { namespace, encryption } = config.temporal;
    const client = new Client({ connection, namespace, dataConverter: createDataConverter(encryption) });
    if (roles.includes('workflows')) {
      await ensureStallWatch(client);
      await ensureKpis(client, config.kpis);
      await ensureSweep(client, parts.swept, config.sweepEvery);
    }
    if (roles.includes('sandbox')) await createHousekeepingSchedule(() => client).ensure(host);
    const over = new AbortController();
    const work = Promise.all(workers.map((worker) => worker.run())).finally(() => over.abort());
    const queues = workers.map((worker) => worker.options.taskQueue);
    const joined = joinDeployment({ config, connection, logger, queues, over: over.signal }).then(() =>
      logger.info({ address: config.temporal.address, host, roles }, 'worker ready'),
    );
    await Promise.race([work, joined]).catch((error: unknown) => end(workers, work, error));
    await work;
  } finally {
    await parts.held.closeAll();
    await connection.close();
    await telemetry.shutdown();
  }
  return 0;
}

/** False when a probe got through: nothing runs here then. */
async function prepareSandbox({ sandbox }: Awaited<ReturnType<typeof compose>>, logger: Logger): Promise<boolean> {
  const refused = (await sandbox.selfTest()).filter(({ ok }) => !ok);
  for (const { probe, detail, remedy } of refused)
    logger.error({ probe, remedy }, `the sandbox does not hold: ${detail}`);
  if (refused.length > 0) return false;
  const reaped = await sandbox.reap();
  if (reaped.removed + reaped.quarantined + reaped.processes > 0) {
    logger.info(reaped, 'tidied up after workers that are gone');
  }
  return true;
}

async function connect({ temporal }: Config): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(temporal.connection);
  } catch (error) {
    const remedy = 'start one with `signalbox dev`, or set TEMPORAL_ADDRESS';
    throw new Error(`Temporal does not answer at ${temporal.address}: ${(error as Error).message}; ${remedy}`);
  }
}

interface WorkersOptions {
  readonly config: Config;
  readonly parts: Awaited<ReturnType<typeof compose>>;
  readonly connection: NativeConnection;
  readonly telemetry: Telemetry;
}

function createWorkers({ config, parts, connection, telemetry }: WorkersOptions): Promise<Worker[]> {
  const { light, calls, heavy } = parts;
  const codePath = join(config.installDir, 'dist', workflowBundleName(config.temporal.encryption));
  const shared = {
    connection,
    workerDeploymentOptions: versionOf(config),
    namespace: config.temporal.namespace,
    dataConverter: createDataConverter(config.temporal.encryption),
    // In this order: a step is logged inside its span.
    plugins: [telemetry.plugin, stepLog],
    shutdownGraceTime: GRACE,
    // Progress and cancellation travel with heartbeats: the default would hold them back for most of a timeout.
    maxHeartbeatThrottleInterval: '2 seconds',
  } satisfies WorkerOptions | Record<string, unknown>;
  const controller = ResourceBasedController.create(SANDBOX_TARGETS);
  const byRole: Record<WorkerRole, readonly WorkerOptions[]> = {
    workflows: [
      {
        ...shared,
        taskQueue: TASK_QUEUE,
        plugins: [...shared.plugins, aliveSteps],
        workflowBundle: { codePath },
        activities: light,
        maxCachedWorkflows: config.worker.cachedWorkflows,
      },
    ],
    models: [
      {
        ...shared,
        taskQueue: MODEL_QUEUE,
        activities: calls,
        maxConcurrentActivityTaskExecutions: config.worker.parallelModelCalls,
      },
    ],
    sandbox: [SANDBOX_QUEUE, hostQueue(config.worker.host)].map((taskQueue) => ({
      ...shared,
      taskQueue,
      activities: heavy,
      tuner: sandboxTuner(controller, config.worker.parallelSandboxes),
    })),
  };
  const roles = new Set(config.worker.roles);
  return Promise.all([...roles].flatMap((role) => byRole[role]).map((options) => Worker.create(options)));
}

/** As many steps as the machine can bear: one for each core in any case, more while memory and processors allow. */
function sandboxTuner(controller: ResourceBasedController, most: number): NonNullable<WorkerOptions['tuner']> {
  return {
    controller,
    activityTaskSlotOptions: { minimumSlots: Math.min(most, availableParallelism()), maximumSlots: most },
  };
}

/** When one of them fails, or no work would reach them: the steps that run get their time to end. */
async function end(workers: readonly Worker[], work: Promise<unknown>, because: unknown): Promise<never> {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  await work.catch(() => undefined);
  throw because;
}

/** Everything that Temporal says, workflows included, goes into the one log. */
function forwardLogs(logger: Logger): void {
  Runtime.install({
    logger: {
      log: (level, message, meta) => write(logger, level.toLowerCase(), message, meta),
      trace: (message, meta) => write(logger, 'trace', message, meta),
      debug: (message, meta) => write(logger, 'debug', message, meta),
      info: (message, meta) => write(logger, 'info', message, meta),
      warn: (message, meta) => write(logger, 'warn', message, meta),
      error: (message, meta) => write(logger, 'error', message, meta),
    },
    shutdownSignals: ['SIGINT', 'SIGTERM'],
  });
}

function write(logger: Logger, level: string, message: string, meta: Record<string, unknown> = {}): void {
  const method = level === 'trace' || level === 'debug' || level === 'info' || level === 'error' ? level : 'warn';
  const workflow = typeof meta.workflowId === 'string' ? meta.workflowId : undefined;
  const mission = workflow?.match(/^(?:mission|task|approval|review|archive)\/([^/]+)/)?.[1];
  const { taskToken: _taskToken, ...said } = meta;
  logger[method]({ ...said, ...(mission !== undefined && { mission }) }, message);
}

/** One JSON line per probe, for `signalbox doctor`. */
async function selfTest(config: Config): Promise<number> {
  const probes = await (await compose(config)).sandbox.selfTest();
  for (const probe of probes) process.stdout.write(`${JSON.stringify(probe)}\n`);
  return probes.every(({ ok }) => ok) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  const text = error instanceof RefusedInput || error instanceof Error ? error.message : String(error);
  process.stderr.write(`signalbox worker: ${text}\n`);
  process.exitCode = 1;
}
