import { addCost, NO_COST, roundUsd, tokensOf } from '../schemas/cost.js';
import type { Cost } from '../schemas/money.js';
import type { Allowance } from '../schemas/tranche.js';

/** What whoever holds the budget answers to a wish for more; null when there is none left, and nobody gave any. */
export interface Grant {
  readonly allowance: Allowance | null;
  /** Share of the mission's budget that is given out or spent, after this grant. */
  readonly share: number;
  /** Whose budget is used up, where it is not the mission's own. */
  readonly because?: string;
}

export interface PurseState {
  /** Somebody knows of it, and has to hear of its end. */
  asked: boolean;
  granted: Allowance;
  spent: Cost;
  /** The part of it that has a known price: an unknown price can't lift the cap on the rest. */
  knownUsd: number;
  /** Of the mission's budget, as last heard. */
  share: number;
  /** Why there was no more, where the mission said so. */
  because?: string;
}

/** The money of one piece of work: nothing is spent that was not reserved, and what is missing is asked for. */
export class Purse {
  readonly state: PurseState;
  readonly #more: (wanted: Allowance, spent: Cost) => Promise<Grant>;
  #reserved: Allowance = { usd: 0, tokens: 0 };
  /** One wish at a time: what comes meanwhile may find enough. */
  #asking: Promise<unknown> = Promise.resolve();

  constructor(more: (wanted: Allowance, spent: Cost) => Promise<Grant>, state?: PurseState) {
    this.#more = more;
    this.state = state ?? { asked: false, granted: { usd: 0, tokens: 0 }, spent: NO_COST, knownUsd: 0, share: 0 };
  }

  /** False: the budget is used up, and nothing was reserved. */
  async reserve(worst: Cost): Promise<boolean> {
    const wanted = { usd: worst.usd ?? 0, tokens: tokensOf(worst.usage) };
    const turn = this.#asking.then(() => this.#cover(wanted));
    this.#asking = turn.catch(() => undefined);
    return turn;
  }

  /** In place of what was reserved for it. */
  commit(worst: Cost, actual: Cost): void {
    this.release(worst);
    this.state.spent = addCost(this.state.spent, actual);
    this.state.knownUsd = roundUsd(this.state.knownUsd + (actual.usd ?? 0));
  }

  release(worst: Cost): void {
    this.#reserved = {
      usd: roundUsd(this.#reserved.usd - (worst.usd ?? 0)),
      tokens: this.#reserved.tokens - tokensOf(worst.usage),
    };
  }

  left(): Allowance {
    const { granted, spent, knownUsd } = this.state;
    return {
      // An unknown price can't be taken from the money: tokens are the cap then.
      usd: roundUsd(granted.usd - knownUsd - this.#reserved.usd),
      tokens: granted.tokens - tokensOf(spent.usage) - this.#reserved.tokens,
    };
  }

  async #cover(wanted: Allowance): Promise<boolean> {
    for (let left = this.left(); left.usd < wanted.usd || left.tokens < wanted.tokens; left = this.left()) {
      this.state.asked = true;
      const { allowance, share, because } = await this.#more(
        {
          usd: roundUsd(Math.max(0, wanted.usd - left.usd)),
          tokens: Math.max(0, wanted.tokens - left.tokens),
        },
        this.state.spent,
      );
      this.state.share = share;
      if (because !== undefined) this.state.because = because;
      if (!allowance) return false;
      const { granted } = this.state;
      this.state.granted = {
        usd: roundUsd(granted.usd + allowance.usd),
        tokens: granted.tokens + allowance.tokens,
      };
    }
    this.#reserved = {
      usd: roundUsd(this.#reserved.usd + wanted.usd),
      tokens: this.#reserved.tokens + wanted.tokens,
    };
    return true;
  }
}
