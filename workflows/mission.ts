import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  setCurrentDetails,
  TemporalFailure,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Outcome } from '../schemas/outcome.js';
import { belowEnded, cancelledEnd, cancelsInOrder, isCancelled } from './cancelling.js';
import { startHeartbeat } from './heartbeat.js';
import { startArchive } from './mission-archive.js';
import { listenToChange, tellPullRequest } from './mission-change.js';
import type { Ended, MissionContext, MissionInput, Stop } from './mission-context.js';
import { MissionDag } from './mission-dag.js';
import { keepWork } from './mission-kept.js';
import { listen } from './mission-messages.js';
import { packMission, unpackMission } from './mission-pack.js';
import { makePlan, readGround } from './mission-plan.js';
import { planRevert } from './mission-revert.js';
import { attend, listenToRun, planRun } from './mission-run.js';
import { listenToScopes, returnTranches } from './mission-scopes.js';
import { listenToSet } from './mission-set.js';
import { ship } from './mission-ship.js';
import { MissionState } from './mission-state.js';
import { statusOf } from './mission-status.js';
import { openThread, ToldThread } from './mission-thread.js';
import { listenToQueue } from './mission-turn.js';
import { rootCause } from './root-cause.js';
import { SandboxHost } from './sandbox-host.js';
import { missionAttributes, ShownAttributes } from './search-attributes.js';
import { endComment, missionDetails, startComment } from './story.js';
import { versioned } from './versioning.js';
import { setStates, tellSources } from './write-back.js';

// It lives for days: it moves on to new code, which resumes its history.
versioned('AUTO_UPGRADE', mission);

/** Carries a work item to a proven, merged change, or to an honest stop. */
export async function mission(input: MissionInput): Promise<Outcome> {
  const state = new MissionState(input.item, input.state && unpackMission(input.state));
  const work = new CancellationScope();
  const attributes = new ShownAttributes();
  const told = new ToldThread();
  const context: MissionContext = {
    input,
    state,
    host: new SandboxHost(),
    show: () => {
      setCurrentDetails(missionDetails(statusOf(state)));
      const changed = attributes.changed(missionAttributes(state));
      if (changed.length > 0) upsertSearchAttributes(changed);
      told.tell(state, input);
    },
    unpaused: () => condition(() => !state.data.paused),
    open: new Set(),
    settled: false,
    asking: {},
    resumed: 0,
  };
  listen(context, work);
  listenToRun(context);
  listenToScopes(context);
  listenToQueue(context);
  listenToChange(context);
  listenToSet(context);
  context.show();
  // The order came while the run before was on its way to this one.
  if (state.data.cancelled) work.cancel();

  const heartbeat = startHeartbeat(context);
  const end = await ended(context, work);
  if (heartbeat) await CancellationScope.nonCancellable(() => heartbeat.end());
  context.settled = true;
  if (!end) {
    await startArchive(state);
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
    if (isCancelled(state)) state.data.cancelled ??= { by: { id: 'temporal', name: 'an operator' }, text: '' };
    return continueAsNew<typeof mission>({ ...input, state: packMission(state.data) });
  }
  const outcome = state.end(end.result, end.because, end.mergeCommit);
  await CancellationScope.nonCancellable(() => returnTranches(state));
  await CancellationScope.nonCancellable(() => writeBack(context, outcome, end.evidence));
  await startArchive(state);
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  return outcome;
}

/** Undefined when the history is long enough to continue as new. A change that is merged has shipped, cancelled or not. */
async function ended(context: MissionContext, work: CancellationScope): Promise<Ended | undefined> {
  const { state } = context;
  let end: Ended | undefined;
  try {
    end = await work.run(() => carry(context));
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    if (isCancelled(state) && cancelsInOrder()) {
      state.enter('cancelling');
      context.show();
    }
    await belowEnded(context);
    return isCancelled(state) ? cancelledEnd(state) : { result: 'failed', because: rootCause(error), evidence: [] };
  }
  if (!end || end.result === 'shipped' || !isCancelled(state)) return end;
  await belowEnded(context);
  return cancelledEnd(state);
}

/** Undefined when the history is long enough to continue as new. */
async function carry(context: MissionContext): Promise<Ended | undefined> {
  const { state } = context;
  const work = state.item.interactive ? attend : (mission: MissionContext) => new MissionDag(mission).run();
  const stop = (await prepare(context)) ?? (await work(context));
  if (stop === 'continue-as-new') return undefined;
  if (stop) return { ...stop, evidence: [...stop.evidence, ...(await keepWork(context))] };
  const shipped = await ship(context);
  if (!('mergeCommit' in shipped)) return shipped;
  return { ...shipped, result: 'shipped' };
}

async function prepare(context: MissionContext): Promise<Stop | undefined> {
  const { state, input } = context;
  if (state.data.plans.length > 0) return undefined;
  const { item } = input;
  await setStates(context, 'started', 'state-started');
  const unread = await readGround(context);
  // Asked before it is called: where no chat is configured nothing else may change.
  if (!unread && state.ground().base.chat) await openThread(context);
  const { revert } = input;
  const planned = revert
    ? (mission: MissionContext) => planRevert(mission, revert.mergeCommit)
    : item.interactive
      ? planRun
      : makePlan;
  const stop = unread ?? (await planned(context));
  const plan = state.plan();
  if (stop || !plan) return stop;
  const body = startComment(item, plan, state.expected());
  await tellSources(context, { part: 'start', summary: 'Ticket: say what is planned', body });
  return undefined;
}

async function writeBack(context: MissionContext, outcome: Outcome, evidence: readonly string[]): Promise<void> {
  context.show();
  // What was cancelled or refused is closed; what failed stays a draft that somebody may take over.
  const closed = ['shipped', 'cancelled', 'rejected'].includes(outcome.result);
  if (context.state.data.pullRequest) await tellPullRequest(context, { closed });
  const body = endComment(outcome, evidence, context.state.data.pullRequest);
  const as = outcome.result === 'failed' || outcome.result === 'cannot-do' ? 'error' : 'response';
  await tellSources(context, { part: 'end', summary: `Ticket: ${outcome.result}`, body, last: true, as });
  await setStates(context, outcome.result === 'shipped' ? 'completed' : 'stopped', 'state-end');
}
