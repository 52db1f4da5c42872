import { TimeoutType } from '@temporalio/common';
import { ActivityFailure, type ActivityOptions, log, proxyActivities, TimeoutFailure } from '@temporalio/workflow';
import type { GateActivities } from '../activities/gates.js';
import type { HoldoutActivities } from '../activities/holdouts.js';
import type { HostActivities, HostedActivities } from '../activities/host.js';
import type { RedTestActivities } from '../activities/red-tests.js';
import type { RepairActivities } from '../activities/repair.js';
import type { ToolActivities } from '../activities/tools.js';
import { hostQueue, SANDBOX_QUEUE } from '../schemas/names.js';

type SandboxSteps = HostActivities &
  RepairActivities &
  GateActivities &
  RedTestActivities &
  HoldoutActivities &
  ToolActivities;
type Step = keyof SandboxSteps;
type Input<Name extends Step> = Parameters<SandboxSteps[Name]>[0];
type Output<Name extends Step> = Awaited<ReturnType<SandboxSteps[Name]>>;

export interface StepOptions<Name extends Step> {
  /** Shown in Temporal UI. */
  readonly summary: string;
  /** Longest that one attempt may take. */
  readonly timeoutMs: number;
  /** The input to go on with on another host, given the last progress that the lost one told. */
  readonly resume?: (input: Input<Name>, progress: unknown) => Input<Name>;
}

const COMMON: ActivityOptions = {
  // Steps beat every second; ten missed beats are a dead worker.
  heartbeatTimeout: '10 seconds',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  // Workers may be lost several times in a row; a step that is the end of each worker that takes it stops in the end.
  retry: { initialInterval: '1 second', maximumAttempts: 6 },
};

/** A host that does not start a step within this time is busy or gone: the step is then for any host. */
const PATIENCE = '15 seconds';

/** Closing ends processes and removes files; a host that is busy with others is not waited for. */
const RELEASE_MS = 4_000;

/**
 * The sandbox host that a workflow works on. The first step goes to any host, the next ones to the same, where the
 * checkout is warm. When that one is busy or gone, any other goes on from the last snapshot, because a step is a
 * function of its snapshot and its command.
 */
export class SandboxHost {
  #host: string | undefined;

  /** Of a run before, when continued as new. */
  constructor(host?: string) {
    this.#host = host;
  }

  /** Undefined before the first step, and after a host was lost. */
  name(): string | undefined {
    return this.#host;
  }

  async run<Name extends Step>(name: Name, input: Input<Name>, options: StepOptions<Name>): Promise<Output<Name>> {
    const host = this.#host;
    if (host === undefined) return this.#runAnywhere(name, input, options);
    try {
      const { result } = await execute(name, input, options, {
        taskQueue: hostQueue(host),
        scheduleToStartTimeout: PATIENCE,
      });
      return result;
    } catch (error) {
      const timeout = hostLoss(error);
      if (!timeout) throw error;
      log.warn('sandbox host is busy or gone, going on elsewhere', { host, step: name });
      if (this.#host === host) this.#host = undefined;
      return this.#runAnywhere(name, options.resume?.(input, timeout.lastHeartbeatDetails) ?? input, options);
    }
  }

  /**
   * Of work that was cancelled: closes the workspace that its agent had between two turns, if the host has a moment for
   * it. What stays open is closed by its host when it has been idle.
   */
  async release(session: string, summary: string): Promise<void> {
    const host = this.#host;
    if (host === undefined) return;
    const where = { taskQueue: hostQueue(host), scheduleToCloseTimeout: RELEASE_MS, retry: { maximumAttempts: 1 } };
    try {
      await execute('closeWorkspace', { session }, { summary, timeoutMs: RELEASE_MS }, where);
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      log.warn('a workspace is left to be closed when it has been idle', { host, why: error.message });
    }
  }

  /** Waits for as long as no host is there; a retry may be taken by another host than the first attempt. */
  async #runAnywhere<Name extends Step>(
    name: Name,
    input: Input<Name>,
    options: StepOptions<Name>,
  ): Promise<Output<Name>> {
    const { host, result } = await execute(name, input, options, { taskQueue: SANDBOX_QUEUE });
    this.#host = host;
    return result;
  }
}

async function execute<Name extends Step>(
  name: Name,
  input: Input<Name>,
  { summary, timeoutMs }: StepOptions<Name>,
  where: ActivityOptions,
): Promise<{ readonly host: string; readonly result: Output<Name> }> {
  const options: ActivityOptions = { ...COMMON, ...where, startToCloseTimeout: timeoutMs };
  const step = proxyActivities<HostedActivities<SandboxSteps>>(options)[name] as unknown as {
    executeWithOptions(
      options: ActivityOptions,
      args: [Input<Name>],
    ): Promise<{ readonly host: string; readonly result: Output<Name> }>;
  };
  return step.executeWithOptions({ summary }, [input]);
}

function hostLoss(error: unknown): TimeoutFailure | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(cause instanceof TimeoutFailure)) return undefined;
  const { timeoutType } = cause;
  return timeoutType === TimeoutType.SCHEDULE_TO_START || timeoutType === TimeoutType.HEARTBEAT ? cause : undefined;
}
