import type { ToolsResult } from '../../schemas/agent.js';
import type { ScopeTerms } from '../../schemas/scope.js';
import type { Allowance, HolderFate, TrancheReturned, TrancheWanted } from '../../schemas/tranche.js';
import type { AgentState } from '../../workflows/agent-state.js';
import type { MissionContext } from '../../workflows/mission-context.js';
import type { MissionState } from '../../workflows/mission-state.js';
import type { ScopeBudget } from '../../workflows/scope-budget.js';
import { Provider } from './provider.js';
import type { Cell, World } from './world.js';

// Missions, their runaway agents and the budgets that they share, all of our own code, in the small world.

/** The parts of our code that run in it: loaded by the test, after the world has taken Temporal's place. */
export interface Parts {
  readonly Agent: typeof import('../../workflows/agent.js').Agent;
  readonly startState: typeof import('../../workflows/agent-state.js').startState;
  readonly MissionBudget: typeof import('../../workflows/mission-budget.js').MissionBudget;
  readonly MissionState: typeof MissionState;
  readonly ScopeBudget: typeof ScopeBudget;
  readonly funds: typeof import('../../workflows/funds.js');
  readonly money: typeof import('../../workflows/mission-money.js');
  readonly scopes: typeof import('../../workflows/mission-scopes.js');
  readonly setHandler: (def: { readonly name: string }, handler: (...args: never[]) => unknown) => void;
}

interface Scope {
  budget: ScopeBudget;
  readonly terms: ScopeTerms;
  readonly periodMs: number | undefined;
  /** What people added, by the time. */
  readonly raises: { readonly at: number; readonly by: Allowance }[];
}

const AGENTS_AT_ONCE = 4;
const copy = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

export class Factory {
  readonly provider: Provider;
  readonly scopes = new Map<string, Scope>();
  readonly missions = new Map<string, MissionState>();
  readonly caps = new Map<string, number>();
  #live = 0;
  readonly #world: World;
  readonly #parts: Parts;

  constructor(world: World, parts: Parts) {
    this.#world = world;
    this.#parts = parts;
    this.provider = new Provider(world);
  }

  isOver(): boolean {
    return this.#live === 0;
  }

  openScope(name: string, terms: ScopeTerms, periodMs?: number): void {
    const pace = { leaseMs: 5_000, ...(periodMs !== undefined && { periodMs }) };
    const budget = this.#parts.ScopeBudget.of(name, terms, this.#world.now, pace);
    this.scopes.set(name, { budget, terms, periodMs, raises: [] });
    this.#tick(name);
  }

