import { minus, most, NO_ALLOWANCE, plus } from '../schemas/allowance.js';
import { roundUsd } from '../schemas/cost.js';
import { periodEnd } from '../schemas/period.js';
import type { ScopeTerms } from '../schemas/scope.js';
import type {
  Allowance,
  HolderFate,
  TrancheAnswer,
  TrancheHolder,
  TrancheReturned,
  TrancheWanted,
} from '../schemas/tranche.js';
import type { ScopeBudgetState, ScopeHolder } from './scope-data.js';

/** Of what is left: given at most unless more is needed, so that missions side by side all get something. */
const SHARE_OF_REST = 0.25;
/** From the last word of a holder until somebody looks whether it is still there. */
const LEASE_MS = 3_600_000;
/** Holders that have ended and are remembered, so that a late word of them is not taken for a new one. */
const REMEMBERED = 500;

export interface Pace {
  /** Length of a period in place of the calendar's. */
  readonly periodMs?: number;
  /** In place of an hour. */
  readonly leaseMs?: number;
}

/**
 * The budget of a repo, a team or the whole installation. What is granted counts as spent until it is known what was:
 * nothing that a holder may still spend is given to anybody else, whatever becomes of it.
 */
export class ScopeBudget {
  readonly state: ScopeBudgetState;
  readonly #scope: string;
  readonly #leaseMs: number;
  readonly #endOf: (now: number) => number | null;

