// When running work has come to a stop by itself, and what that means. Pure: the facts come from Temporal.

/** A step that Temporal has scheduled. All times in milliseconds since the epoch. */
export interface PendingStep {
  readonly id: string;
  readonly name: string;
  readonly attempt: number;
  readonly scheduledAt: number;
  /** Undefined while no worker has taken it. */
  readonly startedAt?: number;
  /** Of the attempt before. */
  readonly lastFailure?: string;
}

/** A workflow that runs, as Temporal describes it. */
export interface RunningWorkflow {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  /** Business key of the item that it is about, and where that came from. */
  readonly mission?: string;
  readonly source?: string;
  readonly steps: readonly PendingStep[];
  /** Child workflows that run. */
  readonly children: number;
  /** Its own code waits for a worker, or fails again and again. */
  readonly task?: { readonly attempt: number; readonly scheduledAt: number };
  /** When anything happened to it last. */
  readonly lastEventAt: number;
  /** It says itself that it waits: for a person, a turn, money, a quota, or the end of a pause. */
  readonly waits: boolean;
}

export type StallKind = 'no-worker' | 'retrying' | 'failing' | 'quiet';

export interface Stall {
  readonly kind: StallKind;
  readonly workflowId: string;
  readonly mission?: string;
  readonly source?: string;
  /** The same as long as the stall lasts, so that it is told once. */
  readonly key: string;
  /** The same as long as the stall lasts. */
  readonly detail: string;
  /** What failed last. */
  readonly said?: string | undefined;
  readonly remedy: string;
}

export interface StallLimits {
  /** A step, or a workflow's own code, that no worker takes. */
  readonly noWorkerMs: number;
  /** Tries of a step after which somebody should know. */
  readonly retries: number;
  /** A workflow to which nothing happens, which waits for nothing, and nothing of which is under way. */
  readonly quietMs: number;
}

/** A workflow's code fails and is tried again from the start; the first tries may meet a worker that is just stopping. */
const FAILING_ATTEMPTS = 5;

/** The one reason why it does not go on; undefined while it does, however long it takes. */
export function stallOf(workflow: RunningWorkflow, limits: StallLimits, now: number): Stall | undefined {
  const { workflowId, runId, mission, source, task, steps } = workflow;
  const stall = (kind: StallKind, what: string | number, detail: string, remedy: string): Stall => ({
    ...{ kind, workflowId, key: `stall/${kind}/${workflowId}/${runId}/${what}`, detail, remedy },
    ...(mission !== undefined && { mission }),
    ...(source !== undefined && { source }),
  });
  if (task && task.attempt >= FAILING_ATTEMPTS) {
    const remedy = "see the failure in Temporal UI; mend and deploy the workflow's code, it goes on from where it was";
    return stall('failing', 'task', 'its own code fails again and again', remedy);
  }
  const untaken = steps.find((step) => step.startedAt === undefined && step.attempt === 1);
  if (untaken && now - untaken.scheduledAt > limits.noWorkerMs && isOnlyWaiting(steps)) {
    const detail = `no worker takes ${untaken.name}`;
    return stall('no-worker', untaken.id, detail, 'start a worker with that role, or see why it does not run');
  }
  if (task && now - task.scheduledAt > limits.noWorkerMs) {
    return stall(
      'no-worker',
      task.scheduledAt,
      'no worker takes its own code',
      'start a worker with the workflows role',
    );
  }
  const retried = steps.find((step) => step.attempt > limits.retries && step.lastFailure !== undefined);
  if (retried) {
    const detail = `${retried.name} fails again and again`;
    const remedy = 'its failure is in Temporal UI; mend what it names, the step is taken again by itself';
    return { ...stall('retrying', retried.id, detail, remedy), said: retried.lastFailure };
  }
  const nothingRuns = steps.length === 0 && workflow.children === 0 && !task;
  if (nothingRuns && !workflow.waits && now - workflow.lastEventAt > limits.quietMs) {
    const remedy = 'look at its history in Temporal UI; steer or cancel it';
    return stall('quiet', workflow.lastEventAt, 'nothing of it is under way, and it waits for nothing', remedy);
  }
  return undefined;
}

/** While another step of it is at work, one that waits for a place is no stall but a queue. */
function isOnlyWaiting(steps: readonly PendingStep[]): boolean {
  return steps.every(({ startedAt }) => startedAt === undefined);
}
