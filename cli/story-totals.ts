import { addCost, NO_COST, roundUsd } from '../schemas/cost.js';
import type { Cost } from '../schemas/money.js';
import type { MissionStory, WorkStory } from './story.js';
import type { StoryStep } from './story-steps.js';

// What a mission's steps add up to. Pure.

export interface Total {
  readonly calls: number;
  readonly cost: Cost;
  /** The part of the cost whose price is known, in US dollars. */
  readonly knownUsd: number;
  /** Of all its model calls together. */
  readonly modelMs: number;
}

export interface Totals {
  readonly all: Total;
  readonly stages: Readonly<Record<string, Total>>;
  /** By workflow: the task, review or mission that made the calls itself. */
  readonly workflows: Readonly<Record<string, Total>>;
  readonly roles: Readonly<Record<string, Total>>;
  readonly models: Readonly<Record<string, Total>>;
}

const NOTHING: Total = { calls: 0, cost: NO_COST, knownUsd: 0, modelMs: 0 };

export function totalsOf({ mission }: MissionStory): Totals {
  const all = allWork(mission).flatMap(({ workflowId, steps }) => steps.map((step) => ({ workflowId, step })));
  const by = (key: (one: (typeof all)[number]) => string | undefined): Record<string, Total> => {
    const totals: Record<string, Total> = {};
    for (const one of all) {
      const name = key(one);
      if (one.step.call && name !== undefined) totals[name] = add(totals[name] ?? NOTHING, one.step);
    }
    return totals;
  };
  return {
    all: totalOf(mission),
    stages: by(({ step }) => step.stage),
    workflows: by(({ workflowId }) => workflowId),
    roles: by(({ step }) => step.call?.role),
    models: by(({ step }) => step.call?.model),
  };
}

/** A workflow and everything under it. */
export function totalOf(work: WorkStory): Total {
  return allWork(work)
    .flatMap(({ steps }) => steps)
    .reduce(add, NOTHING);
}

export function allWork(work: WorkStory): WorkStory[] {
  return [work, ...work.parts.flatMap(allWork)];
}

function add(total: Total, { call, ms = 0 }: StoryStep): Total {
  if (!call) return total;
  return {
    calls: total.calls + 1,
    cost: addCost(total.cost, { usd: call.usd, usage: call.usage }),
    knownUsd: roundUsd(total.knownUsd + (call.usd ?? 0)),
    modelMs: total.modelMs + ms,
  };
}
