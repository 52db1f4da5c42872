import type { ScopeTerms } from '../schemas/scope.js';
import type { Allowance, TrancheAnswer, TrancheWanted } from '../schemas/tranche.js';

// What the budget of a scope knows: plain data that continue-as-new carries.

export interface ScopeHolder {
  readonly workflow: string;
  run: string;
  granted: Allowance;
  /** At least, as last heard. */
  spent: Allowance;
  /** Of it: in earlier periods. */
  before: Allowance;
  /** The last request that was granted. */
  n: number;
  leaseUntil: number;
  waiting?: Pick<TrancheWanted, 'n' | 'least' | 'upTo'>;
}

export interface ScopeBudgetState {
  terms: ScopeTerms;
  /** By people, for this period. */
  added: Allowance;
  /** Milliseconds; null: it holds for good. */
  endsAt: number | null;
  /** At most, in this period, by those that have ended. */
  ended: Allowance;
  /** By the id of their first run, in the order in which they came. */
  readonly holders: Record<string, ScopeHolder>;
  /** Who waits, the first to come first. */
  queue: string[];
  remembered: string[];
  /** What is to be told to whom. */
  outbox: { readonly workflow: string; readonly answer: TrancheAnswer }[];
}
