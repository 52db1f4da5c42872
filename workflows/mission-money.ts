import { condition, getExternalWorkflowHandle } from '@temporalio/workflow';
import { describeUsd, roundUsd, tokensOf } from '../schemas/cost.js';
import { durationMs } from '../schemas/duration.js';
import { workflowId } from '../schemas/names.js';
import type { Allowance } from '../schemas/tranche.js';
import { approvalStale } from './messages-standing.js';
import { askApproval } from './mission-approval.js';
import type { MissionContext } from './mission-context.js';
import { covered } from './mission-scopes.js';
import { type Grant, Purse } from './purse.js';

/** Of the blueprint's budget: what one yes adds. */
const RAISE = 0.5;

/**
 * Money for a piece of work. At the end of the budget one question goes to whoever may raise it; until it is answered
 * everybody who wants more waits, and the work is kept.
 */
export async function fund(context: MissionContext, holder: string, wanted: Allowance): Promise<Grant> {
  const { state } = context;
  const budget = state.budget();
  if (!budget) return { allowance: null, share: 1 };
  for (;;) {
    if (budget.state.scopes) {
      if (budget.hasEnded(holder)) return { allowance: null, share: budget.share() };
      const because = budget.fits(wanted) ? await covered(context, wanted) : undefined;
      if (because !== undefined) return { allowance: null, share: budget.share(), because };
    }
    const grant = budget.grant(holder, wanted);
    if (grant.allowance || budget.state.declined) return grant;
    // Somebody else has taken it meanwhile: the scopes are asked again.
    if (budget.state.scopes && budget.fits(wanted)) continue;
    context.raising ??= raise(context, wanted).finally(() => {
      delete context.raising;
    });
    await context.raising;
  }
}

async function raise(context: MissionContext, wanted: Allowance): Promise<void> {
  const { state, show } = context;
  const budget = state.budget();
  if (!budget) return;
  const { policy, budget: declared } = state.ground().base.blueprint;
  const more: Allowance = {
    usd: roundUsd(Math.max(wanted.usd, declared.usd * RAISE)),
    tokens: Math.max(wanted.tokens, Math.round(declared.tokens * RAISE)),
  };
  const { limit } = budget.state;
  const what = `${describeUsd(more.usd)} and ${more.tokens} tokens more`;
  const { stage } = state.data;
  state.enter(stage, {
    who: 'a person who may raise the budget',
    what: `${what}: signalbox approve ${state.item.key}, or signalbox budget ${state.item.key} --add <dollars>`,
  });
  show();
  const id = workflowId.approval(state.item.key, state.data.approvals.length + 1);
  const asked = askApproval(context, {
    action: 'raise-budget',
    title: `${state.item.title}: ${what}`,
    // The answer is bound to the budget that the person saw.
    head: headOf(limit),
    because: [
      `The budget of ${describeUsd(limit.usd)} and ${limit.tokens} tokens is given out; so far it cost ${describeUsd(budget.known().usd)}, ${tokensOf(budget.known().usage)} tokens.`,
      ...state.nodes().map(({ task, state: at, detail }) => `${task.id}: ${at}${detail ? `, ${detail}` : ''}`),
    ].slice(0, 20),
    recommendation: 'Approve if what it has so far is worth going on; otherwise it stops, with the work kept.',
    changedFiles: [],
    onNoAnswer: 'nothing more is spent, and it stops; the work is kept',
    reminderMs: durationMs(policy.approvalReminder),
    deadlineMs: durationMs(policy.approvalDeadline),
  });
  const added = () => budget.state.limit !== limit;
  await Promise.race([asked, condition(added)]);
  // Somebody has added to it by themselves: the question is about a budget that is no more.
  // It may be answered at this very moment, and then nobody is there to be told.
  if (added()) {
    const stale = getExternalWorkflowHandle(id).signal(approvalStale, { head: headOf(budget.state.limit) });
    await stale.catch(() => undefined);
  }
  const answer = await asked;
  if (answer.outcome === 'approved') budget.raise(more);
  else if (!added()) budget.state.declined = true;
  state.enter(state.data.stage);
  show();
}

function headOf({ usd, tokens }: Allowance): string {
  return `budget ${usd} USD, ${tokens} tokens`;
}

/** For what the mission itself asks of models. */
export function ownPurse(context: MissionContext, holder: string): Purse {
  return new Purse((wanted) => fund(context, holder, wanted));
}
