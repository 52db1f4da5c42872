import { describe, expect, it, jest } from '@jest/globals';
import type { Allowance } from '../../schemas/tranche.js';
import { Factory, type Parts } from './factory.js';
import { World } from './world.js';

// Agents that run away: they loop, fan out, take tiny turns or huge ones; their calls are refused, break off or fall
// silent after they were paid; missions are cancelled and terminated; messages come late, twice and in any order; and
// budgets continue as new between any two words. Whatever happens, nobody spends more than was allowed, at any scope.

jest.setTimeout(600_000);

const SEEDS = 1_000;

let world: World;
let factory: Factory;

const temporal = await import('@temporalio/workflow');
jest.unstable_mockModule('@temporalio/workflow', () => ({
  ...temporal,
  condition: (holds: () => boolean, timeout?: number) => world.condition(holds, timeout),
  setHandler: (def: { readonly name: string }, handler: () => unknown) => world.cell().handlers.set(def.name, handler),
  workflowInfo: () => {
    const { id, first } = world.cell();
    return { workflowId: id, firstExecutionRunId: first, runId: first };
  },
  getExternalWorkflowHandle: (id: string) => ({
    signal: (def: { readonly name: string }, ...args: unknown[]) => world.signal(id, def.name, args),
  }),
  /** Only people are asked so: whether a mission may cost more. */
  executeChild: () =>
    world.step((done) => {
      const outcome = world.chance(0.3) ? 'approved' : 'rejected';
      world.later(world.between(100, 5_000), () =>
        done({ outcome, reason: '', question: { id: 'mission/1', title: 'more' } }),
      );
    }),
  log: { warn: () => undefined },
}));
jest.unstable_mockModule('../../workflows/steps.js', () => ({
  modelSteps: {
    callModel: { executeWithOptions: (_: unknown, [input]: [never]) => factory.provider.call(input, false) },
    compactConversation: { executeWithOptions: (_: unknown, [input]: [never]) => factory.provider.call(input, true) },
  },
  steps: {
    askBudget: {
      executeWithOptions: (_: unknown, [{ scope, request }]: [{ scope: string; request: never }]) =>
        factory.wanted(scope, request),
    },
    returnTranche: {
      executeWithOptions: (_: unknown, [{ scope, returned }]: [{ scope: string; returned: never }]) =>
        factory.returned(scope, returned),
    },
  },
  vendorSteps: {},
  forgeSteps: {},
  forgeReads: {},
}));
const { setHandler } = await import('@temporalio/workflow');
const parts: Parts = {
  ...(await import('../../workflows/agent.js')),
  ...(await import('../../workflows/agent-state.js')),
  ...(await import('../../workflows/mission-budget.js')),
  ...(await import('../../workflows/mission-state.js')),
  ...(await import('../../workflows/scope-budget.js')),
  funds: await import('../../workflows/funds.js'),
  money: await import('../../workflows/mission-money.js'),
  scopes: await import('../../workflows/mission-scopes.js'),
  setHandler: setHandler as unknown as Parts['setHandler'],
};

interface Run {
  readonly events: number;
  readonly calls: number;
  readonly parked: boolean;
  /** Who spent more than was allowed, and how much more. */
  readonly over: readonly string[];
}

async function runOnce(seed: number): Promise<Run> {
  world = new World(seed);
  factory = new Factory(world, parts);
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => world.now);
  try {
    const usd = () => world.between(10, 300) / 100;
    const tokens = () => world.between(20, 600) * 1_000;
    factory.openScope('org', { usd: usd(), tokens: tokens(), per: null }, world.chance(0.5) ? 3_000 : undefined);
    factory.openScope('team/a', { usd: usd(), tokens: null, per: null }, world.chance(0.3) ? 7_000 : undefined);
    factory.openScope('repo/r', { usd: null, tokens: tokens(), per: null });
    const missions = world.between(1, 3);
    for (let n = 1; n <= missions; n++) {
      const limit = { usd: usd(), tokens: tokens() };
      const scopes = ['repo/r', ...(world.chance(0.6) ? ['team/a'] : []), 'org'];
      world.later(world.between(0, 1_000), () => factory.startMission(`M${n}`, limit, scopes, world.between(1, 6)));
    }
    if (world.chance(0.3)) world.later(4_000, () => factory.raise('org', { usd: 0.5, tokens: 50_000 }));
    const begun = () => factory.missions.size === missions && factory.isOver();
    const events = await world.run(begun, 20_000);
    const parked = [...factory.scopes.values()].some(({ budget }) => budget.share() > 0.9);
    return { events, calls: factory.provider.charges.length, parked, over: overspent() };
  } finally {
    clock.mockRestore();
  }
}

function sum(charges: readonly { readonly paid: Allowance }[]): Allowance {
  return charges.reduce((all, { paid }) => ({ usd: all.usd + paid.usd, tokens: all.tokens + paid.tokens }), {
    usd: 0,
    tokens: 0,
  });
}

/** By what the provider took, not by what anybody wrote down. */
function overspent(): string[] {
  const { charges } = factory.provider;
  const over: string[] = [];
  const check = (who: string, paid: Allowance, usd: number | null, tokens: number | null) => {
    if (usd !== null && paid.usd > usd + 1e-6) over.push(`${who}: $${paid.usd} of $${usd}`);
    if (tokens !== null && paid.tokens > tokens) over.push(`${who}: ${paid.tokens} of ${tokens} tokens`);
  };
  for (const [agent, maxUsd] of factory.caps) {
    check(agent, sum(charges.filter((charge) => charge.agent === agent)), maxUsd, null);
  }
  for (const [mission, state] of factory.missions) {
    const limit = state.data.budget?.limit;
    const own = sum(charges.filter((charge) => charge.mission === mission));
    check(mission, own, limit?.usd ?? null, limit?.tokens ?? null);
  }
  for (const [name, { terms, periodMs = Number.POSITIVE_INFINITY, raises }] of factory.scopes) {
    const periodOf = (at: number) => Math.floor(at / periodMs);
    const inside = charges.filter(({ mission }) => name in (factory.missions.get(mission)?.data.budget?.scopes ?? {}));
    for (const period of new Set(inside.map(({ at }) => periodOf(at)))) {
      const added = sum(raises.filter(({ at }) => periodOf(at) === period).map(({ by }) => ({ paid: by })));
      const { usd, tokens } = terms;
      const paid = sum(inside.filter(({ at }) => periodOf(at) === period));
      check(`${name} in ${period}`, paid, usd && usd + added.usd, tokens && tokens + added.tokens);
    }
  }
  return over;
}

describe('agents that run away', () => {
  it(`spend no more than every budget above them allows, in ${SEEDS} of ${SEEDS} runs`, async () => {
    const over: string[] = [];
    let calls = 0;
    let parked = 0;
    let unfinished = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const run = await runOnce(seed);
      over.push(...run.over.map((what) => `seed ${seed}, ${what}`));
      calls += run.calls;
      parked += run.parked ? 1 : 0;
      unfinished += run.events >= 20_000 ? 1 : 0;
    }
    expect(over).toEqual([]);
    // It is about something: they spend, and come to the end of what they may.
    expect(calls).toBeGreaterThan(SEEDS * 10);
    expect(parked).toBeGreaterThan(SEEDS / 4);
    expect(unfinished).toBe(0);
  });

  it('do the same again with the same seed', async () => {
    expect(await runOnce(42)).toEqual(await runOnce(42));
  });
});