  /** Told as an activity tells it: now and then twice, and now and then the teller is told that it failed. */
  tell(name: string, tell: (budget: ScopeBudget) => void): Promise<void> {
    const world = this.#world;
    const times = world.chance(0.15) ? 2 : 1;
    for (let n = 0; n < times; n++) world.later(world.between(1, 80), () => this.#hear(name, tell));
    return world.step((done) => world.later(world.between(1, 40), () => done(undefined)));
  }

  wanted(name: string, wanted: TrancheWanted): Promise<void> {
    return this.tell(name, (budget) => budget.wanted(copy(wanted), this.#world.now));
  }

  returned(name: string, returned: TrancheReturned): Promise<void> {
    return this.tell(name, (budget) => budget.returned(copy(returned)));
  }

  raise(name: string, by: Allowance): void {
    const scope = this.scopes.get(name);
    this.#hear(name, (budget) => budget.raise(by));
    scope?.raises.push({ at: this.#world.now, by });
  }

  #hear(name: string, tell: (budget: ScopeBudget) => void): void {
    const scope = this.scopes.get(name);
    if (!scope) throw new Error(`no scope ${name}`);
    const { now } = this.#world;
    scope.budget.roll(now);
    tell(scope.budget);
    // Continue-as-new, between any two words.
    if (this.#world.chance(0.15)) {
      const pace = { leaseMs: 5_000, ...(scope.periodMs !== undefined && { periodMs: scope.periodMs }) };
      scope.budget = new this.#parts.ScopeBudget(name, copy(scope.budget.state), pace);
    }
    this.#answer(name, scope);
  }

  #answer(name: string, scope: Scope): void {
    const world = this.#world;
    for (let next = scope.budget.state.outbox.shift(); next; next = scope.budget.state.outbox.shift()) {
      const { workflow, answer } = copy(next);
      const times = world.chance(0.1) ? 2 : 1;
      for (let n = 0; n < times; n++) {
        world.signal(workflow, 'trancheGranted', [answer]).catch(() => {
          scope.budget.unreachable(answer.to, world.now);
          world.later(1, () => this.#look(name));
        });
      }
    }
  }

  /** The timers of a scope. */
  #tick(name: string): void {
    const scope = this.scopes.get(name);
    const world = this.#world;
    const at = scope?.budget.nextAt() ?? null;
    world.later(at === null ? 2_000 : Math.max(1, Math.min(at - world.now, 50_000)), () => {
      this.#hear(name, () => undefined);
      this.#look(name);
      this.#tick(name);
    });
  }

  #look(name: string): void {
    const scope = this.scopes.get(name);
    const world = this.#world;
    for (const { first, workflow } of scope?.budget.overdue(world.now) ?? []) {
      const fate = this.#fate(workflow);
      scope?.budget.judge(first, { state: 'running' }, world.now);
      world.later(world.between(1, 60), () => this.#hear(name, (budget) => budget.judge(first, fate, world.now)));
    }
  }

  #fate(workflow: string): HolderFate {
    const state = this.missions.get(workflow);
    if (this.#world.cells.get(workflow)?.alive) return { state: 'running' };
    const spent = state?.budget()?.out();
    return spent && this.#world.chance(0.8) ? { state: 'ended', spent } : { state: 'unknown' };
  }

  /** A mission that runs away: agents side by side that never stop by themselves, until nobody gives them any more. */
  startMission(item: string, limit: Allowance, scopes: readonly string[], agents: number): void {
    const { MissionState, MissionBudget } = this.#parts;
    const world = this.#world;
    const id = `mission/${item}`;
    const state = new MissionState({ key: item, title: item, repo: 'r', risk: 'low', source: {} } as never);
    state.data.budget = MissionBudget.of(limit, scopes);
    state.data.ground = { base: { blueprint: BLUEPRINT(limit) } } as never;
    this.missions.set(id, state);
    this.#live++;
    const cell = world.spawn(id, `first-${item}`, () =>
      this.#mission(item, state, agents).finally(() => {
        this.#live--;
      }),
    );
    if (world.chance(0.15)) {
      world.later(world.between(200, 8_000), () => {
        if (!cell.alive) return;
        cell.alive = false;
        this.#live--;
        // Its tasks are told, sooner or later; what they have in hand goes on until then.
        for (const below of world.cells.values()) {
          if (below.id.startsWith(`task/${item}/`)) world.later(world.between(1, 3_000), () => world.cancel(below));
        }
      });
    }
  }

  async #mission(item: string, state: MissionState, agents: number): Promise<void> {
    const { funds: _funds, money, scopes, setHandler } = this.#parts;
    const world = this.#world;
    const context = {
      ...{ state, input: { item: state.item, attempt: 1 }, asking: {}, open: new Set(), resumed: 0, settled: false },
      show: () => undefined,
    } as unknown as MissionContext;
    setHandler({ name: 'fundsWanted' }, async ({ holder, wanted, spent }) => {
      state.budget()?.told(holder, spent);
      const grant = await money.fund(context, holder, wanted);
      await world.signal(holder, 'fundsGranted', [copy(grant)]).catch(() => undefined);
    });
    setHandler({ name: 'fundsReturned' }, ({ holder, spent }) => state.budget()?.returned(holder, copy(spent)));
    scopes.listenToScopes(context);
    const running = new Set<Cell>();
    for (let n = 1; n <= agents; n++) {
      await world.condition(() => [...running].filter(({ alive }) => alive).length < AGENTS_AT_ONCE);
      const task = world.spawn(`task/${item}/${n}`, `first-${item}-${n}`, () => this.#task(item, n));
      running.add(task);
      if (world.chance(0.15)) world.later(world.between(1, 2_000), () => world.cancel(task));
    }
    await world.condition(() => [...running].every(({ alive }) => !alive));
    await scopes.returnTranches(state);
  }

  /** Some readers with one purse, or one writer; each goes on in a new run now and then. */
  async #task(item: string, n: number): Promise<void> {
    const { funds } = this.#parts;
    const world = this.#world;
    const side = world.chance(0.3) ? 3 : 1;
    let purse = funds.missionPurse(item);
    const parts = Array.from({ length: side }, (_, part) => this.#opened(item, `${item}/${n}/${part}`));
    try {
      for (let rests = 0; ; rests++) {
        const ends = await Promise.allSettled(parts.map((part) => this.#run(part, purse, rests < 3 && side === 1)));
        const rest = ends.some((end) => end.status === 'fulfilled' && end.value.tool === 'rest');
        if (!rest) return;
        purse = funds.missionPurse(item, copy(purse.state));
        for (const part of parts) part.state = copy(part.state);
      }
    } finally {
      await funds.returnFunds(item, purse).catch(() => undefined);
    }
  }

  #run(part: Opened, purse: Parameters<Parts['Agent']['resume']>[2]['purse'], mayRest: boolean) {
    const world = this.#world;
    const agent = this.#parts.Agent.resume({ role: 'coder', repo: 'r' }, part.state, {
      ...{ purse, label: part.session, rung: 0, steerAt: 0.8 },
      host: { run: () => this.#tools() } as never,
      unpaused: async () => undefined,
      untilQuota: (until) => world.condition(() => false, until - world.now).then(() => undefined),
      historyIsLong: () => mayRest && world.chance(0.1),
      onTurn: () => undefined,
      onNotes: () => undefined,
    });
    return agent.run();
  }

  /** What an agent does is cheap; what it reads makes the next call dearer. */
  #tools(): Promise<ToolsResult> {
    const world = this.#world;
    return world.step((done) => {
      const context = world.chance(0.1) ? world.between(1_000, 8_000) : world.between(0, 200);
      const digest = world.chance(0.05) ? 'same' : String(world.random());
      const result = {
        conversation: `t${world.random()}`,
        tree: 'tree',
        context,
        digest,
        refused: 0,
        did: 'something',
      };
      world.later(world.between(1, 30), () => done(result));
    });
  }

  #opened(item: string, session: string): Opened {
    const world = this.#world;
    const price = world.chance(0.1)
      ? null
      : { input: 3, output: world.between(1, 30), cacheRead: 0.3, cacheWrite: 3.75 };
    const rung = {
      tier: 'small',
      models: ['a', 'b'],
      because: '',
      price,
      contextTokens: 30_000,
      maxOutputTokens: 4_000,
    };
    const maxUsd = world.chance(0.3) ? world.between(1, 30) / 100 : null;
    const opened = {
      ...{ session, conversation: session, prompt: 'p', context: world.between(200, 5_000), maxUsd },
      ...{ route: { rungs: [rung], dropped: [] }, maxTurns: world.between(3, 25) },
    };
    const part: Opened = { session, state: this.#parts.startState(opened as never, 'tree') };
    if (maxUsd !== null) this.caps.set(session, maxUsd);
    this.provider.serve(session, { mission: `mission/${item}`, price, agent: () => part.state });
    return part;
  }
}

interface Opened {
  readonly session: string;
  state: AgentState;
}

const BLUEPRINT = (budget: Allowance) => ({
  budget: { ...budget, steerAt: 0.8 },
  policy: { approvalReminder: '1h', approvalDeadline: '60s' },
});
