import { describe, expect, it } from '@jest/globals';
import type { Notice } from '../../schemas/agent.js';
import type { MissionStatus } from '../../workflows/messages.js';
import { agentStubs, dear } from './agent-stubs.js';
import { useMissions } from './missions.js';
import { answer, questionOf } from './questions.js';
import { type AllActivities, operator, withAgents, workItem } from './stubs.js';

// Money that runs out: what is spent, who is asked, and what becomes of the work.

const missions = useMissions();

/** Calls with a price that nobody knows. */
function unpriced(): Partial<AllActivities> {
  return {
    openSession: async (input) => {
      const opened = await agentStubs.openSession(input);
      const rungs = opened.route.rungs.map((rung) => ({ ...rung, price: null, maxOutputTokens: 1000 }));
      return { ...opened, maxTurns: 1000, route: { rungs, dropped: [] } };
    },
    callModel: async (input) => ({ ...(await agentStubs.callModel(input)), usd: null, context: 1000 }),
  };
}

describe('a budget that is used up', () => {
  const BUDGET = { budget: { usd: 1, tokens: 10_000_000, steerAt: 0.8 } };

  it('stops before it is overspent, asks one person once, and goes on when the answer is yes', async () => {
    let approved = false;
    const told: Notice[] = [];
    const activities = dear(0.1, () => approved);
    const { question, outcome } = await missions.working(
      {
        ...withAgents(BUDGET),
        ...activities,
        callModel: async (input) => {
          told.push(...(input.inbox ?? []));
          return activities.callModel(input);
        },
      },
      async () => {
        const handle = await missions.start(workItem('MONEY-1'));
        const waiting = await missions.until('MONEY-1', ({ waitingOn }) => waitingOn?.who.includes('budget') ?? false);
        expect(waiting.budget?.share).toBeGreaterThan(0.9);
        const question = await questionOf(missions.client(), 'MONEY-1');
        approved = true;
        await answer(missions.client(), question);
        return { question, outcome: await handle.result() };
      },
    );
    expect(question).toMatchObject({ action: 'raise-budget', head: 'budget 1 USD, 10000000 tokens' });
    expect(outcome).toMatchObject({ result: 'shipped' });
    expect((outcome as { spend: { usd: number } }).spend.usd).toBeGreaterThan(0.8);
    expect(told.filter(({ from }) => from === 'budget')).toHaveLength(1);
  });

  it('stops with the work kept when the answer is no, and no other plan is tried', async () => {
    let calls = 0;
    const kept: string[] = [];
    const activities = dear(0.1, () => false);
    const outcome = await missions.working(
      {
        ...withAgents(BUDGET),
        ...activities,
        pushBranch: async ({ change }) => {
          kept.push(change.branch);
          return { pushed: true, already: false };
        },
        callModel: async (input) => {
          calls++;
          return activities.callModel(input);
        },
      },
      async () => {
        const handle = await missions.start(workItem('MONEY-2'));
        await missions.until('MONEY-2', ({ waitingOn }) => waitingOn?.who.includes('budget') ?? false);
        const question = await questionOf(missions.client(), 'MONEY-2');
        await answer(missions.client(), question, { decision: 'reject', reason: 'enough' });
        return handle.result();
      },
    );
    expect(outcome).toMatchObject({ result: 'failed', because: 'one: the budget is used up', planVersions: 1 });
    expect(calls).toBeLessThanOrEqual(10);
    expect(kept).toEqual(['signalbox/MONEY-2-one']);
  });

  it('goes on with what somebody adds meanwhile', async () => {
    let enough = false;
    const outcome = await missions.working({ ...withAgents(BUDGET), ...dear(0.1, () => enough) }, async () => {
      const handle = await missions.start(workItem('MONEY-3'));
      await missions.until('MONEY-3', ({ waitingOn }) => waitingOn?.who.includes('budget') ?? false);
      enough = true;
      await handle.executeUpdate('addBudget', { args: [{ by: operator, text: '', usd: 2 }] });
      return handle.result();
    });
    expect(outcome).toMatchObject({ result: 'shipped' });
  });

  it('grows in tokens too when dollars are added: without a known price they are what holds it', async () => {
    const outcome = await missions.working(
      { ...withAgents({ budget: { usd: 5, tokens: 6_000, steerAt: 0.8 } }), ...dear(0, () => false), ...unpriced() },
      async () => {
        const handle = await missions.start(workItem('MONEY-4'));
        const waiting = await missions.until('MONEY-4', ({ waitingOn }) => waitingOn?.who.includes('budget') ?? false);
        expect(waiting.waitingOn?.what).toContain('signalbox budget MONEY-4 --add');
        const added = (await handle.executeUpdate('addBudget', {
          args: [{ by: operator, text: '', usd: 5 }],
        })) as MissionStatus;
        expect(added.budget?.limit.tokens).toBe(12_000);
        await handle.executeUpdate('cancelMission', { args: [{ by: operator, text: '' }] });
        return handle.result();
      },
    );
    // What the cancelled task had used is part of what the mission says that it cost.
    const { usd, usage } = (outcome as { spend: { usd: number | null; usage: { input: number } } }).spend;
    expect(usd).toBeNull();
    expect(usage.input).toBeGreaterThan(200);
  });
});
