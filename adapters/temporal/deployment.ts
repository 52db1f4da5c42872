import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, isGrpcServiceError } from '@temporalio/client';
import { DEPLOYMENT, MODEL_QUEUE, SANDBOX_QUEUE, TASK_QUEUE } from '../../schemas/names.js';
import { isUnavailable } from './client.js';

// Which build of the workers gets the work: Temporal's Worker Deployment Versioning, for workers and for operators.

/** What every build must serve. A host's own queue is not among them: without it, steps go to any host. */
const QUEUES = [TASK_QUEUE, MODEL_QUEUE, SANDBOX_QUEUE];

/** The server knows a new build's queues within a second, and has told all of them of a change in two. */
const SETTLED_MS = 60_000;

/** A poll takes a minute at most: who has not asked for longer is gone. */
const POLLS_MS = 75_000;

/** Of gRPC. */
const CODES = { notFound: 5, permissionDenied: 7, failedPrecondition: 9, unimplemented: 12 } as const;

const WORKFLOW_TASKS = 1;
/** Temporal 1.29 tells its queues before it answers a change, and says nothing of it afterwards. */
const IN_PROGRESS = 1;

export interface DeploymentAt {
  /** Of a client or of a worker's connection. */
  readonly service: Client['workflowService'];
  readonly namespace: string;
  /** Nothing more is waited for. */
  readonly over?: AbortSignal;
}

export interface Deployment {
  /** Gets new workflows, and the next step of those that move on by themselves. Undefined: no build does yet. */
  readonly current: string | undefined;
  readonly ramping: { readonly build: string; readonly percent: number } | undefined;
  /** Newest first; `used`: it had work at some time. */
  readonly builds: readonly { readonly build: string; readonly used: boolean }[];
  /** Refuses a change that was decided from an older state. */
  readonly token: Uint8Array;
  /** Whether every queue has heard of the last change. */
  readonly settled: boolean;
}

/** Undefined while no worker has come. Throws when the server can't tell builds apart. */
export async function readDeployment({ service, namespace }: DeploymentAt): Promise<Deployment | undefined> {
  try {
    const found = await service.describeWorkerDeployment({ namespace, deploymentName: DEPLOYMENT });
    const { routingConfig, versionSummaries, routingConfigUpdateState } = found.workerDeploymentInfo ?? {};
    const ramping = routingConfig?.rampingDeploymentVersion?.buildId;
    return {
      current: routingConfig?.currentDeploymentVersion?.buildId ?? undefined,
      ramping: ramping ? { build: ramping, percent: routingConfig?.rampingVersionPercentage ?? 0 } : undefined,
      builds: (versionSummaries ?? [])
        .toSorted((a, b) => Number(b.createTime?.seconds ?? 0) - Number(a.createTime?.seconds ?? 0))
        .map(({ deploymentVersion, firstActivationTime }) => ({
          build: deploymentVersion?.buildId ?? '',
          used: Boolean(firstActivationTime),
        })),
      token: found.conflictToken,
      settled: routingConfigUpdateState !== IN_PROGRESS,
    };
  } catch (error) {
    if (codeOf(error) === CODES.notFound) return undefined;
    throw isUnknown(error) ? tooOld(error) : error;
  }
}

/** Resolves when the server has heard of the workers of this build on every queue. */
export async function registered(at: DeploymentAt, build: string, queues: readonly string[] = QUEUES): Promise<void> {
  await until(at, `the server to know build ${build}`, async () => {
    const known = await queuesOf(at, build);
    return queues.every((queue) => known.includes(queue));
  });
}

/**
 * The first build of a deployment takes the work; a later one waits until it is promoted. Gives the build that has the
 * work. Any number of workers may do this at once.
 */
export async function takeIfFirst(at: DeploymentAt, build: string): Promise<string> {
  return change(at, async (deployment) => deployment.current ?? (await makeCurrent(at, build, deployment)));
}

/** The build gets all work from now on. */
export async function promote(at: DeploymentAt, build: string): Promise<void> {
  await registered(at, build);
  await change(at, async (deployment) => {
    const alone = deployment.current === build && deployment.ramping === undefined;
    return alone ? build : makeCurrent(at, build, deployment);
  });
}

/** The build gets this share of all workflows, chosen by their ids; the current one keeps the others. */
export async function ramp(at: DeploymentAt, build: string, percent: number): Promise<void> {
  const { service, namespace } = at;
  await registered(at, build);
  await change(at, async ({ token }) => {
    await service.setWorkerDeploymentRampingVersion({
      ...{ namespace, deploymentName: DEPLOYMENT, buildId: build, percentage: percent },
      ...{ conflictToken: token, ignoreMissingTaskQueues: true },
    });
    return build;
  });
}

