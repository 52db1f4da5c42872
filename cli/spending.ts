import type { Spend } from '../schemas/budget.js';
import { NO_USAGE, tokensOf } from '../schemas/cost.js';
import { workflowId } from '../schemas/names.js';
import type { MissionStatus } from '../workflows/messages.js';
import type { RunningTasks } from './running.js';

// What a mission has cost so far, as text. An unknown price makes the sum unknown, and never 0.

export interface Spending {
  /** Null: a part of it has no known price. */
  readonly usd: number | null;
  readonly tokens: number;
  readonly limitUsd: number;
  readonly limitTokens: number;
}

/** What has ended and what runs; undefined where no models are configured. */
export function spendingOf({ item, budget, holders }: MissionStatus, running: RunningTasks): Spending | undefined {
  if (!budget) return undefined;
  // What has ended is part of the mission's own sum.
  const ongoing = [...running].flatMap(([node, { agents }]) =>
    holders?.[workflowId.task(item, node)]?.spent ? [] : (agents?.cost ?? []),
  );
  const ended = { usd: budget.spent.usd, usage: budget.spent.usage ?? NO_USAGE };
  const costs = [ended, ...ongoing];
  return {
    usd: costs.reduce<number | null>((sum, { usd }) => (sum === null || usd === null ? null : sum + usd), 0),
    tokens: costs.reduce((sum, { usage }) => sum + tokensOf(usage), 0),
    limitUsd: budget.limit.usd,
    limitTokens: budget.limit.tokens,
  };
}

/** `$0.42 of $5.00, 123k tokens` */
export function describeSpending({ usd, tokens, limitUsd }: Spending): string {
  const spent = usd === null ? `cost unknown, limit ${dollars(limitUsd)}` : `${dollars(usd)} of ${dollars(limitUsd)}`;
  return `${spent}, ${thousands(tokens)} tokens`;
}

/** What a mission that has ended cost: nothing where nothing was paid. */
export function describeSpend({ usd, usage }: Spend): string[] {
  return [...(usd === 0 ? [] : [dollars(usd)]), ...(usage ? [`${thousands(tokensOf(usage))} tokens`] : [])];
}

export function dollars(usd: number | null): string {
  if (usd === null) return 'cost unknown';
  return `$${usd.toFixed(usd > 0 && usd < 0.01 ? 4 : 2)}`;
}

/** `950`, `12k`, `1.2M` */
export function thousands(count: number): string {
  if (count < 1_000) return String(count);
  return count < 999_500 ? `${Math.round(count / 1_000)}k` : `${(count / 1_000_000).toFixed(1)}M`;
}
