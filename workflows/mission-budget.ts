import { covers, least, minus, most, NO_ALLOWANCE, plus } from '../schemas/allowance.js';
import { addCost, NO_COST, roundUsd, tokensOf } from '../schemas/cost.js';
import type { Cost } from '../schemas/money.js';
import type { Allowance, TrancheAnswer, TrancheHolder, TrancheWanted } from '../schemas/tranche.js';
import type { Grant } from './purse.js';

/** Of the limit: what is granted at least, so that a task asks a few times and not before each call. */
const PORTION = 0.04;
/** Of the limit: what is asked of a scope at once, for several portions. */
const TRANCHE = 0.2;

interface Holder {
  granted: Allowance;
  /** When it has ended: what it really cost, which is all that still counts. */
  spent?: Cost;
  /** As last heard from it, while it goes on. */
  soFar?: Cost;
}

/** What the budget of a scope has given to this mission so far. */
export interface Tranche {
  granted: Allowance;
  /** Requests so far, and the last one that was granted. */
  asked: number;
  answered: number;
  /** Of the scope's limit, as last heard: what is given out or spent. */
  share: number;
  /** It has nothing more for now. */
  refused?: { readonly until: string | null };
  /** It was waited for long enough: that stands until it gives something. */
  declined?: boolean;
}

export interface MissionBudgetState {
  limit: Allowance;
  readonly holders: Record<string, Holder>;
  /** A person was asked to raise it, and said no or nothing: that stands. */
  declined: boolean;
  /** By scope, the narrowest first; where budgets of scopes are configured. */
  readonly scopes?: Readonly<Record<string, Tranche>>;
}

/** The one budget that a mission shares with its tasks and reviews. */
export class MissionBudget {
  readonly state: MissionBudgetState;

  constructor(state: MissionBudgetState) {
    this.state = state;
  }

  static of({ usd, tokens }: Allowance, scopes: readonly string[] = []): MissionBudgetState {
    const tranche = (): Tranche => ({ granted: NO_ALLOWANCE, asked: 0, answered: 0, share: 0 });
    return {
      ...{ limit: { usd, tokens }, holders: {}, declined: false },
      ...(scopes.length > 0 && { scopes: Object.fromEntries(scopes.map((scope) => [scope, tranche()])) }),
    };
  }

  /** What has ended is one sum: the more tasks, the more holders would have to be carried. */
  static packed(state: MissionBudgetState): MissionBudgetState {
    const holders: Record<string, Holder> = {};
    for (const [name, { granted, spent, ...rest }] of Object.entries(state.holders)) {
      if (!spent) holders[name] = { granted, ...rest };
      else {
        // Of an unknown price the grant is the most that can be said: it stays apart from what is known.
        const key = spent.usd === null ? 'ended, at an unknown price' : 'ended';
        const sum = holders[key] ?? { granted: NO_ALLOWANCE, spent: NO_COST };
        holders[key] = { granted: plus(sum.granted, granted), spent: addCost(sum.spent ?? NO_COST, spent) };
      }
    }
    return { ...state, holders };
  }

  /** Whether the mission's own limit allows it. */
  fits(wanted: Allowance): boolean {
    return covers(minus(this.state.limit, this.out()), wanted);
  }

  /** It has given back what was left, and gets nothing more. */
  hasEnded(holder: string): boolean {
    return this.state.holders[holder]?.spent !== undefined;
  }

  /** Whether the scope has to give more before that can be granted. */
  isShort({ granted }: Tranche, wanted: Allowance): boolean {
    return !covers(minus(granted, this.out()), wanted);
  }