/** How many workers of each build ask for workflows. */
export async function workersOf({ service, namespace }: DeploymentAt): Promise<ReadonlyMap<string, number>> {
  const { pollers } = await service.describeTaskQueue({
    ...{ namespace, taskQueue: { name: TASK_QUEUE }, taskQueueType: WORKFLOW_TASKS },
  });
  const workers = new Map<string, Set<string>>();
  for (const { deploymentOptions, identity, lastAccessTime } of pollers ?? []) {
    const build = deploymentOptions?.buildId;
    if (!build || Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1_000 > POLLS_MS) continue;
    workers.set(build, (workers.get(build) ?? new Set()).add(identity ?? ''));
  }
  return new Map([...workers].map(([build, identities]) => [build, identities.size]));
}

/** The open workflows that stay with a build until they end. */
export function pinnedTo(build: string): string {
  return [
    `TemporalWorkerDeploymentVersion = "${DEPLOYMENT}:${build}"`,
    'TemporalWorkflowVersioningBehavior = "Pinned"',
    'ExecutionStatus = "Running"',
  ].join(' AND ');
}

/** Lets the workflows that are pinned to a build that nobody runs any more go on with the current one. */
export async function adopt(client: Client, build: string): Promise<number> {
  const { namespace } = client.options;
  let adopted = 0;
  for await (const { workflowId, runId } of client.workflow.list({ query: pinnedTo(build) })) {
    try {
      await client.workflowService.updateWorkflowExecutionOptions({
        ...{ namespace, workflowExecution: { workflowId, runId } },
        workflowExecutionOptions: { versioningOverride: { autoUpgrade: true } },
        updateMask: { paths: ['versioning_override'] },
      });
      adopted += 1;
    } catch (error) {
      // It has ended meanwhile.
      if (codeOf(error) !== CODES.notFound) throw error;
    }
  }
  return adopted;
}

async function makeCurrent(
  { service, namespace }: DeploymentAt,
  build: string,
  { token }: Deployment,
): Promise<string> {
  await service.setWorkerDeploymentCurrentVersion({
    ...{ namespace, deploymentName: DEPLOYMENT, buildId: build, conflictToken: token },
    // Of hosts that have other builds: see QUEUES.
    ignoreMissingTaskQueues: true,
  });
  return build;
}

/** Decides from the present state, again when somebody else was faster, and waits until every queue has heard of it. */
async function change(at: DeploymentAt, decide: (deployment: Deployment) => Promise<string>): Promise<string> {
  let decided = '';
  await until(at, 'the change of the deployment', async () => {
    const deployment = await readDeployment(at);
    if (!deployment) return false;
    decided = await decide(deployment);
    return true;
  });
  await until(at, 'every queue to hear of the change', async () => (await readDeployment(at))?.settled === true);
  return decided;
}

async function queuesOf({ service, namespace }: DeploymentAt, build: string): Promise<readonly string[]> {
  try {
    const { versionTaskQueues } = await service.describeWorkerDeploymentVersion({
      ...{ namespace, deploymentVersion: { deploymentName: DEPLOYMENT, buildId: build } },
    });
    return versionTaskQueues.map(({ name }) => name ?? '');
  } catch (error) {
    if (codeOf(error) === CODES.notFound) return [];
    throw error;
  }
}

/** What failed is tried again when Temporal is away, or when the deployment has been changed by somebody else. */
async function until({ over }: DeploymentAt, what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + SETTLED_MS;
  for (;;) {
    over?.throwIfAborted();
    try {
      if (await holds()) return;
      if (Date.now() > deadline) throw new Error(`waited ${SETTLED_MS / 1_000} s for ${what}`);
    } catch (error) {
      const passing = isUnavailable(error) || codeOf(error) === CODES.failedPrecondition;
      if (!passing || Date.now() > deadline) throw error;
    }
    await sleep(100);
  }
}

/** Older servers lack the call; others have it switched off. */
function isUnknown(error: unknown): error is Error {
  const code = codeOf(error);
  return code === CODES.unimplemented || (code === CODES.permissionDenied && /disabled/.test(String(error)));
}

function tooOld(cause: Error): Error {
  const remedy = 'use Temporal 1.29.1 or newer, with system.enableDeploymentVersions as it comes';
  return new Error(`this Temporal server knows no worker deployments (${cause.message}): ${remedy}`, { cause });
}

function codeOf(error: unknown): number | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (isGrpcServiceError(at)) return at.code;
  return undefined;
}
