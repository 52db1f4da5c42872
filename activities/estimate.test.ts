import { describe, expect, it } from '@jest/globals';
import { NO_COST, NO_USAGE } from '../schemas/cost.js';
import type { LedgerEntry } from '../schemas/ledger.js';
import type { ModelCard } from '../schemas/model.js';
import type { PlanTask } from '../schemas/plan.js';
import { estimate } from './estimate.js';

const card = (tier: ModelCard['tier'], price: ModelCard['price']): ModelCard => ({
  ...{ name: `p/${tier}`, provider: 'p', id: tier, tier, contextTokens: 100_000, maxOutputTokens: 8_000 },
  ...{ thinking: false, images: false, price },
});
const CARDS = [
  card('small', { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 }),
  card('strong', { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 }),
];

const task = (change: Partial<PlanTask> = {}): PlanTask => ({
  ...{ id: 'a', kind: 'change', title: 'a', goal: 'a', acceptance: ['a'], needs: [], touches: ['a'] },
  ...{ gates: [], targets: [] },
  ...change,
});

const entry = (n: number, usd: number | null, change: Partial<LedgerEntry> = {}): LedgerEntry => ({
  ...{ key: `k${n}`, at: '2026-11-01T00:00:00Z', repo: 'shop', item: `I-${n}`, node: 'a', role: 'coder' },
  ...{ kind: 'feature', model: 'p/small', result: 'passed', turns: 5, durationMs: 1 },
  cost: { usd, usage: { ...NO_USAGE, output: 1000 } },
  ...change,
});

const of = (tasks: PlanTask[], entries: LedgerEntry[] = [], cards = CARDS) =>
  estimate({ repo: 'shop', kind: 'feature', tasks, spent: NO_COST }, entries, cards);

describe('the estimate of a plan', () => {
  it('goes by a rule of thumb until enough was measured, and says so', () => {
    const { usd, highUsd, because } = of([task()], [entry(1, 9), entry(2, 9)]);
    expect(usd).toBeGreaterThan(0);
    expect(usd).toBeLessThan(2);
    expect(highUsd).toBeGreaterThan(usd ?? 0);
    expect(because).toContain('2 earlier tasks of this kind here say too little');
  });

  it('goes by what such tasks cost here, all their rungs together', () => {
    const rungs = [entry(1, 1), entry(1, 2, { key: 'again', model: 'p/strong' }), entry(2, 3), entry(3, 3)];
    const without = of([], rungs).usd ?? 0;
    const reviews = (of([task()]).usd ?? 0) - (of([task({ size: 'small' })]).usd ?? 0);
    expect((of([task()], rungs).usd ?? 0) - without).toBeGreaterThan(3);
    expect(reviews).toBeGreaterThan(0);
  });

  it('counts only work of this kind, and adds what the planning has cost', () => {
    const others = [1, 2, 3].map((n) => entry(n, 50, { kind: 'docs' }));
    expect(of([task()], others).usd).toBe(of([task()]).usd);
    const planned = estimate(
      { repo: 'shop', kind: 'feature', tasks: [], spent: { usd: 0.25, usage: NO_USAGE } },
      [],
      CARDS,
    );
    expect(planned.usd).toBe(0.25);
  });

  it('grows with the tasks, their size and the tests that are written first', () => {
    const usd = (tasks: PlanTask[]) => of(tasks).usd ?? 0;
    expect(usd([task(), task({ id: 'b' })])).toBeCloseTo(2 * usd([task()]));
    expect(usd([task({ size: 'medium' })])).toBeGreaterThan(usd([task({ size: 'small' })]));
    expect(usd([task({ proof: 'test-first' })])).toBeGreaterThan(usd([task()]));
    expect(usd([task({ kind: 'integrate' })])).toBe(0);
  });

  it('of an unknown price is unknown, and tells the tokens', () => {
    const { usd, highUsd, tokens } = of([task()], [], [card('small', null), card('strong', null)]);
    expect([usd, highUsd]).toEqual([null, null]);
    expect(tokens).toBeGreaterThan(100_000);
  });
});
