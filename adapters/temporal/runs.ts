import type { Client } from '@temporalio/client';
import type { RunStates, Runs } from '../../activities/ports-records.js';
import { TASK_QUEUE } from '../../schemas/names.js';
import { isNotFound } from './client.js';

/** Workflows as the server knows them now. `client` is asked for at each call: a worker's is its own. */
export function createRuns(client: () => Client): Runs {
  return {
    async end({ workflowId, firstRunId }) {
      try {
        const newest = client().workflow.getHandle(workflowId);
        const { status, raw } = await newest.describe();
        // Ids come back: a later chain of runs says that the one before has ended.
        if (raw.workflowExecutionInfo?.firstRunId !== firstRunId) return { status: 'ended' };
        if (status.name === 'RUNNING' || status.name === 'PAUSED') return undefined;
        const name = status.name.toLowerCase().replaceAll('_', ' ');
        return status.name === 'COMPLETED' ? { status: name, result: await newest.result() } : { status: name };
      } catch (error) {
        if (isNotFound(error)) return { status: 'forgotten' };
        throw error;
      }
    },

    async signalWithStart({ type, workflowId, input, signal, summary }) {
      await client().workflow.signalWithStart(type, {
        ...{ taskQueue: TASK_QUEUE, workflowId, args: [input], signal: signal.name, signalArgs: [signal.input] },
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: summary,
      });
    },
  };
}

export function createRunStates(client: () => Client): RunStates {
  return {
    async now(workflowId) {
      try {
        const { status } = await client().workflow.getHandle(workflowId).describe();
        return status.name === 'RUNNING' || status.name === 'PAUSED' ? 'running' : 'ended';
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
  };
}
