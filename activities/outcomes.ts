import type { RoleName } from '../schemas/agent.js';
import { addCost, describeUsd, roundUsd, usdOf } from '../schemas/cost.js';
import type { LedgerEntry } from '../schemas/ledger.js';
import type { ModelCard } from '../schemas/model.js';
import type { Usage } from '../schemas/money.js';
import { wilsonLower } from '../schemas/satisfaction.js';

// How models did at one kind of work. Pure.

/** Fewer attempts say nothing about a model: a coin that fell on heads four times is still a coin. */
const ENOUGH = 5;
/** As many attempts as enough ones weigh against what is known of the models beside it. */
const PRIOR = ENOUGH;
/** The newest attempts that count, over all models. What was dropped gets no new ones, and so another chance later. */
const WINDOW = 200;
const HOPELESS = { attempts: 10, below: 0.2, confidence: 0.95 };

export interface Outcomes {
  readonly n: number;
  readonly passed: number;
  /** Mean US dollars of an attempt; null until enough attempts have a known price. */
  readonly usd: number | null;
}

export interface Measured {
  of(model: string): Outcomes;
  /** US dollars for one attempt that passes, as far as can be told; infinite when a price is unknown. */
  usdPerPass(card: ModelCard, among: readonly ModelCard[]): number;
  /** Whether enough is known of one of them to put them in order. */
  tells(cards: readonly ModelCard[]): boolean;
}

export function measure(
  history: readonly LedgerEntry[],
  { role, kind, cards }: { readonly role: RoleName; readonly kind: string; readonly cards: readonly ModelCard[] },
): Measured {
  const names = new Set(cards.map(({ name }) => name));
  const entries = history
    .filter((entry) => entry.role === role && entry.kind === kind && names.has(entry.model))
    .sort((one, other) => compare(one.at, other.at) || compare(one.key, other.key))
    .slice(-WINDOW);
  const outcomes = new Map([...names].map((name) => [name, summary(entries.filter(({ model }) => model === name))]));
  const usage = meanUsage(entries);
  const of = (model: string) => outcomes.get(model) ?? summary([]);
  return {
    of,
    usdPerPass(card, among) {
      const own = of(card.name);
      const usd = own.usd ?? (usage && usdOf(usage, card.price));
      const all = pooled(among.map(({ name }) => of(name)));
      // A model that nothing is known of is presumed to be like those beside it, and none of these to be certain.
      const presumed = (all.passed + 1) / (all.n + 2);
      return usd === null ? Number.POSITIVE_INFINITY : (usd * (own.n + PRIOR)) / (own.passed + PRIOR * presumed);
    },
    tells: (among) => among.some(({ name }) => of(name).n >= ENOUGH),
  };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function summary(entries: readonly LedgerEntry[]): Outcomes {
  const costs = entries.flatMap(({ cost }) => cost.usd ?? []);
  return {
    n: entries.length,
    passed: entries.filter(({ result }) => result === 'passed').length,
    usd: costs.length >= ENOUGH ? roundUsd(costs.reduce((sum, usd) => sum + usd, 0) / costs.length) : null,
  };
}

function meanUsage(entries: readonly LedgerEntry[]): Usage | null {
  const [first, ...rest] = entries.map(({ cost }) => cost);
  if (!first) return null;
  const { input, output, cacheRead, cacheWrite } = rest.reduce(addCost, first).usage;
  const mean = (tokens: number) => tokens / entries.length;
  return { input: mean(input), output: mean(output), cacheRead: mean(cacheRead), cacheWrite: mean(cacheWrite) };
}

export function pooled(all: readonly Outcomes[]): Pick<Outcomes, 'n' | 'passed'> {
  return all.reduce((sum, { n, passed }) => ({ n: sum.n + n, passed: sum.passed + passed }), { n: 0, passed: 0 });
}

/** Passes at least as often and costs at most as much, one of them strictly: nothing speaks for the other. */
export function dominates(one: Outcomes, other: Outcomes): boolean {
  if (one.n < ENOUGH || other.n < ENOUGH || one.usd === null || other.usd === null) return false;
  // Multiplied out, so that equal shares are equal.
  const better = one.passed * other.n - other.passed * one.n;
  return better >= 0 && one.usd <= other.usd && (better > 0 || one.usd < other.usd);
}

/** So many failures that the true share of passes is low beyond reasonable doubt: above the whole Wilson interval. */
export function isHopeless({ n, passed }: Pick<Outcomes, 'n' | 'passed'>): boolean {
  const { attempts, below, confidence } = HOPELESS;
  return n >= attempts && 1 - wilsonLower(n - passed, n, confidence) < below;
}

export function describeOutcomes({ n, passed, usd }: Outcomes): string {
  return n === 0 ? 'not tried yet' : `${passed} of ${n} passed at ${describeUsd(usd)} each`;
}