  /** The next request to a scope, for what is missing and what would be missing next. */
  request(tranche: Tranche, wanted: Allowance, holder: TrancheHolder): TrancheWanted {
    const { limit } = this.state;
    const missing = most(NO_ALLOWANCE, minus(plus(this.out(), wanted), tranche.granted));
    const upTo = { usd: roundUsd(limit.usd * TRANCHE), tokens: Math.ceil(limit.tokens * TRANCHE) };
    tranche.asked++;
    return {
      ...{ holder, n: tranche.asked, least: missing, upTo: most(missing, upTo) },
      ...{ held: tranche.granted, spent: this.#certain() },
    };
  }

  /** Running totals: told twice or late, it changes nothing. */
  answered({ scope, n, granted, share, refused }: TrancheAnswer): void {
    const tranche = this.state.scopes?.[scope];
    if (!tranche) return;
    tranche.granted = most(tranche.granted, granted);
    tranche.share = share;
    if (n < tranche.asked) return;
    if (refused) {
      if (n > tranche.answered) tranche.refused = refused;
      return;
    }
    tranche.answered = n;
    delete tranche.refused;
    delete tranche.declined;
  }

  grant(holder: string, wanted: Allowance): Grant {
    const { limit, holders } = this.state;
    // It has ended meanwhile, and would never give back what it gets now.
    if (holders[holder]?.spent) return { allowance: null, share: this.share() };
    const left = this.#left();
    if (wanted.usd > left.usd || wanted.tokens > left.tokens) return { allowance: null, share: this.share() };
    const portion = (want: number, all: number, rest: number) => Math.min(rest, Math.max(want, all * PORTION));
    const allowance = {
      usd: roundUsd(portion(wanted.usd, limit.usd, left.usd)),
      tokens: Math.floor(portion(wanted.tokens, limit.tokens, left.tokens)),
    };
    const before = holders[holder]?.granted ?? { usd: 0, tokens: 0 };
    const soFar = holders[holder]?.soFar;
    holders[holder] = {
      ...(soFar && { soFar }),
      granted: { usd: roundUsd(before.usd + allowance.usd), tokens: before.tokens + allowance.tokens },
    };
    return { allowance, share: this.share() };
  }

  returned(holder: string, spent: Cost): void {
    const known = this.state.holders[holder];
    if (known) known.spent = spent;
  }

  /** What a holder that goes on has spent so far. */
  told(holder: string, soFar: Cost): void {
    const known = this.state.holders[holder];
    if (known) known.soFar = soFar;
  }

  /** What has ended, and of what goes on as much as was heard of it. */
  known(): Cost {
    const holders = Object.values(this.state.holders);
    return holders.map(({ spent, soFar }) => spent ?? soFar ?? NO_COST).reduce(addCost, NO_COST);
  }

  raise(by: Allowance): void {
    const { limit } = this.state;
    this.state.limit = { usd: roundUsd(limit.usd + by.usd), tokens: limit.tokens + by.tokens };
    this.state.declined = false;
  }

  /** Of the limit: what is given out or spent. */
  share(): number {
    const { limit } = this.state;
    const out = this.out();
    return Math.max(out.usd / limit.usd, out.tokens / limit.tokens);
  }

  /** What work that has ended cost; null dollars when a part of it has no known price. */
  spent(): Cost {
    return Object.values(this.state.holders).reduce((sum, { spent }) => (spent ? addCost(sum, spent) : sum), NO_COST);
  }

  /** The same with what the mission itself asks of models now, which is nowhere else to be seen. */
  shown(): Cost {
    const ongoing = Object.entries(this.state.holders).flatMap(([holder, { spent, soFar }]) =>
      !spent && soFar && isOwn(holder) ? [soFar] : [],
    );
    return ongoing.reduce(addCost, this.spent());
  }

  #left(): Allowance {
    const { limit, scopes = {} } = this.state;
    return minus(
      Object.values(scopes).reduce((all, { granted }) => least(all, granted), limit),
      this.out(),
    );
  }

  /** At least this was spent. */
  #certain(): Allowance {
    const costs = Object.values(this.state.holders).map(({ spent, soFar }) => spent ?? soFar ?? NO_COST);
    return costs.reduce((sum, { usd, usage }) => plus(sum, { usd: usd ?? 0, tokens: tokensOf(usage) }), NO_ALLOWANCE);
  }

  /** What is spent or may yet be. */
  out(): Allowance {
    const out = { usd: 0, tokens: 0 };
    for (const { granted, spent } of Object.values(this.state.holders)) {
      // Of an unknown price the grant is the most that can be said.
      out.usd += spent ? (spent.usd ?? granted.usd) : granted.usd;
      out.tokens += spent ? tokensOf(spent.usage) : granted.tokens;
    }
    return { usd: roundUsd(out.usd), tokens: out.tokens };
  }
}

/** What is no workflow of its own has no workflow's id. */
function isOwn(holder: string): boolean {
  return !holder.includes('/');
}
