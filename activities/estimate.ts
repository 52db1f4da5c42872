import type { Estimate } from '../schemas/budget.js';
import { addCost, NO_COST, NO_USAGE, tokensOf, usdOf } from '../schemas/cost.js';
import type { LedgerEntry } from '../schemas/ledger.js';
import type { ModelCard, Tier } from '../schemas/model.js';
import type { Cost, Usage } from '../schemas/money.js';
import type { PlanTask } from '../schemas/plan.js';
import type { Models } from './ports-models.js';
import type { Ledger } from './ports-records.js';

/** Fewer earlier tasks than this say less than the rule of thumb. */
const ENOUGH = 3;
/** Earlier tasks that count: what a repo costs changes with its models. */
const RECENT = 50;

/** Rule of thumb for one agent on one task: most of what a turn reads comes from the cache. */
const TURN: Usage = { input: 1_000, output: 600, cacheRead: 15_000, cacheWrite: 1_500 };
const TURNS = { small: 12, medium: 25 } as const;
/** Reviewers, side by side over about two rounds, and the tester where there is one, in turns of a strong model. */
const REVIEW_TURNS = 16;
const TESTER_TURNS = 12;
/** Plans are made of many words and few turns; integration and scenarios ask no model. */
const HIGH = 2.5;

export interface EstimateInput {
  readonly repo: string;
  readonly kind: string;
  readonly tasks: readonly PlanTask[];
  /** What the mission has cost so far: its planning. */
  readonly spent: Cost;
}

export function createEstimateActivities({ ledger, models }: { ledger: Ledger; models: Pick<Models, 'cards'> }) {
  return {
    /** What a plan will cost, before anything of it is started: by what such tasks have cost here, or by a rule of thumb. */
    async estimateCost(input: EstimateInput): Promise<Estimate> {
      return estimate(input, await ledger.read(input.repo), models.cards);
    },
  };
}

export type EstimateActivities = ReturnType<typeof createEstimateActivities>;

export function estimate(
  { kind, tasks, spent }: EstimateInput,
  entries: readonly LedgerEntry[],
  cards: readonly ModelCard[],
): Estimate {
  const changes = tasks.filter((task) => task.kind === 'change');
  const earlier = taskCosts(entries, kind).slice(-RECENT);
  const measured = earlier.length >= ENOUGH;
  const each = changes.map((task) => {
    const work = measured ? mean(earlier) : thumb(task, cards, 'small');
    return addCost(work, around(task, cards));
  });
  const expected = each.reduce(addCost, spent);
  return {
    usd: expected.usd,
    highUsd: expected.usd === null ? null : Math.round(expected.usd * HIGH * 100) / 100,
    tokens: tokensOf(expected.usage),
    because: measured
      ? `${earlier.length} earlier tasks of this kind here, and a rule of thumb for reviews`
      : `a rule of thumb: ${earlier.length} earlier tasks of this kind here say too little`,
  };
}

/** By task: every rung that was at work on it, in the order in which they were first seen. */
function taskCosts(entries: readonly LedgerEntry[], kind: string): Cost[] {
  const byTask = new Map<string, Cost>();
  for (const { item, node, role, cost, kind: of } of entries) {
    if (of !== kind || (role !== 'coder' && role !== 'writer')) continue;
    const task = `${item}/${node}`;
    byTask.set(task, addCost(byTask.get(task) ?? NO_COST, cost));
  }
  return [...byTask.values()];
}

function mean(costs: readonly Cost[]): Cost {
  const { usd, usage } = costs.reduce(addCost, NO_COST);
  const share = (tokens: number) => Math.round(tokens / costs.length);
  return {
    usd: usd === null ? null : usd / costs.length,
    usage: {
      input: share(usage.input),
      output: share(usage.output),
      cacheRead: share(usage.cacheRead),
      cacheWrite: share(usage.cacheWrite),
    },
  };
}

function thumb({ size }: PlanTask, cards: readonly ModelCard[], tier: Tier): Cost {
  return turns(TURNS[size ?? 'medium'], cards, tier);
}

/** What comes around the work of the coder. */
function around({ proof }: PlanTask, cards: readonly ModelCard[]): Cost {
  return turns(REVIEW_TURNS + (proof === 'test-first' ? TESTER_TURNS : 0), cards, 'strong');
}

function turns(count: number, cards: readonly ModelCard[], tier: Tier): Cost {
  const card = cards.find((one) => one.tier === tier) ?? cards[0];
  const { input, output, cacheRead, cacheWrite } = TURN;
  const usage: Usage = {
    input: input * count,
    output: output * count,
    cacheRead: cacheRead * count,
    cacheWrite: cacheWrite * count,
  };
  return card ? { usd: usdOf(usage, card.price), usage } : { usd: 0, usage: NO_USAGE };
}
