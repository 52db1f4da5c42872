import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { Histories } from '../../activities/ports-records.js';
import {
  type Execution,
  type History,
  nextRunOf,
  type RunHistory,
  startedChildren,
  startOf,
} from '../../schemas/history.js';
import { decodedPayloads, isNotFound } from './client.js';
import { readableTree } from './codec/readable.js';

/** Histories from the server, as far as it remembers them. `client` is asked for at each call: a worker's is its own. */
export function createHistories(client: () => Client): Histories {
  async function read({ workflowId, runId }: Execution): Promise<RunHistory | undefined> {
    try {
      const events = await client().workflow.getHandle(workflowId, runId).fetchHistory();
      const history = JSON.parse(historyToJSON(events)) as History;
      return { workflowId, runId, type: startOf(history).type, history };
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async function newestRun(workflowId: string): Promise<string | undefined> {
    try {
      return (await client().workflow.getHandle(workflowId).describe()).runId;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  return {
    readable: (tree) =>
      readableTree(tree, {
        encode: async (payloads) => payloads,
        decode: (payloads) => decodedPayloads(client(), payloads),
      }),

    async tree(workflowId, runId) {
      const run = runId ?? (await newestRun(workflowId));
      const root = run === undefined ? undefined : await read({ workflowId, runId: run });
      if (!root) return undefined;
      const children: RunHistory[] = [];
      const forgotten: Execution[] = [];
      const open = startedBy(root);
      // Depth first would tell a child's children before its sisters: the order is that of the starts.
      for (let next = open.shift(); next; next = open.shift()) {
        const child = await read(next);
        if (!child) {
          forgotten.push({ workflowId: next.workflowId, runId: next.runId });
          continue;
        }
        children.push(child);
        const continued = nextRunOf(child.history);
        if (continued) open.unshift({ workflowId: child.workflowId, runId: continued });
        open.push(...startedBy(child));
      }
      return { root, children, forgotten };
    },
  };
}

function startedBy({ history }: RunHistory): Execution[] {
  return startedChildren(history)
    .filter(({ type }) => type !== 'archive')
    .map(({ workflowId, runId }) => ({ workflowId, runId }));
}
