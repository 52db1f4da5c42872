// What a mission and the budgets of its scopes say to each other. Pure types and names: safe in the workflow sandbox.
// Amounts are running totals, so a message that comes twice, late or out of order changes nothing.

/** An amount that may be spent. Both count: tokens also where no price is known. */
export interface Allowance {
  readonly usd: number;
  readonly tokens: number;
}

/** A mission, from its first run to its last. */
export interface TrancheHolder {
  readonly workflow: string;
  /** Id of its first run: another mission of the same item is another holder. */
  readonly first: string;
  /** Id of its present run. */
  readonly run: string;
}

export interface TrancheWanted {
  readonly holder: TrancheHolder;
  /** Number of the request, from 1: told twice, it is granted once. */
  readonly n: number;
  /** What is missing now. */
  readonly least: Allowance;
  /** What would spare it the next requests. */
  readonly upTo: Allowance;
  /** All that it was granted so far, as it knows. */
  readonly held: Allowance;
  /** At least this was spent of it. */
  readonly spent: Allowance;
}

export interface TrancheReturned {
  readonly holder: TrancheHolder;
  /** At most this was spent, and nothing more will be. */
  readonly spent: Allowance;
}

export interface TrancheAnswer {
  readonly scope: string;
  /** `first` of the holder. */
  readonly to: string;
  readonly n: number;
  /** All that it was granted so far. */
  readonly granted: Allowance;
  /** Of the scope's limit: what is given out or spent. */
  readonly share: number;
  /** It gets no more for now, and waits: until this time (ISO 8601), null when only a person can help. */
  readonly refused?: { readonly until: string | null };
}

/** What became of a holder that was not heard of for long. */
export type HolderFate =
  | { readonly state: 'running' }
  /** It has ended; at most this was spent. */
  | { readonly state: 'ended'; readonly spent: Allowance }
  /** Nobody can tell any more what it spent. */
  | { readonly state: 'unknown' };

export const TRANCHE_WANTED = 'trancheWanted';
export const TRANCHE_RETURNED = 'trancheReturned';
/** Of a mission: at most so much was spent or may yet be. */
export const MISSION_FUNDS = 'missionFunds';
