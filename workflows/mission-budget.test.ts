import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NO_COST, NO_USAGE, tokensOf } from '../schemas/cost.js';
import type { Cost } from '../schemas/money.js';
import type { Allowance } from '../schemas/tranche.js';
import { MissionBudget } from './mission-budget.js';
import { Purse } from './purse.js';

const cost = (usd: number | null, tokens: number): Cost => ({ usd, usage: { ...NO_USAGE, output: tokens } });
const budgetOf = (usd: number, tokens = 1_000_000) => new MissionBudget(MissionBudget.of({ usd, tokens }));

describe('the budget of a mission', () => {
  it('gives at least a portion, so that a task asks a few times and not before each call', () => {
    const budget = budgetOf(10);
    const { allowance, share } = budget.grant('task/a', { usd: 0.01, tokens: 10 });
    expect(allowance).toEqual({ usd: 0.4, tokens: 40_000 });
    expect(share).toBeCloseTo(0.04);
  });

  it('never gives out more than the limit, and says no before that', () => {
    const budget = budgetOf(1);
    expect(budget.grant('task/a', { usd: 0.9, tokens: 1 }).allowance).toMatchObject({ usd: 0.9 });
    expect(budget.grant('task/b', { usd: 0.2, tokens: 1 }).allowance).toBeNull();
    expect(budget.grant('task/b', { usd: 0.1, tokens: 1 }).allowance).toMatchObject({ usd: 0.1 });
    expect(budget.share()).toBe(1);
  });

  it('takes back what was not spent', () => {
    const budget = budgetOf(1);
    budget.grant('task/a', { usd: 1, tokens: 1000 });
    budget.returned('task/a', cost(0.25, 500));
    expect(budget.spent()).toEqual(cost(0.25, 500));
    expect(budget.grant('task/b', { usd: 0.75, tokens: 1 }).allowance).toMatchObject({ usd: 0.75 });
  });

  it('gives nothing to work that has ended meanwhile: it would never come back', () => {
    const budget = budgetOf(1);
    budget.grant('task/a', { usd: 0.5, tokens: 1000 });
    budget.returned('task/a', cost(0.5, 900));
    expect(budget.grant('task/a', { usd: 0.25, tokens: 1000 }).allowance).toBeNull();
    expect(budget.spent()).toEqual(cost(0.5, 900));
  });

  it('caps tokens where no price is known, and never calls the cost nothing', () => {
    const budget = budgetOf(1, 1000);
    budget.grant('task/a', { usd: 0, tokens: 600 });
    budget.returned('task/a', cost(null, 600));
    expect(budget.spent().usd).toBeNull();
    expect(budget.grant('task/b', { usd: 0, tokens: 500 }).allowance).toBeNull();
  });

  it('is raised by what a person adds', () => {
    const budget = budgetOf(1);
    budget.grant('task/a', { usd: 1, tokens: 1 });
    budget.state.declined = true;
    budget.raise({ usd: 0.5, tokens: 0 });
    expect(budget.state.declined).toBe(false);
    expect(budget.grant('task/a', { usd: 0.5, tokens: 1 }).allowance).toMatchObject({ usd: 0.5 });
  });
});

describe('purses', () => {
  const purseOf = (budget: MissionBudget, holder: string) =>
    new Purse(async (wanted: Allowance) => budget.grant(holder, wanted));

  it('spend only what was reserved, and give back what a call did not use', async () => {
    const purse = purseOf(budgetOf(1), 'task/a');
    const worst = cost(0.5, 1000);
    expect(await purse.reserve(worst)).toBe(true);
    purse.commit(worst, cost(0.1, 200));
    expect(purse.state.spent).toEqual(cost(0.1, 200));
    expect(await purse.reserve(cost(0.9, 1000))).toBe(true);
    expect(await purse.reserve(cost(0.1, 1000))).toBe(false);
  });

  it('keep the cap on known prices when one call had none', async () => {
    const purse = purseOf(budgetOf(1), 'task/a');
    await purse.reserve(cost(0.8, 10));
    purse.commit(cost(0.8, 10), cost(0.8, 10));
    await purse.reserve(cost(null, 10));
    purse.commit(cost(null, 10), cost(null, 10));
    expect(purse.state.spent.usd).toBeNull();
    expect(await purse.reserve(cost(0.3, 10))).toBe(false);
  });

  it('side by side never spend over the limit, whatever they try', async () => {
    const calls = fc.array(
      fc.record({
        holder: fc.integer({ min: 0, max: 4 }),
        worst: fc.integer({ min: 1, max: 400 }),
        used: fc.double({ min: 0, max: 1, noNaN: true }),
        ends: fc.boolean(),
      }),
      { maxLength: 200 },
    );
    await fc.assert(
      fc.asyncProperty(calls, async (tries) => {
        const budget = budgetOf(1, 100_000);
        const purses = Array.from({ length: 5 }, (_, n) => purseOf(budget, `task/${n}`));
        await Promise.all(
          tries.map(async ({ holder, worst, used, ends }) => {
            const purse = purses[holder] as Purse;
            const most = cost(worst / 1000, worst * 10);
            if (!(await purse.reserve(most))) return;
            purse.commit(most, cost((worst / 1000) * used, Math.floor(worst * 10 * used)));
            if (ends) budget.share();
          }),
        );
        const spent = purses.map(({ state }) => state.spent);
        expect(spent.reduce((sum, { usd }) => sum + (usd ?? 0), 0)).toBeLessThanOrEqual(1.000001);
        expect(spent.reduce((sum, { usage }) => sum + tokensOf(usage), 0)).toBeLessThanOrEqual(100_000);
      }),
      { numRuns: 100 },
    );
  });

  it('begin with nothing', () => {
    expect(purseOf(budgetOf(1), 'task/a').state.spent).toEqual(NO_COST);
  });
});
