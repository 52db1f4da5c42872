import { describeUsd } from '../schemas/cost.js';
import type { ScopeTerms } from '../schemas/scope.js';
import type { Allowance } from '../schemas/tranche.js';
import type { BudgetStatus } from './messages-standing.js';
import type { ScopeBudget } from './scope-budget.js';
import { quote } from './story.js';

// What people see of the budget of a scope.

export function statusOf(scope: string, budget: ScopeBudget): BudgetStatus {
  const { terms, added, endsAt, holders } = budget.state;
  return {
    ...{ scope, terms, added, spent: budget.spent(), out: budget.out(), share: budget.share() },
    periodEnds: endsAt === null ? null : new Date(endsAt).toISOString(),
    holders: Object.values(holders).map(({ workflow, granted, spent, waiting }) => ({
      ...{ holder: workflow, granted, spent, waits: waiting !== undefined },
    })),
  };
}

/** Temporal UI's current details. */
export function budgetDetails({ scope, terms, added, periodEnds, spent, out, share, holders }: BudgetStatus): string {
  const waiting = holders.filter(({ waits }) => waits);
  return [
    `### Budget of ${quote(scope)}`,
    '',
    `${limitOf(terms, added)}${periodEnds === null ? '' : ` per ${terms.per ?? 'period'}, begins anew at ${periodEnds}`}`,
    '',
    `**${Math.round(share * 100)} %** is given out or spent: ${amount(out)}; at least ${amount(spent)} is spent.`,
    ...(waiting.length > 0 ? ['', `Waiting: ${waiting.map(({ holder }) => quote(holder)).join(', ')}`] : []),
    ...(holders.length > 0 ? ['', '| who | granted | spent, as last heard |', '|---|---|---|'] : []),
    ...holders
      .slice(0, 100)
      .map(({ holder, granted, spent: heard }) => `| ${quote(holder)} | ${amount(granted)} | ${amount(heard)} |`),
  ].join('\n');
}

function limitOf({ usd, tokens }: ScopeTerms, added: Allowance): string {
  const limits = [
    ...(usd === null ? [] : [describeUsd(usd + added.usd)]),
    ...(tokens === null ? [] : [`${tokens + added.tokens} tokens`]),
  ];
  return limits.length > 0 ? limits.join(' and ') : 'no limit any more';
}

function amount({ usd, tokens }: Allowance): string {
  return `${describeUsd(usd)}, ${tokens} tokens`;
}
