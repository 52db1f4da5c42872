import { getClient } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { createScopeActivities } from '../../activities/scopes.js';
import { createScopeBudgets } from '../../adapters/temporal/scope-budgets.js';
import type { Blueprint } from '../../schemas/blueprint.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import { BudgetsSection, scopesOf } from '../../schemas/scope.js';
import { type BudgetStatus, budgetStatus, raiseBudget } from '../../workflows/messages-standing.js';
import { eventually } from '../eventually.js';
import { type AllActivities, operator, withAgents } from './stubs.js';

// Missions that share budgets: the real activities between them and the budgets' workflows.

type Budgets = Parameters<typeof BudgetsSection.parse>[0];

/** Missions with agents that pay into these scopes. */
export function withScopes(
  scopes: readonly string[],
  budgets: Budgets,
  change: Partial<Blueprint> = {},
): Partial<AllActivities> {
  const base = withAgents(change);
  const terms = scopesOf(BudgetsSection.parse(budgets));
  return {
    ...createScopeActivities({ scopes: createScopeBudgets(getClient), terms }),
    readBase: async (input) => {
      if (!base.readBase) throw new Error('the stub reads a base');
      return { ...(await base.readBase(input)), scopes };
    },
  };
}

/** As an operator would have it run, with a short period or a short history. */
export function startBudget(client: Client, scope: string, more: Record<string, unknown>) {
  return client.workflow.start('budget', {
    taskQueue: TASK_QUEUE,
    workflowId: workflowId.budget(scope),
    args: [{ scope, ...more }],
  });
}

export function budgetOf(client: Client, scope: string) {
  const handle = client.workflow.getHandle(workflowId.budget(scope));
  return {
    handle,
    status: () => handle.query(budgetStatus),
    raise: (usd: number) => handle.executeUpdate(raiseBudget, { args: [{ by: operator, text: '', usd, tokens: 0 }] }),

    until: (holds: (status: BudgetStatus) => boolean) => eventually(() => handle.query(budgetStatus), holds),
  };
}
