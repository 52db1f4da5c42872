import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  TemporalFailure,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Outcome } from '../schemas/outcome.js';
import { startArchive } from './mission-archive.js';
import { effectKey, type MissionContext, type MissionInput, type Stop } from './mission-context.js';
import { MissionDag } from './mission-dag.js';
import { keepWork } from './mission-kept.js';
import { listen } from './mission-messages.js';
import { makePlan, readGround } from './mission-plan.js';
import { attend, listenToRun, planRun } from './mission-run.js';
import { ship } from './mission-ship.js';
import { MissionState } from './mission-state.js';
import { rootCause } from './root-cause.js';
import { SandboxHost } from './sandbox-host.js';
import { missionAttributes, ShownAttributes } from './search-attributes.js';
import { vendorSteps } from './steps.js';
import { endComment, missionDetails, startComment } from './story.js';

/** Of a task that was cancelled: its model's call is aborted, its workspace closed. */
const TASKS_END_MS = 60_000;

/** Carries a work item to a proven, merged change, or to an honest stop. */
export async function mission(input: MissionInput): Promise<Outcome> {
  const state = new MissionState(input.item, input.state);
  const work = new CancellationScope();
  const attributes = new ShownAttributes();
  const context: MissionContext = {
    input,
    state,
    host: new SandboxHost(),
    show: () => {
      setCurrentDetails(missionDetails(state.status()));
      const changed = attributes.changed(missionAttributes(state));
      if (changed.length > 0) upsertSearchAttributes(changed);
    },
    unpaused: () => condition(() => !state.data.paused),
  };
  listen(context, work);
  listenToRun(context);
  context.show();

  let end: { readonly outcome: Outcome; readonly evidence: readonly string[] } | undefined;
  try {
    end = await work.run(() => carry(context));
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    await tasksEnded(context);
    end = stopped(state, error);
  }
  if (!end) {
    await startArchive(state);
    await condition(allHandlersFinished);
    return continueAsNew<typeof mission>({ ...input, state: state.data });
  }
  const { outcome, evidence } = end;
  await CancellationScope.nonCancellable(() => writeBack(context, outcome, evidence));
  await startArchive(state);
  await condition(allHandlersFinished);
  return outcome;
}

/** Undefined when the history is long enough to continue as new. */
async function carry(context: MissionContext): Promise<{ outcome: Outcome; evidence: readonly string[] } | undefined> {
  const { state } = context;
  const work = state.item.interactive ? attend : (mission: MissionContext) => new MissionDag(mission).run();
  const stop = (await prepare(context)) ?? (await work(context));
  if (stop === 'continue-as-new') return undefined;
  if (stop) {
    const kept = await keepWork(context);
    return { outcome: state.end(stop.result, stop.because), evidence: [...stop.evidence, ...kept] };
  }
  const shipped = await ship(context);
  if ('mergeCommit' in shipped) {
    const because = `${state.data.change?.branch} is merged into ${state.data.change?.baseBranch}`;
    return { outcome: state.end('shipped', because, shipped.mergeCommit), evidence: shipped.evidence };
  }
  return { outcome: state.end(shipped.result, shipped.because), evidence: shipped.evidence };
}

async function prepare(context: MissionContext): Promise<Stop | undefined> {
  const { state, input } = context;
  if (state.data.plans.length > 0) return undefined;
  const { item } = input;
  await vendorSteps.setState.executeWithOptions({ summary: 'Ticket: started' }, [
    { source: item.source.kind, item: item.key, state: 'started', effectKey: effectKey(input, 'state-started') },
  ]);
  const stop = (await readGround(context)) ?? (await (item.interactive ? planRun : makePlan)(context));
  const plan = state.plan();
  if (stop || !plan) return stop;
  await vendorSteps.comment.executeWithOptions({ summary: 'Ticket: say what is planned' }, [
    {
      source: item.source.kind,
      item: item.key,
      body: startComment(item, plan, state.expected()),
      effectKey: effectKey(input, 'start'),
    },
  ]);
  return undefined;
}

/** What cancelled tasks have cost is known when they have ended, and the outcome has to say it. */
async function tasksEnded({ state }: MissionContext): Promise<void> {
  if (!state.hasAgents()) return;
  const ended = () => !state.nodes().some((record) => record.state === 'running');
  await CancellationScope.nonCancellable(() => condition(ended, TASKS_END_MS));
}

function stopped(state: MissionState, error: TemporalFailure): { outcome: Outcome; evidence: readonly string[] } {
  if (isCancellation(error)) {
    const by = state.data.cancelled?.by;
    const because = `cancelled by ${by?.name ?? by?.id ?? 'an operator'}${state.data.cancelled?.text ? `: ${state.data.cancelled.text}` : ''}`;
    return { outcome: state.end('cancelled', because), evidence: [] };
  }
  return { outcome: state.end('failed', rootCause(error)), evidence: [] };
}

async function writeBack(context: MissionContext, outcome: Outcome, evidence: readonly string[]): Promise<void> {
  const { input, show } = context;
  const { item } = input;
  show();
  const source = item.source.kind;
  await vendorSteps.comment.executeWithOptions({ summary: `Ticket: ${outcome.result}` }, [
    { source, item: item.key, body: endComment(outcome, evidence), effectKey: effectKey(input, 'end') },
  ]);
  await vendorSteps.setState.executeWithOptions({ summary: 'Ticket: set its state' }, [
    {
      source,
      item: item.key,
      state: outcome.result === 'shipped' ? 'completed' : 'stopped',
      effectKey: effectKey(input, 'state-end'),
    },
  ]);
}
