import {
  ActivityFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { ScopeTerms } from '../schemas/scope.js';
import type { Allowance } from '../schemas/tranche.js';
import type { Order } from './messages.js';
import { budgetStatus, raiseBudget, trancheGranted, trancheReturned, trancheWanted } from './messages-standing.js';
import { refusal } from './refusal.js';
import { type Pace, ScopeBudget } from './scope-budget.js';
import type { ScopeBudgetState } from './scope-data.js';
import { budgetDetails, statusOf } from './scope-details.js';
import { budgetAttributes, ShownAttributes } from './search-attributes.js';
import { steps } from './steps.js';
import { versioned } from './versioning.js';

export interface BudgetInput {
  readonly scope: string;
  /** As configured when it was started; messages bring what is configured since. */
  readonly terms: ScopeTerms;
  readonly pace?: Pace;
  /** Events after which to continue as new; the server's own suggestion always counts. */
  readonly historyLimit?: number;
  /** Of the run before, when continued as new. */
  readonly state?: ScopeBudgetState;
}

// It has no end: pinned, it would stay on its first build forever.
versioned('AUTO_UPGRADE', budget);

/**
 * The budget of a repo, a team or the whole installation, for as long as there is one: missions reserve tranches of it
 * and give back what they did not spend. Whoever is refused waits here, and is told when there is money again.
 */
export async function budget(input: BudgetInput): Promise<void> {
  const { scope, terms, pace, historyLimit } = input;
  const state = input.state
    ? new ScopeBudget(scope, input.state, pace)
    : ScopeBudget.of(scope, terms, Date.now(), pace);
  const attributes = new ShownAttributes();
  const status = () => statusOf(scope, state);
  const show = () => {
    setCurrentDetails(budgetDetails(status()));
    const changed = attributes.changed(budgetAttributes(status()));
    if (changed.length > 0) upsertSearchAttributes(changed);
  };
  const isRest = () => {
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    return continueAsNewSuggested || historyLength > (historyLimit ?? Number.POSITIVE_INFINITY);
  };
  let changed = true;
  setHandler(trancheWanted, (wanted, declared) => {
    state.roll(Date.now());
    state.declare(declared, Date.now());
    state.wanted(wanted, Date.now());
    changed = true;
  });
  setHandler(trancheReturned, (returned, declared) => {
    state.roll(Date.now());
    state.declare(declared, Date.now());
    state.returned(returned);
    changed = true;
  });
  setHandler(budgetStatus, status);
  setHandler(
    raiseBudget,
    ({ usd, tokens }) => {
      state.roll(Date.now());
      state.raise({ usd, tokens });
      changed = true;
      return status();
    },
    { validator: (order) => refuse(order, state.state.terms) },
  );

  for (;;) {
    if (changed) show();
    changed = false;
    await answer(state, isRest);
    if (isRest()) {
      await condition(allHandlersFinished);
      // Handlers only write down what they hear, and all of it goes along: what is still to be told, too.
      return continueAsNew<typeof budget>({ ...input, state: state.state });
    }
    const isNews = () => changed || state.state.outbox.length > 0;
    const at = state.nextAt();
    if (at === null) await condition(isNews);
    else if (at > Date.now()) await condition(isNews, at - Date.now());
    changed = state.roll(Date.now()) || changed;
    changed = (await lookAfter(state)) || changed;
  }
}

/** One after the other: what one holder is told may change while another is being told. */
async function answer(state: ScopeBudget, isRest: () => boolean): Promise<void> {
  while (!isRest()) {
    const next = state.state.outbox.shift();
    if (!next) return;
    try {
      await getExternalWorkflowHandle(next.workflow).signal(trancheGranted, next.answer);
    } catch (error) {
      if (isCancellation(error)) throw error;
      // It has ended without giving back what it had.
      state.unreachable(next.answer.to, Date.now());
    }
  }
}

/** Takes back what holders have left that are there no more. */
async function lookAfter(state: ScopeBudget): Promise<boolean> {
  const holders = state.overdue(Date.now());
  if (holders.length === 0) return false;
  const summary = `Are they still there? ${holders.map(({ workflow }) => workflow).join(', ')}`.slice(0, 200);
  try {
    const fates = await steps.lookAtHolders.executeWithOptions({ summary }, [{ holders }]);
    for (const [index, { first }] of holders.entries()) {
      state.judge(first, fates[index] ?? { state: 'running' }, Date.now());
    }
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    // Nothing is taken back from somebody who may still spend it: looked at again after another lease.
    for (const { first } of holders) state.judge(first, { state: 'running' }, Date.now());
    log.warn('nobody could tell what became of holders', { error });
  }
  return true;
}

function refuse(order: Order & Allowance, terms: ScopeTerms): void {
  if (typeof order?.by?.id !== 'string' || order.by.id === '') throw refusal('by.id: expected who gives the order');
  const { usd, tokens } = order;
  const isAmount = (amount: unknown) => typeof amount === 'number' && amount >= 0 && amount < 1e12;
  if (!isAmount(usd) || !isAmount(tokens) || usd + tokens === 0) throw refusal('expected an amount over 0');
  if (usd > 0 && terms.usd === null) throw refusal('this budget has no limit in dollars: add tokens');
  if (tokens > 0 && terms.tokens === null) throw refusal('this budget has no limit in tokens: add dollars');
}
