import { type Client, isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import type { Halts } from '../../activities/ports-records.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';

/** Of gRPC, and of Temporal's API. */
const NOT_FOUND = 5;
const RUNNING = 1;

/** What acts waits for the answer: a server that takes longer is as good as away. */
const ANSWER_MS = 3_000;
const SIGNALS_AT_ONCE = 20;

/** The workflow `halt` of this namespace. `client` is asked for at each call: a worker's is its own. */
export function createHalts(client: () => Client): Halts {
  return {
    async now() {
      const asked = client();
      const { namespace } = asked.options;
      const execution = { workflowId: workflowId.halt() };
      try {
        const { workflowExecutionInfo: info } = await asked.withDeadline(Date.now() + ANSWER_MS, () =>
          asked.workflowService.describeWorkflowExecution({ namespace, execution }),
        );
        if (info?.status !== RUNNING) return undefined;
        const { seconds, nanos } = info.startTime ?? {};
        const since = new Date(Number(seconds) * 1000 + Math.floor(Number(nanos) / 1e6));
        return { id: info.execution?.runId ?? '', since: since.toISOString() };
      } catch (error) {
        if (isGrpcServiceError(error) && error.code === NOT_FOUND) return undefined;
        throw error;
      }
    },

    async tell(signal, told) {
      // Others may live in the same namespace.
      const ours = `TaskQueue = '${TASK_QUEUE}' AND WorkflowType != 'halt' AND WorkflowType != 'resumption'`;
      let count = 0;
      let sending: Promise<unknown>[] = [];
      for await (const run of client().workflow.list({ query: `ExecutionStatus = 'Running' AND ${ours}` })) {
        const sent = client().workflow.getHandle(run.workflowId).signal(signal, told);
        sending.push(sent.then(() => count++, ignoreEnded));
        if (sending.length < SIGNALS_AT_ONCE) continue;
        await Promise.all(sending);
        sending = [];
      }
      await Promise.all(sending);
      return count;
    },
  };
}

/** What has just ended needs no telling. */
function ignoreEnded(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}