  constructor(scope: string, state: ScopeBudgetState, pace: Pace = {}) {
    this.#scope = scope;
    this.state = state;
    this.#leaseMs = pace.leaseMs ?? LEASE_MS;
    this.#endOf = (now) => {
      const { periodMs } = pace;
      if (periodMs !== undefined) return (Math.floor(now / periodMs) + 1) * periodMs;
      const { per } = this.state.terms;
      return per && periodEnd(per, now);
    };
  }

  static of(scope: string, terms: ScopeTerms, now: number, pace: Pace = {}): ScopeBudget {
    const state: ScopeBudgetState = {
      ...{ terms, added: NO_ALLOWANCE, endsAt: null, ended: NO_ALLOWANCE },
      ...{ holders: {}, queue: [], remembered: [], outbox: [] },
    };
    const budget = new ScopeBudget(scope, state, pace);
    state.endsAt = budget.#endOf(now);
    return budget;
  }

  /** As the configuration has it now. */
  declare(terms: ScopeTerms, now: number): void {
    const { per } = this.state.terms;
    this.state.terms = terms;
    if (terms.per !== per) this.state.endsAt = this.#endOf(now);
    this.#settle();
  }

  wanted({ holder, n, least, upTo, held, spent }: TrancheWanted, now: number): void {
    const { holders, queue, remembered } = this.state;
    if (remembered.includes(holder.first)) return;
    const known = this.#heard(holder, spent, now);
    // What it holds and we don't know of was granted by a budget that is gone.
    known.granted = most(known.granted, held);
    if (n <= known.n) {
      this.#tell(holder.first, known);
      return;
    }
    known.waiting = { n, least, upTo };
    if (!queue.includes(holder.first)) queue.push(holder.first);
    holders[holder.first] = known;
    this.#settle();
    if (known.waiting) this.#tell(holder.first, known);
  }

  returned({ holder, spent }: TrancheReturned): void {
    this.#close(holder.first, spent);
  }

  raise(by: Allowance): void {
    this.state.added = plus(this.state.added, by);
    this.#settle();
  }

  /** Whether a new period has begun. What is out may be spent in it, so it counts there too. */
  roll(now: number): boolean {
    const { state } = this;
    if (state.endsAt === null || now < state.endsAt) return false;
    for (const holder of Object.values(state.holders)) holder.before = holder.spent;
    state.ended = NO_ALLOWANCE;
    state.added = NO_ALLOWANCE;
    state.endsAt = this.#endOf(now);
    this.#settle();
    return true;
  }

  /** Holders that nothing was heard of for too long. */
  overdue(now: number): TrancheHolder[] {
    return Object.entries(this.state.holders).flatMap(([first, { workflow, run, leaseUntil }]) =>
      leaseUntil <= now ? [{ workflow, first, run }] : [],
    );
  }

  /** Takes back what is certainly unspent, and nothing else. */
  judge(first: string, fate: HolderFate, now: number): void {
    const holder = this.state.holders[first];
    if (!holder) return;
    if (fate.state === 'running') holder.leaseUntil = now + this.#leaseMs;
    else this.#close(first, fate.state === 'ended' ? fate.spent : holder.granted);
  }

  /** It can't be told anything: somebody has to look whether it is still there. */
  unreachable(first: string, now: number): void {
    const holder = this.state.holders[first];
    if (holder) holder.leaseUntil = now;
  }

  /** When there is something to do without being told; null: nothing. */
  nextAt(): number | null {
    const { endsAt, holders } = this.state;
    const times = Object.values(holders).map(({ leaseUntil }) => leaseUntil);
    if (endsAt !== null) times.push(endsAt);
    return times.length > 0 ? Math.min(...times) : null;
  }

  /** Of the limit: what is given out or spent. */
  share(): number {
    const { terms, added } = this.state;
    const out = this.out();
    const of = (limit: number | null, more: number, used: number) => (limit === null ? 0 : used / (limit + more));
    return Math.max(of(terms.usd, added.usd, out.usd), of(terms.tokens, added.tokens, out.tokens));
  }

  /** In this period: what was spent, and what may be. */
  out(): Allowance {
    return Object.values(this.state.holders).reduce(
      (sum, { granted, before }) => plus(sum, minus(granted, before)),
      this.state.ended,
    );
  }

  /** In this period, as far as it is known. */
  spent(): Allowance {
    return Object.values(this.state.holders).reduce(
      (sum, { spent, before }) => plus(sum, minus(spent, before)),
      this.state.ended,
    );
  }

  #heard({ first, workflow, run }: TrancheHolder, spent: Allowance, now: number): ScopeHolder {
    const known = this.state.holders[first] ?? {
      ...{ workflow, run, granted: NO_ALLOWANCE, spent: NO_ALLOWANCE, before: NO_ALLOWANCE, n: 0, leaseUntil: 0 },
    };
    known.run = run;
    known.spent = most(known.spent, spent);
    known.leaseUntil = now + this.#leaseMs;
    return known;
  }

  #close(first: string, spent: Allowance): void {
    const { state } = this;
    const holder = state.holders[first];
    state.queue = state.queue.filter((other) => other !== first);
    if (!state.remembered.includes(first)) state.remembered = [...state.remembered, first].slice(-REMEMBERED);
    if (!holder) return;
    state.ended = plus(state.ended, most(NO_ALLOWANCE, minus(spent, holder.before)));
    delete state.holders[first];
    this.#settle();
  }

  /** Gives to whoever waits, in their order; one that wants too much does not keep the others from theirs. */
  #settle(): void {
    const { state } = this;
    for (const first of [...state.queue]) {
      const holder = state.holders[first];
      if (!holder?.waiting) continue;
      const allowance = this.#allowance(holder.waiting);
      if (!allowance) continue;
      holder.granted = plus(holder.granted, allowance);
      holder.n = holder.waiting.n;
      delete holder.waiting;
      state.queue = state.queue.filter((other) => other !== first);
      this.#tell(first, holder);
    }
  }

  #allowance({ least, upTo }: Pick<TrancheWanted, 'least' | 'upTo'>): Allowance | undefined {
    const left = this.#left();
    if (least.usd > left.usd || least.tokens > left.tokens) return undefined;
    const part = (want: number, wish: number, rest: number) =>
      Math.min(rest, Math.max(want, Math.min(wish, rest * SHARE_OF_REST)));
    return {
      usd: Math.min(left.usd, roundUsd(part(least.usd, upTo.usd, left.usd))),
      tokens: Math.floor(part(least.tokens, upTo.tokens, left.tokens)),
    };
  }

  #left(): Allowance {
    const { terms, added } = this.state;
    const out = this.out();
    const of = (limit: number | null, more: number, used: number) =>
      limit === null ? Number.POSITIVE_INFINITY : limit + more - used;
    return {
      usd: terms.usd === null ? Number.POSITIVE_INFINITY : roundUsd(of(terms.usd, added.usd, out.usd)),
      tokens: of(terms.tokens, added.tokens, out.tokens),
    };
  }

  /** Only the newest word counts. */
  #tell(first: string, { workflow, granted, n, waiting }: ScopeHolder): void {
    const answer: TrancheAnswer = {
      ...{ scope: this.#scope, to: first, n: waiting?.n ?? n, granted, share: this.share() },
      ...(waiting && { refused: { until: this.#until(waiting.least) } }),
    };
    this.state.outbox = [...this.state.outbox.filter((other) => other.answer.to !== first), { workflow, answer }];
  }

  /** A new period helps only with what it can hold. */
  #until(least: Allowance): string | null {
    const { terms, endsAt } = this.state;
    const holds = least.usd <= (terms.usd ?? least.usd) && least.tokens <= (terms.tokens ?? least.tokens);
    return endsAt !== null && holds ? new Date(endsAt).toISOString() : null;
  }
}
