import { Runtime, Worker } from '@temporalio/worker';
import type { RunHistory } from '../../schemas/history.js';

export interface Replayed {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  readonly events: number;
  /** Where the present code first decides otherwise, in Temporal's words; undefined when it decides the same. */
  readonly difference?: string;
}

/** Runs the workflow code of a bundle against recorded histories: no activity runs, so nothing is spent or changed. */
export async function* replayRuns(bundle: string, runs: readonly RunHistory[]): AsyncGenerator<Replayed> {
  quiet();
  for (const { workflowId, runId, type, history } of runs) {
    const replayed = { workflowId, runId, type, events: history.events.length };
    // One by one: what Temporal makes of several has no place for a history that it can't read.
    try {
      await Worker.runReplayHistory({ workflowBundle: { codePath: bundle } }, history, workflowId);
      yield replayed;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const kind = error.name === 'DeterminismViolationError' ? '' : `${error.name}: `;
      yield { ...replayed, difference: `${kind}${error.message}` };
    }
  }
}

/** A difference is an answer here; the worker's warnings about it would be said twice. */
function quiet(): void {
  const nothing = () => undefined;
  Runtime.install({
    logger: { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing },
    telemetryOptions: { logging: { forward: {}, filter: 'OFF' } },
  });
}
