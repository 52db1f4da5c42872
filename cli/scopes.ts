import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { raiseScopeBudget } from '../adapters/temporal/scope-budgets.js';
import { workflowId } from '../schemas/names.js';
import { type ScopeTerms, scopesOf } from '../schemas/scope.js';
import type { Allowance } from '../schemas/tranche.js';
import type { Order } from '../workflows/messages.js';
import { type BudgetStatus, budgetStatus, raiseBudget } from '../workflows/messages-standing.js';
import { type Context, withClient } from './connect.js';
import { Refusal } from './errors.js';
import { json, safe } from './output.js';
import { dollars, thousands } from './spending.js';

// The budgets that missions share: what they hold, what is left, and more of it.

export function isScope(name: string): boolean {
  return name === 'org' || /^(repo|team)\/./.test(name);
}

/** Every scope that is configured. */
export function scopes(options: { readonly json: boolean }): Promise<number> {
  return withClient(async ({ client, config, output }) => {
    const configured = [...scopesOf(config.budgets)];
    const all = await Promise.all(configured.map(([scope, terms]) => statusOf(client, scope, terms)));
    if (options.json) output.data(json(all));
    else if (all.length === 0) output.talk('no budget is shared: name some under `budgets` in signalbox.config.yaml');
    else for (const status of all) output.data(headOf(status));
    return 0;
  });
}

export function scope(name: string, options: { readonly json: boolean }): Promise<number> {
  return withClient(async (context) => {
    const terms = scopesOf(context.config.budgets).get(name);
    const status = await statusOf(context.client, name, terms);
    context.output.data(options.json ? json(status) : [headOf(status), ...holderLines(status)].join('\n'));
    return 0;
  });
}

export function raiseScope(name: string, by: Allowance, options: { readonly json: boolean }): Promise<number> {
  return withClient((context) => raise(context, name, by, options.json));
}

async function raise(
  { client, config, output }: Context,
  name: string,
  { usd, tokens }: Allowance,
  asJson: boolean,
): Promise<number> {
  const order = { by: { id: `cli:${config.user}`, name: config.user }, text: '', usd, tokens };
  const terms = scopesOf(config.budgets).get(name);
  const status = await (terms
    ? raiseScopeBudget<BudgetStatus>(client, name, terms, order)
    : raiseUnnamed(client, name, order));
  if (asJson) output.data(json(status));
  else output.talk(`${safe(name)} may spend ${limitOf(status)} now`);
  return 0;
}

/** One that the configuration does not name, here or any more. */
async function raiseUnnamed(client: Client, name: string, order: Order & Allowance): Promise<BudgetStatus> {
  try {
    return await client.workflow.getHandle(workflowId.budget(name)).executeUpdate(raiseBudget, { args: [order] });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new Refusal(`there is no budget ${name}: name it under \`budgets\` in signalbox.config.yaml`);
  }
}

/** A scope that nobody has asked yet has all of it. */
async function statusOf(client: Client, scope: string, terms: ScopeTerms | undefined): Promise<BudgetStatus> {
  try {
    return await client.workflow.getHandle(workflowId.budget(scope)).query(budgetStatus);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    if (!terms) throw new Refusal(`there is no budget ${scope}; \`signalbox budget\` lists those that there are`);
    const none = { usd: 0, tokens: 0 };
    return { scope, terms, added: none, periodEnds: null, spent: none, out: none, share: 0, holders: [] };
  }
}

/** `org  $12.30 of $500.00 a month, 3 % given out or spent, begins anew 2026-12-01` */
function headOf(status: BudgetStatus): string {
  const { scope, terms, spent, share, periodEnds, holders } = status;
  const amounts = [
    ...(terms.usd === null ? [] : [dollars(spent.usd)]),
    ...(terms.tokens === null ? [] : [`${thousands(spent.tokens)} tokens`]),
  ];
  const per = terms.per === null ? '' : ` a ${terms.per}`;
  const anew = periodEnds === null ? '' : `, begins anew ${periodEnds.slice(0, 16).replace('T', ' ')} UTC`;
  const waiting = holders.filter(({ waits }) => waits).length;
  return `${safe(scope)}  ${amounts.join(', ')} of ${limitOf(status)}${per}, ${Math.round(share * 100)} % given out or spent${anew}${waiting > 0 ? `, ${waiting} waiting` : ''}`;
}

function limitOf({ terms, added }: BudgetStatus): string {
  const limits = [
    ...(terms.usd === null ? [] : [dollars(terms.usd + added.usd)]),
    ...(terms.tokens === null ? [] : [`${thousands(terms.tokens + added.tokens)} tokens`]),
  ];
  return limits.join(' and ') || 'no limit';
}

function holderLines({ holders }: BudgetStatus): string[] {
  return holders.map(
    ({ holder, granted, waits }) =>
      `  ${safe(holder)}  may spend ${dollars(granted.usd)}, ${thousands(granted.tokens)} tokens${waits ? ', waits for more' : ''}`,
  );
}
