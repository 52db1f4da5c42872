import { workflowId } from '../schemas/names.js';
import { turnsOf } from '../test/workflows/agent-stubs.js';
import { budgetOf, withScopes } from '../test/workflows/scopes.js';
import { type Case, mission, waitFor } from './history-case.js';

// Histories of budgets that missions share.

const budget = (scope: string) => ({ workflow: workflowId.budget(scope) });

export const BUDGET_CASES: readonly Case[] = [
  {
    item: 'B-1',
    activities: {
      ...withScopes(['repo/b1', 'team/B', 'org'], {
        org: { usd: 100, per: 'month' },
        teams: { B: { usd: 50, per: 'week' } },
        repos: { b1: { usd: 10, tokens: 50_000_000 } },
      }),
      ...turnsOf(3),
    },
    keep: { 'mission-with-scopes': mission('B-1'), 'budget-granted': budget('repo/b1') },
  },
  {
    item: 'B-2',
    activities: { ...withScopes(['repo/b2'], { repos: { b2: { usd: 0.05, per: 'month' } } }), ...turnsOf(20) },
    drive: async (server, item) => {
      await waitFor(server, item, ({ waitingOn }) => waitingOn?.who === 'the budget of repo b2');
      await budgetOf(server.client, 'repo/b2').raise(5);
    },
    keep: { 'mission-scope-raised': mission('B-2'), 'budget-refused-and-raised': budget('repo/b2') },
  },
];
