import { type Client, WithStartWorkflowOperation, WorkflowNotFoundError } from '@temporalio/client';
import type { ScopeBudgets } from '../../activities/ports-records.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import type { ScopeTerms } from '../../schemas/scope.js';
import { type Allowance, MISSION_FUNDS, TRANCHE_RETURNED, TRANCHE_WANTED } from '../../schemas/tranche.js';

type Budget = (input: { readonly scope: string; readonly terms: ScopeTerms }) => Promise<void>;

/** However it is first told something, it is started the same. */
function startOf(scope: string, terms: ScopeTerms) {
  return {
    ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.budget(scope), args: [{ scope, terms }] as Parameters<Budget> },
    // It never ends by itself; if somebody ended it, the next word begins it anew.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
    staticSummary: `Budget of ${scope}`,
  };
}

/** More for a scope, also before anybody has asked for its money. Returns its status. */
export function raiseScopeBudget<Status>(
  client: Client,
  scope: string,
  terms: ScopeTerms,
  order: object,
): Promise<Status> {
  return client.workflow.executeUpdateWithStart<Budget, Status, [object]>('raiseBudget', {
    args: [order],
    startWorkflowOperation: new WithStartWorkflowOperation<Budget>('budget', startOf(scope, terms)),
  });
}

/** Budgets of scopes as workflows. `client` is asked for at each call: a worker's is its own. */
export function createScopeBudgets(client: () => Client): ScopeBudgets {
  async function tell(scope: string, signal: string, args: readonly [message: object, terms: ScopeTerms]) {
    await client().workflow.signalWithStart<Budget, unknown[]>('budget', {
      ...startOf(scope, args[1]),
      signal,
      signalArgs: [...args],
    });
  }

  return {
    wanted: (scope, terms, wanted) => tell(scope, TRANCHE_WANTED, [wanted, terms]),
    returned: (scope, terms, returned) => tell(scope, TRANCHE_RETURNED, [returned, terms]),

    async fate({ workflow, first, run }) {
      try {
        const known = await client().workflow.getHandle(workflow, run).describe();
        // It may have gone on in a later run, unless another mission has taken its id since.
        const last =
          known.status.name === 'CONTINUED_AS_NEW' ? await client().workflow.getHandle(workflow).describe() : known;
        if (last !== known && last.raw.workflowExecutionInfo?.firstRunId !== first) return { state: 'unknown' };
        if (last.status.name === 'RUNNING') return { state: 'running' };
        const funds = client().workflow.getHandle(workflow, last.runId).query<Allowance | null>(MISSION_FUNDS);
        return { state: 'ended', spent: (await funds) ?? { usd: 0, tokens: 0 } };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { state: 'unknown' };
        throw error;
      }
    },
  };
}
