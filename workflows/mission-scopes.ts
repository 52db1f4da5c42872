import { ActivityFailure, condition, isCancellation, log, setHandler, workflowInfo } from '@temporalio/workflow';
import { durationMs } from '../schemas/duration.js';
import type { Allowance, TrancheAnswer, TrancheHolder } from '../schemas/tranche.js';
import { missionFunds, trancheGranted } from './messages-standing.js';
import type { Tranche } from './mission-budget.js';
import type { MissionContext } from './mission-context.js';
import type { MissionState } from './mission-state.js';
import { steps } from './steps.js';

// The budgets that a mission shares with others: it asks each for a tranche, for several of its own grants, and gives
// back what is left.

/** An answer comes within a second, and another one when there is money again. Asked anew in case that got lost. */
const ASK_AGAIN_MS = 3_600_000;
/** Of a scope's limit: people who read the mission's notes are told once. */
const NEARLY = 0.8;

/** Registers what scopes may say, before anything is awaited. */
export function listenToScopes(context: MissionContext): void {
  const { state } = context;
  setHandler(missionFunds, () => state.budget()?.out() ?? null);
  setHandler(trancheGranted, (answer) => {
    if (answer.to === workflowInfo().firstExecutionRunId) take(context, answer);
  });
}

function take({ state, show }: MissionContext, answer: TrancheAnswer): void {
  const { scope, share, refused } = answer;
  const before = state.data.budget?.scopes?.[scope]?.share ?? 0;
  state.budget()?.answered(answer);
  if (before < NEARLY && share >= NEARLY) {
    state.data.notes.push(`${Math.round(share * 100)} % of the ${describeScope(scope)} is given out or spent`);
  }
  if (refused) state.park(scope, { who: `the ${describeScope(scope)}`, what: waitsFor(scope, refused.until) });
  else state.unpark(scope);
  show();
}

/** Sees to it that every scope allows what is wanted. Gives why not, when a scope was waited for long enough. */
export async function covered(context: MissionContext, wanted: Allowance): Promise<string | undefined> {
  const budget = context.state.budget();
  for (const [scope, tranche] of Object.entries(budget?.state.scopes ?? {})) {
    while (budget?.isShort(tranche, wanted)) {
      if (tranche.declined) return `the ${describeScope(scope)} is used up`;
      // One request for everybody who waits for it.
      context.asking[scope] ??= ask(context, scope, tranche, wanted).finally(() => {
        delete context.asking[scope];
      });
      await context.asking[scope];
    }
  }
  return undefined;
}

async function ask(context: MissionContext, scope: string, tranche: Tranche, wanted: Allowance): Promise<void> {
  const { state, show } = context;
  const request = state.budget()?.request(tranche, wanted, holder());
  if (!request) return;
  const deadline = Date.now() + durationMs(state.ground().base.blueprint.policy.approvalDeadline);
  const answered = () => tranche.answered >= request.n || tranche.declined === true;
  while (!answered() && Date.now() < deadline) {
    await orLater(
      steps.askBudget.executeWithOptions({ summary: `Ask the ${describeScope(scope)}` }, [{ scope, request }]),
    );
    await condition(answered, Math.max(1, Math.min(ASK_AGAIN_MS, deadline - Date.now())));
  }
  if (!answered()) tranche.declined = true;
  state.unpark(scope);
  show();
}

/** At the end of a mission, however it ended: what is left goes back, and nobody waits for more. */
export async function returnTranches(state: MissionState): Promise<void> {
  const budget = state.budget();
  delete state.data.parked;
  const asked = Object.entries(budget?.state.scopes ?? {}).filter(([, tranche]) => tranche.asked > 0);
  if (!budget || asked.length === 0) return;
  for (const [, tranche] of asked) tranche.declined = true;
  const spent = budget.out();
  await Promise.all(
    asked.map(([scope]) =>
      orLater(
        steps.returnTranche.executeWithOptions({ summary: `Give back to the ${describeScope(scope)}` }, [
          { scope, returned: { holder: holder(), spent } },
        ]),
      ),
    ),
  );
}

/** What a scope is not told now it finds out by itself: it looks after those that it has not heard of for long. */
async function orLater(told: Promise<void>): Promise<void> {
  try {
    await told;
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    log.warn('the budget of a scope could not be told', { error });
  }
}

function holder(): TrancheHolder {
  const { workflowId: workflow, firstExecutionRunId: first, runId: run } = workflowInfo();
  return { workflow, first, run };
}

function waitsFor(scope: string, until: string | null): string {
  const raised = `somebody who raises it: signalbox budget ${scope} --add <dollars>`;
  return until === null ? raised : `a new period, at ${until.slice(0, 16).replace('T', ' ')} UTC, or ${raised}`;
}

/** `budget of team PAR` */
function describeScope(scope: string): string {
  const [kind, name] = scope.split('/');
  return name === undefined ? 'budget of the organisation' : `budget of ${kind} ${name}`;
}
