import { ApplicationFailure } from '@temporalio/common';
import { workflowId } from '../schemas/names.js';
import { agentStubs, roleOf } from '../test/workflows/agent-stubs.js';
import { budgetOf, startBudget, withScopes } from '../test/workflows/scopes.js';
import type { AllActivities } from '../test/workflows/stubs.js';
import { type Case, mission, task, waitFor } from './history-case.js';

// Histories of budgets that missions share, and of work that waits for a provider's quota.

const OWN = { budget: { usd: 0.05, tokens: 10_000_000, steerAt: 0.8 } };
const budget = (scope: string) => ({ workflow: workflowId.budget(scope) });

/** A coder that takes some turns before it hands something in. */
function turnsOf(count: number): Partial<AllActivities> {
  return {
    openSession: async (input) => ({ ...(await agentStubs.openSession(input)), maxTurns: 100 }),
    runTools: async (input) => {
      const result = await agentStubs.runTools(input);
      const turn = Number(input.conversation.split(' ').at(-1));
      if (roleOf(input.session as never) !== 'coder' || turn >= count) return result;
      const { ending: _ending, ...on } = result;
      return { ...on, digest: input.conversation };
    },
  };
}

const terms = (usd: number) => ({ terms: { usd, tokens: null, per: null } });

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
  {
    item: 'B-3',
    activities: { ...withScopes(['repo/b3'], { repos: { b3: { usd: 3 } } }, OWN), ...turnsOf(8) },
    drive: async ({ client }) => {
      await startBudget(client, 'repo/b3', { ...terms(3), historyLimit: 12 });
      const { handle } = budgetOf(client, 'repo/b3');
      for (let n = 1; n <= 6; n++) {
        const some = { usd: 0.001, tokens: 1 };
        const holder = { workflow: 'mission/nobody', first: 'nobody', run: 'nobody' };
        const wanted = {
          holder,
          n,
          least: some,
          upTo: some,
          held: { usd: 0, tokens: 0 },
          spent: { usd: 0, tokens: 0 },
        };
        await handle.signal('trancheWanted', wanted, terms(3).terms);
        await new Promise((done) => setTimeout(done, 300));
      }
    },
    keep: {
      'budget-continued-as-new': { ...budget('repo/b3'), first: true },
      'budget-continued-run': budget('repo/b3'),
    },
  },
  {
    item: 'B-4',
    activities: { ...withScopes(['repo/b4'], { repos: { b4: { usd: 0.05 } } }), ...turnsOf(20) },
    drive: async (server, item) => {
      await startBudget(server.client, 'repo/b4', { ...terms(0.05), pace: { periodMs: 5_000 } });
      await waitFor(server, item, ({ outcome }) => outcome !== undefined);
    },
    keep: { 'budget-period': budget('repo/b4') },
  },
  {
    item: 'B-5',
    activities: (() => {
      let calls = 0;
      return {
        ...withScopes([], {}),
        callModel: async (input) => {
          if (roleOf(input.session as never) === 'coder' && calls++ === 0) {
            const wait = { until: new Date(Date.now() + 1_500).toISOString(), longestMs: 60_000 };
            throw ApplicationFailure.nonRetryable('no quota is left', 'QuotaExhausted', wait);
          }
          if (roleOf(input.session as never) === 'coder' && calls++ === 1) {
            throw ApplicationFailure.nonRetryable('it broke off', 'AnswerLost', { model: 'model-a' });
          }
          return agentStubs.callModel(input);
        },
      } satisfies Partial<AllActivities>;
    })(),
    keep: { 'mission-quota-awaited': mission('B-5'), 'task-quota-awaited': task('B-5', 'one') },
  },
];
