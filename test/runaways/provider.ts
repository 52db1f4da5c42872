import { ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import type { CallModel, CallResult } from '../../schemas/agent.js';
import { NO_USAGE, tokensOf, usdOf } from '../../schemas/cost.js';
import type { Price, Usage } from '../../schemas/money.js';
import type { Allowance } from '../../schemas/tranche.js';
import type { AgentState } from '../../workflows/agent-state.js';
import { activityFailure, type World } from './world.js';

// A provider that takes money for everything that it can, and answers, breaks off, falls silent, or has no quota left.

export interface Charge {
  readonly mission: string;
  readonly agent: string;
  readonly at: number;
  readonly paid: Allowance;
}

export interface Caller {
  readonly mission: string;
  readonly price: Price | null;
  /** Whose call it is now. */
  readonly agent: () => AgentState;
}

export class Provider {
  readonly charges: Charge[] = [];
  readonly #world: World;
  readonly #callers = new Map<string, Caller>();
  /** Answers that were paid for, kept by the key of their call. */
  readonly #kept = new Map<string, Usage>();
  #calls = 0;

  constructor(world: World) {
    this.#world = world;
  }

  serve(session: string, caller: Caller): void {
    this.#callers.set(session, caller);
  }

  /** The step of a workflow that calls a model, or compacts a conversation. */
  call(input: CallModel, shortens: boolean): Promise<CallResult> {
    const world = this.#world;
    const caller = this.#callers.get(input.session);
    if (!caller) throw new Error('nobody serves this session');
    const key = `${input.session}/${input.n}/${input.conversation}/${shortens}`;
    return world.step((done, failed) => {
      world.later(world.between(1, 60), () => {
        const kept = this.#kept.get(key);
        if (kept) return done({ ...this.#answer(caller, kept, shortens), earlier: true });
        const luck = world.random();
        if (luck < 0.06) return failed(this.#quota());
        if (luck < 0.09) return failed(activityFailure(ApplicationFailure.nonRetryable('no', 'ModelRefused')));
        const usage = this.#charge(input, caller);
        if (luck < 0.16) {
          // Silent: it was paid, and the answer may have been kept before the worker was lost.
          if (world.chance(0.5)) this.#kept.set(key, usage);
          return failed(activityFailure(new TimeoutFailure('silent', undefined, 'HEARTBEAT')));
        }
        if (luck < 0.22) {
          const lost = ApplicationFailure.nonRetryable('cut', 'AnswerLost', { model: input.prefer ?? 'a' });
          return failed(activityFailure(lost));
        }
        if (luck < 0.24) return failed(activityFailure(ApplicationFailure.nonRetryable('disk full after it was paid')));
        done(this.#answer(caller, usage, shortens));
      });
    });
  }

  #quota(): Error {
    const until = new Date(this.#world.now + this.#world.between(1_000, 30_000)).toISOString();
    const wait = { until, longestMs: 60_000 };
    return activityFailure(ApplicationFailure.nonRetryable('no quota', 'QuotaExhausted', wait));
  }

  /** As much as the call may use, often all of it. */
  #charge({ maxOutputTokens, session }: CallModel, { agent, price, mission }: Caller): Usage {
    const world = this.#world;
    const { context } = agent();
    const cached = world.chance(0.3) ? world.between(0, context) : 0;
    const output = world.chance(0.5) ? maxOutputTokens : world.between(1, maxOutputTokens);
    const usage = { ...NO_USAGE, cacheRead: cached, cacheWrite: context - cached, output };
    const paid = { usd: usdOf(usage, price) ?? 0, tokens: tokensOf(usage) };
    this.charges.push({ mission, agent: session, at: world.now, paid });
    return usage;
  }

  #answer({ price }: Caller, usage: Usage, shortens: boolean): CallResult {
    const world = this.#world;
    const context = shortens ? world.between(500, 2_000) : tokensOf(usage);
    return {
      ...{ conversation: `c${++this.#calls}`, model: 'a', usage, usd: usdOf(usage, price), context },
      ...(shortens ? { calls: 0, stop: 'end' } : { calls: world.chance(0.9) ? 1 : 0, stop: this.#stop() }),
    };
  }

  #stop(): CallResult['stop'] {
    return this.#world.chance(0.1) ? 'length' : 'tools';
  }
}
