import { describe, expect, it } from '@jest/globals';
import { raiseScopeBudget } from '../../adapters/temporal/scope-budgets.js';
import { workflowId } from '../../schemas/names.js';
import { missionStatus } from '../../workflows/messages.js';
import type { BudgetStatus } from '../../workflows/messages-standing.js';
import { dear } from './agent-stubs.js';
import { useMissions } from './missions.js';
import { budgetOf, startBudget, withScopes } from './scopes.js';
import { type AllActivities, blueprint, operator, workItem } from './stubs.js';

// Budgets that missions share: who gets what, who waits for what, and what comes back.

const missions = useMissions();

const OWN = { budget: { usd: 2, tokens: 10_000_000, steerAt: 0.8 } };
const waitsForScope = ({ waitingOn }: { waitingOn?: { who: string } }) =>
  waitingOn?.who.startsWith('the budget of') ?? false;

describe('the budget that missions share', () => {
  it('gives tranches for several grants, so messages stay few, and gets back what was not spent', async () => {
    let calls = 0;
    const activities = dear(0.05, () => calls > 12);
    const { outcome, asked } = await missions.working(
      {
        ...withScopes(['repo/r1', 'org'], { repos: { r1: { usd: 10 } }, org: { usd: 20, per: 'month' } }, OWN),
        ...activities,
        callModel: async (input) => {
          calls++;
          return activities.callModel(input);
        },
      },
      async () => {
        const handle = await missions.start(workItem('SCOPE-1'));
        const outcome = (await handle.result()) as { result: string; spend: { usd: number } };
        const { history } = { history: await handle.fetchHistory() };
        const asked = history.events?.filter(
          (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'askBudget',
        ).length;
        const status = await budgetOf(missions.client(), 'org').until(({ holders }) => holders.length === 0);
        expect(status.spent.usd).toBeCloseTo(outcome.spend.usd, 6);
        expect(status.out).toEqual(status.spent);
        expect(status.periodEnds).toMatch(/^\d{4}-\d\d-01T00:00:00.000Z$/);
        expect((await budgetOf(missions.client(), 'repo/r1').status()).spent).toEqual(status.spent);
        return { outcome, asked };
      },
    );
    expect(outcome.result).toBe('shipped');
    expect(calls).toBeGreaterThan(12);
    expect(asked).toBeLessThanOrEqual(8);
  });

  it('is waited for when it is used up, shown as such, and whoever raises it wakes who waits', async () => {
    let enough = false;
    const activities = { ...withScopes(['repo/r2'], { repos: { r2: { usd: 0.5 } } }, OWN), ...dear(0.1, () => enough) };
    const outcome = await missions.working(activities, async () => {
      const handle = await missions.start(workItem('SCOPE-2'));
      const waiting = await missions.until('SCOPE-2', waitsForScope);
      expect(waiting.waitingOn).toMatchObject({
        who: 'the budget of repo r2',
        what: 'somebody who raises it: signalbox budget repo/r2 --add <dollars>',
      });
      const budget = budgetOf(missions.client(), 'repo/r2');
      const status = await budget.status();
      expect(status.holders).toMatchObject([{ holder: workflowId.mission('SCOPE-2'), waits: true }]);
      expect(status.out.usd).toBeLessThanOrEqual(0.5);
      // Nothing happens while nobody helps: no loop asks again and again.
      const before = (await handle.fetchHistory()).events?.length;
      await new Promise((done) => setTimeout(done, 1_500));
      expect((await handle.fetchHistory()).events?.length).toBe(before);
      enough = true;
      expect((await budget.raise(2)).added).toEqual({ usd: 2, tokens: 0 });
      const outcome = await handle.result();
      expect((await handle.query(missionStatus)).waitingOn).toBeUndefined();
      return outcome;
    });
    expect(outcome).toMatchObject({ result: 'shipped' });
  });

  it('is raised before anybody has asked for it', async () => {
    await missions.working({}, async () => {
      const { client } = missions;
      const terms = { usd: 1, tokens: null, per: null };
      const order = { by: operator, text: '', usd: 2, tokens: 0 };
      const raised = await raiseScopeBudget<BudgetStatus>(client(), 'team/T3', terms, order);
      expect(raised).toMatchObject({ scope: 'team/T3', terms, added: { usd: 2, tokens: 0 } });
      // The second time it is there.
      expect((await raiseScopeBudget<BudgetStatus>(client(), 'team/T3', terms, order)).added.usd).toBe(4);
      expect((await budgetOf(client(), 'team/T3').status()).added.usd).toBe(4);
    });
  });

  it('refuses a raise that it can not use', async () => {
    await missions.working(withScopes(['org'], {}), async () => {
      const { handle } = budgetOf(missions.client(), 'team/T1');
      await startBudget(missions.client(), 'team/T1', { terms: { usd: 1, tokens: null, per: null } });
      const raise = (order: object) => handle.executeUpdate('raiseBudget', { args: [order] });
      const by = operator;
      await expect(raise({ by, usd: 0, tokens: 0 })).rejects.toMatchObject({ cause: { message: /over 0/ } });
      await expect(raise({ by, usd: -1, tokens: 2 })).rejects.toMatchObject({ cause: { message: /over 0/ } });
      await expect(raise({ by, usd: 0, tokens: 5 })).rejects.toMatchObject({
        cause: { message: /no limit in tokens/ },
      });
      await expect(raise({ by: {}, usd: 1, tokens: 0 })).rejects.toMatchObject({ cause: { message: /by.id/ } });
      expect(
        (await handle.fetchHistory()).events?.some((event) => event.workflowExecutionUpdateAcceptedEventAttributes),
      ).toBe(false);
    });
  });

  it('begins anew with each period, and who waits goes on by itself', async () => {
    let enough = false;
    const { outcome, what } = await missions.working(
      { ...withScopes(['repo/r3'], { repos: { r3: { usd: 0.5 } } }, OWN), ...dear(0.1, () => enough) },
      async () => {
        const periodMs = 8_000;
        await startBudget(missions.client(), 'repo/r3', {
          terms: { usd: 0.5, tokens: null, per: null },
          pace: { periodMs },
        });
        const handle = await missions.start(workItem('SCOPE-3'));
        const { waitingOn } = await missions.until('SCOPE-3', waitsForScope);
        enough = true;
        return { what: waitingOn?.what, outcome: await handle.result() };
      },
    );
    expect(what).toMatch(/^a new period, at \d{4}-\d\d-\d\d \d\d:\d\d UTC, or somebody who raises it/);
    expect(outcome).toMatchObject({ result: 'shipped' });
  });

  it('ends the wait honestly at the deadline, with the work kept', async () => {
    const kept: string[] = [];
    const outcome = await missions.working(
      {
        ...withScopes(
          ['repo/r4'],
          { repos: { r4: { usd: 0.5 } } },
          {
            ...OWN,
            policy: { ...blueprint.policy, approvalDeadline: '2s' },
          },
        ),
        ...dear(0.1, () => false),
        pushBranch: async ({ change }) => {
          kept.push(change.branch);
          return { pushed: true, already: false };
        },
      },
      async () => {
        const handle = await missions.start(workItem('SCOPE-4'));
        const outcome = await handle.result();
        const { holders } = await budgetOf(missions.client(), 'repo/r4').status();
        expect(holders).toEqual([]);
        return outcome;
      },
    );
    expect(outcome).toMatchObject({ result: 'failed', because: 'one: the budget of repo r4 is used up' });
    expect(kept).toEqual(['signalbox/SCOPE-4-one']);
  });

  it('has back what a cancelled mission did not spend', async () => {
    await missions.working(
      { ...withScopes(['repo/r5'], { repos: { r5: { usd: 10 } } }, OWN), ...dear(0.01, () => false) },
      async () => {
        const handle = await missions.start(workItem('SCOPE-5'));
        await missions.until('SCOPE-5', ({ tasks }) => tasks.some(({ state }) => state === 'running'));
        await handle.executeUpdate('cancelMission', { args: [{ by: operator, text: '' }] });
        const outcome = (await handle.result()) as { spend: { usd: number } };
        const status = await budgetOf(missions.client(), 'repo/r5').until(({ holders }) => holders.length === 0);
        expect(status.out.usd).toBeCloseTo(outcome.spend.usd, 6);
      },
    );
  });

  it('takes back from a mission that was terminated what is certainly unspent, and nothing else', async () => {
    // Counted in whole cents: a sum of fractions is more than it should be.
    let paidCents = 0;
    const activities = dear(0.01, () => false);
    await missions.working(
      {
        ...withScopes(['repo/r6'], { repos: { r6: { usd: 10 } } }, OWN),
        ...activities,
        callModel: async (input) => {
          paidCents += 1;
          return activities.callModel(input);
        },
      },
      async () => {
        await startBudget(missions.client(), 'repo/r6', {
          terms: { usd: 10, tokens: null, per: null },
          pace: { leaseMs: 1_000 },
        });
        const handle = await missions.start(workItem('SCOPE-6'));
        await missions.until('SCOPE-6', ({ tasks }) => tasks.some(({ state }) => state === 'running'));
        const budget = budgetOf(missions.client(), 'repo/r6');
        const granted = (await budget.status()).out.usd;
        await new Promise((done) => setTimeout(done, 1_500));
        // A lease that has run out takes nothing from a mission that is there.
        expect((await budget.status()).out.usd).toBeGreaterThanOrEqual(granted);
        const given = (await budget.status()).out.usd;
        await handle.terminate('by a test');
        const { out } = await budget.until(({ holders }) => holders.length === 0);
        const task = missions.client().workflow.getHandle(workflowId.task('SCOPE-6', 'one'));
        await task.result().catch(() => undefined);
        // Its task may still spend what it was granted, and no more.
        expect(out.usd).toBeLessThanOrEqual(given);
        expect(Math.round(out.usd * 100)).toBeGreaterThanOrEqual(paidCents);
      },
    );
  });

  it('continues as new under fire, and neither loses a message nor grants one twice', async () => {
    const HOLDERS = 12;
    const REQUESTS = 15;
    const terms = { usd: 1_000, tokens: null, per: null };
    const lookAtHolders: AllActivities['lookAtHolders'] = async ({ holders }) =>
      holders.map(() => ({ state: 'running' }));
    await missions.working({ ...withScopes(['org'], {}), lookAtHolders }, async () => {
      const { client } = missions;
      await startBudget(client(), 'team/T2', { terms, historyLimit: 60 });
      const budget = budgetOf(client(), 'team/T2');
      const one = { usd: 0.25, tokens: 10 };
      const fire = async (holder: number) => {
        for (let n = 1; n <= REQUESTS; n++) {
          const held = { usd: 0.25 * (n - 1), tokens: 10 * (n - 1) };
          const wanted = { n, least: one, upTo: one, held, spent: { usd: 0, tokens: 0 } };
          const from = { workflow: `mission/nobody-${holder}`, first: `first-${holder}`, run: 'run' };
          // Each is told twice.
          await budget.handle.signal('trancheWanted', { holder: from, ...wanted }, terms);
          await budget.handle.signal('trancheWanted', { holder: from, ...wanted }, terms);
        }
      };
      await Promise.all(Array.from({ length: HOLDERS }, (_, holder) => fire(holder)));
      const all = 0.25 * HOLDERS * REQUESTS;
      const status = await budget.until(({ out }) => out.usd >= all);
      expect(status.out).toEqual({ usd: all, tokens: 10 * HOLDERS * REQUESTS });
      expect(status.holders.map(({ granted }) => granted.usd)).toEqual(Array(HOLDERS).fill(0.25 * REQUESTS));
      const { raw } = await budget.handle.describe();
      expect(raw.workflowExecutionInfo?.firstRunId).not.toBe(raw.workflowExecutionInfo?.execution?.runId);
    });
  });
});
