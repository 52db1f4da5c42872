import { TimeoutType } from '@temporalio/common';
import { ActivityFailure, type ActivityOptions, log, proxyActivities, TimeoutFailure } from '@temporalio/workflow';
import type { GateActivities } from '../activities/gates.js';
import type { HostActivities } from '../activities/host.js';
import type { RepairActivities } from '../activities/repair.js';
import { hostQueue, SANDBOX_QUEUE } from '../schemas/names.js';

type HostSteps = Omit<HostActivities, 'acquireHost'> & RepairActivities & GateActivities;
type Step = keyof HostSteps;
type Input<Name extends Step> = Parameters<HostSteps[Name]>[0];
type Output<Name extends Step> = Awaited<ReturnType<HostSteps[Name]>>;

export interface StepOptions<Name extends Step> {
  /** Shown in Temporal UI. */
  readonly summary: string;
  /** Longest that one attempt may take. */
  readonly timeoutMs: number;
  /** The input to go on with on another host, given the last progress that the lost one told. */
  readonly resume?: (input: Input<Name>, progress: unknown) => Input<Name>;
}

const { acquireHost } = proxyActivities<HostActivities>({
  taskQueue: SANDBOX_QUEUE,
  startToCloseTimeout: '10 seconds',
  // All hosts may be away for a while: work waits for one to come back.
  scheduleToCloseTimeout: '24 hours',
  retry: { maximumAttempts: 1000 },
});

/** Hosts that may be lost during one step before it is the step that is taken for the cause. */
const LOST_HOSTS = 10;

/** How long a step waits for its host to start it before somebody asks whether that host still lives. */
const FIRST_PATIENCE_MS = 15_000;
const LONGEST_PATIENCE_MS = 5 * 60_000;

/**
 * The sandbox host that a workflow works on. Steps go to that host's own queue; when it is gone, another host goes on
 * from the last snapshot, because a step is a function of its snapshot and its command.
 */
export class SandboxHost {
  #host: string | undefined;

  async run<Name extends Step>(name: Name, input: Input<Name>, options: StepOptions<Name>): Promise<Output<Name>> {
    let current = input;
    let patienceMs = FIRST_PATIENCE_MS;
    for (let lost = 0; ; ) {
      const host = await this.#acquire(options.summary);
      try {
        return await execute({ name, input: current, host, options, patienceMs });
      } catch (error) {
        const timeout = hostLoss(error);
        if (!timeout) throw error;
        if (this.#host === host) this.#host = undefined;
        const busy =
          timeout.timeoutType === TimeoutType.SCHEDULE_TO_START && (await this.#acquire(options.summary)) === host;
        if (busy) {
          // It answers, so it only has more to do than it can: the step waits its turn there.
          patienceMs = Math.min(patienceMs * 2, LONGEST_PATIENCE_MS);
        } else {
          if (++lost > LOST_HOSTS) throw error;
          log.warn('sandbox host lost, going on elsewhere', { host, step: name });
        }
        current = options.resume?.(current, timeout.lastHeartbeatDetails) ?? current;
      }
    }
  }

  async #acquire(summary: string): Promise<string> {
    this.#host ??= (await acquireHost.executeWithOptions({ summary: `Find a sandbox host: ${summary}` }, [])).host;
    return this.#host;
  }
}

interface Execution<Name extends Step> {
  readonly name: Name;
  readonly input: Input<Name>;
  readonly host: string;
  readonly options: StepOptions<Name>;
  readonly patienceMs: number;
}

async function execute<Name extends Step>(execution: Execution<Name>): Promise<Output<Name>> {
  const { name, input, host, options: stepOptions, patienceMs } = execution;
  const { summary, timeoutMs } = stepOptions;
  const options: ActivityOptions = {
    taskQueue: hostQueue(host),
    startToCloseTimeout: timeoutMs,
    scheduleToStartTimeout: patienceMs,
    // Steps beat every second; ten missed beats are a dead worker.
    heartbeatTimeout: '10 seconds',
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { initialInterval: '1 second', maximumAttempts: 3 },
  };
  const step = proxyActivities<HostSteps>(options)[name] as unknown as {
    executeWithOptions(options: ActivityOptions, args: [Input<Name>]): Promise<Output<Name>>;
  };
  return step.executeWithOptions({ summary }, [input]);
}

function hostLoss(error: unknown): TimeoutFailure | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(cause instanceof TimeoutFailure)) return undefined;
  const { timeoutType } = cause;
  return timeoutType === TimeoutType.SCHEDULE_TO_START || timeoutType === TimeoutType.HEARTBEAT ? cause : undefined;
}
