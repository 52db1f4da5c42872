import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import type { CallResult, QuotaWait } from '../schemas/agent.js';
import { addCost, roundUsd } from '../schemas/cost.js';
import { PERMANENT_FAILURES, TRANSIENT_FAILURES } from '../schemas/failures.js';
import type { Cost } from '../schemas/money.js';
import type { AgentState } from './agent-state.js';
import type { Purse } from './purse.js';

/** Tries that were lost on the way, in a row. Each counts in full, so the budget mostly ends it before. */
const MOST_LOST = 50;
/** Failures of calls that nobody answered, so that nobody is paid. */
const UNPAID: ReadonlySet<string | null | undefined> = new Set([
  PERMANENT_FAILURES.BadInput,
  PERMANENT_FAILURES.ModelRefused,
  PERMANENT_FAILURES.Halted,
  PERMANENT_FAILURES.QuotaExhausted,
  TRANSIENT_FAILURES.RateLimited,
  TRANSIENT_FAILURES.ModelUnavailable,
]);

/**
 * What one turn costs, over all tries at it. A try that was lost on the way may have been paid for, so it counts as the
 * dearest that it could become, and the next one needs a reservation of its own.
 */
export class Payment {
  readonly #purse: Purse;
  readonly #agent: AgentState;
  /** Reservations of tries that were lost. */
  #lost: Cost[] = [];

  constructor(purse: Purse, agent: AgentState) {
    this.#purse = purse;
    this.#agent = agent;
  }

  /** US dollars that may be spent by tries that were lost. */
  atRisk(): number {
    return this.#lost.reduce((sum, { usd }) => roundUsd(sum + (usd ?? 0)), 0);
  }

  answered(reserved: Cost, { usd, usage, earlier }: CallResult): void {
    // The answer of a try that seemed to be lost was kept after all: it is the one that is paid now.
    const kept = earlier && this.#lost.pop();
    if (kept) this.#purse.release(kept);
    this.giveUp();
    this.#commit(reserved, { usd, usage });
  }

  /** True: try again, with a reservation of its own. */
  failed(reserved: Cost, error: unknown): boolean {
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    if (cause instanceof ApplicationFailure && UNPAID.has(cause.type)) {
      this.#purse.release(reserved);
      this.giveUp();
      return false;
    }
    const silent = cause instanceof TimeoutFailure && cause.timeoutType !== 'SCHEDULE_TO_CLOSE';
    const broken = cause instanceof ApplicationFailure && cause.type === PERMANENT_FAILURES.AnswerLost;
    this.#lost.push(reserved);
    if ((silent || broken) && this.#lost.length < MOST_LOST) return true;
    this.giveUp();
    return false;
  }

  /** No further try will tell. */
  giveUp(): void {
    for (const reserved of this.#lost) this.#commit(reserved, reserved);
    this.#lost = [];
  }

  #commit(reserved: Cost, actual: Cost): void {
    this.#purse.commit(reserved, actual);
    this.#agent.cost = addCost(this.#agent.cost, actual);
    this.#agent.knownUsd = roundUsd(this.#agent.knownUsd + (actual.usd ?? 0));
  }
}

/** Whose answer broke off: the next try is another model's, where there is one. */
export function brokenModel(error: unknown): string | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || cause.type !== PERMANENT_FAILURES.AnswerLost) return undefined;
  const [broken] = (cause.details ?? []) as [{ readonly model: string }?];
  return broken?.model;
}

/** Undefined: it failed for another reason. */
export function quotaOf(error: unknown): (QuotaWait & { readonly because: string }) | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || cause.type !== PERMANENT_FAILURES.QuotaExhausted) return undefined;
  const [wait] = (cause.details ?? []) as [QuotaWait?];
  return wait && { ...wait, because: cause.message };
}
