import type { ScopeTerms } from '../schemas/scope.js';
import type { HolderFate, TrancheHolder, TrancheReturned, TrancheWanted } from '../schemas/tranche.js';
import type { ScopeBudgets } from './ports-records.js';

/** A scope that is configured no more limits nothing: missions that began under it go on. */
const NO_LIMIT: ScopeTerms = { usd: null, tokens: null, per: null };

export interface ScopePorts {
  readonly scopes: ScopeBudgets;
  /** By scope, as configured. */
  readonly terms: ReadonlyMap<string, ScopeTerms>;
}

/** Between missions and the budgets that they share; workflows can start no workflow that may be there already. */
export function createScopeActivities({ scopes, terms }: ScopePorts) {
  const termsOf = (scope: string) => terms.get(scope) ?? NO_LIMIT;
  return {
    /** Done when the scope has it; the answer comes as a signal. */
    async askBudget({ scope, request }: { readonly scope: string; readonly request: TrancheWanted }): Promise<void> {
      await scopes.wanted(scope, termsOf(scope), request);
    },

    async returnTranche(input: { readonly scope: string; readonly returned: TrancheReturned }): Promise<void> {
      await scopes.returned(input.scope, termsOf(input.scope), input.returned);
    },

    /** In the order of the holders. */
    async lookAtHolders({ holders }: { readonly holders: readonly TrancheHolder[] }): Promise<HolderFate[]> {
      return Promise.all(holders.map((holder) => scopes.fate(holder)));
    },
  };
}

export type ScopeActivities = ReturnType<typeof createScopeActivities>;
