import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  ChildWorkflowFailure,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  patched,
  setCurrentDetails,
  setHandler,
  startChild,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { ChainId } from '../activities/ports.js';
import type { Assessment } from '../activities/triage.js';
import { PERMANENT_FAILURES } from '../schemas/failures.js';
import { workflowId } from '../schemas/names.js';
import { missionPriority } from '../schemas/priority.js';
import type { Signal } from '../schemas/signal.js';
import type { WorkItem } from '../schemas/work-item.js';
import { historyIsLong } from './history-length.js';
import { answerTriage, cancelTriage, type Order, signalReceived, type TriageInput, triageStatus } from './messages.js';
import type { mission } from './mission.js';
import { runEnd } from './run-end.js';
import { triageAttributes } from './search-attributes.js';
import { hasEffectsOnce, vendorReads, vendorSteps } from './steps.js';
import { quote, triageQuestion } from './story.js';
import { thisExecution } from './this-execution.js';
import { TriageState, type TriageStateData } from './triage-state.js';
import { versioned } from './versioning.js';

// It stays for days to recognise redeliveries: it moves on to new code.
versioned('AUTO_UPGRADE', triage);
/** How soon a mission of an earlier run is looked at again; its end matters only to who asks for more work. */
const LOOK_MS = 60_000;
const LONGEST_LOOK_MS = 30 * 60_000;

/**
 * One per item at its source: folds deliveries, asks the reporter once for what is missing, routes, starts the
 * mission, and stays long enough to recognise late redeliveries.
 */
export async function triage(input: TriageInput & { readonly state?: TriageStateData }): Promise<void> {
  const state = new TriageState(input.dedupeKey, input.state);
  setHandler(signalReceived, (signal) => state.receive(signal));
  setHandler(triageStatus, () => state.status());
  setHandler(
    answerTriage,
    ({ text }) => {
      state.answer(text);
      return { accepted: true };
    },
    { validator: ({ text }) => refuseAnswer(text, state) },
  );

  let work: CancellationScope | undefined;
  setHandler(
    cancelTriage,
    ({ by, text }) => {
      state.cancel(`cancelled by ${by.name ?? by.id}${text ? `: ${text}` : ''}`);
      work?.cancel();
      return { accepted: true };
    },
    { validator: (order) => refuseCancel(order, state) },
  );

  upsertSearchAttributes(triageAttributes(input));
  for (;;) {
    // What the run before was in the middle of comes before what waits.
    const resumed = state.atWork();
    const signal = resumed ?? (await next(input, state));
    if (!signal) break;
    work = new CancellationScope();
    // The order came while the run before was on its way to this one.
    if (resumed && state.isCancelled()) work.cancel();
    const rest = await work.run(() => handle(input, state, signal)).catch((error: unknown) => leave(error, state));
    if (!rest) {
      state.leave();
      state.cancelled();
    }
    setCurrentDetails(`${state.status().stage}: ${quote(state.status().because)}`);
    if (rest || historyIsLong(input.historyLimit)) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof triage>({ ...input, state: state.data });
    }
  }
  await condition(allHandlersFinished);
}

async function next(input: TriageInput, state: TriageState): Promise<Signal | undefined> {
  await condition(() => state.hasWork(), input.dedupeMs);
  return state.take();
}

/** What was cancelled by order is over, and triage goes on to recognise late redeliveries. */
function leave(error: unknown, state: TriageState): undefined {
  if (!isCancellation(error) || !state.isCancelled()) throw error;
  return undefined;
}

/** `rest`: its history is long, and a new run goes on from the stage that it is in. */
async function handle(input: TriageInput, state: TriageState, signal: Signal): Promise<'rest' | undefined> {
  const { stage } = state.status();
  if (stage === 'running') return watchMission(input, state);
  if (stage !== 'asking') state.enter('assessing', 'reading the item');
  for (;;) {
    if (state.status().stage === 'asking') {
      await condition(() => state.answered());
      if (mayRest(input)) return 'rest';
      state.enter('assessing', 'reading the answer');
    }
    const assessment = await assess(input, state, signal);
    if (assessment.status === 'ready') return run(input, state, assessment.item);
    if (assessment.status === 'ignored') {
      state.enter('ignored', assessment.because);
      return undefined;
    }
    await ask(input, state, assessment);
  }
}

/** In the middle of its work: runs from before this was possible went on. */
function mayRest({ historyLimit }: TriageInput): boolean {
  return historyIsLong(historyLimit) && patched('triage-rests');
}

async function assess(input: TriageInput, state: TriageState, signal: Signal): Promise<Assessment> {
  const { source, subject } = input;
  try {
    return await vendorReads.assess.executeWithOptions({ summary: `Read ${subject} from ${source}` }, [
      { source, subject, ...(signal.type === 'prompt.submitted' && { prompt: signal.data }), answers: state.answers() },
    ]);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return { status: 'ignored', because: `the item could not be read: ${error.cause?.message ?? error.message}` };
  }
}

/** Once: the effect is the question that was asked first, and later rounds only wait. */
async function ask(
  input: TriageInput,
  state: TriageState,
  assessment: Assessment & { status: 'incomplete' },
): Promise<void> {
  state.asked(assessment.missing.map(({ field, question }) => `${field}: ${question}`));
  setCurrentDetails(triageQuestion(assessment.missing));
  const execution = hasEffectsOnce() ? `/${thisExecution()}` : '';
  const question = state.firstQuestion({
    body: triageQuestion(assessment.missing),
    effectKey: `triage/${input.dedupeKey}${execution}/question`,
  });
  await vendorSteps.comment.executeWithOptions({ summary: 'Ask the reporter for what is missing' }, [
    { source: input.source, item: input.subject, ...question },
  ]);
}

async function run(input: TriageInput, state: TriageState, item: WorkItem): Promise<'rest' | undefined> {
  const attempt = state.startMission(item.key);
  try {
    const child = await startChild<typeof mission>('mission', {
      workflowId: workflowId.mission(item.key),
      args: [{ item, attempt }],
      // The mission outlives its triage: it may take days, and triage may continue as new.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      // Inherited by everything that the mission starts.
      priority: missionPriority(item),
      staticSummary: `${item.key}: ${quote(item.title, 120)}`,
      staticDetails: `Repository ${item.repo}, ${quote(item.routedBecause)}`,
    });
    const ended = child.result().then((outcome) => `${outcome.result}: ${outcome.because}`);
    // A triage that is cancelled still waits for its mission.
    const long = CancellationScope.nonCancellable(() => condition(() => historyIsLong(input.historyLimit)));
    const end = await Promise.race([ended, long]);
    if (end === undefined && mayRest(input)) {
      state.data.watched = { workflowId: child.workflowId, firstRunId: child.firstExecutionRunId };
      return 'rest';
    }
    state.enter('done', end ?? (await ended));
  } catch (error) {
    if (!(error instanceof ChildWorkflowFailure) && !(error instanceof ApplicationFailure)) throw error;
    state.enter('done', `the mission failed: ${error.cause?.message ?? error.message}`);
  }
  return undefined;
}

/** A mission that an earlier run has started: Temporal is asked, at once when the label is set again. */
async function watchMission(input: TriageInput, state: TriageState): Promise<'rest' | undefined> {
  const { watched } = state.data;
  if (!watched) throw new Error('it is not known which mission runs');
  try {
    return await untilItEnds(input, state, watched);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    // As a child it would have been cancelled along, and waited for.
    return CancellationScope.nonCancellable(async () => {
      const handle = getExternalWorkflowHandle(watched.workflowId);
      await handle.cancel().catch(() => undefined);
      return untilItEnds(input, state, watched);
    });
  }
}

async function untilItEnds(input: TriageInput, state: TriageState, watched: ChainId): Promise<'rest' | undefined> {
  for (let wait = LOOK_MS; ; wait = Math.min(2 * wait, LONGEST_LOOK_MS)) {
    const seen = state.waiting();
    const end = await runEnd(watched, 'Does the mission still run?');
    if (end) {
      state.enter('done', end.because);
      return undefined;
    }
    state.stillRuns(seen);
    if (mayRest(input)) return 'rest';
    await condition(() => state.hasWork(), wait);
  }
}

function refuseCancel({ by, text }: Order, state: TriageState): void {
  const { stage, because } = state.status();
  const problem =
    typeof by?.id !== 'string' || by.id === ''
      ? 'by.id: expected who gives the order'
      : typeof text !== 'string' || text.length > 4000
        ? 'text: expected at most 4,000 characters'
        : stage === 'done' || stage === 'ignored'
          ? `there is nothing to cancel: ${because}`
          : undefined;
  if (problem !== undefined) throw ApplicationFailure.nonRetryable(problem, PERMANENT_FAILURES.BadInput);
}

function refuseAnswer(text: unknown, state: TriageState): void {
  if (typeof text !== 'string' || text.trim() === '') {
    throw ApplicationFailure.nonRetryable('text: expected an answer', PERMANENT_FAILURES.BadInput);
  }
  if (state.status().stage !== 'asking') {
    throw ApplicationFailure.nonRetryable(
      `nothing is asked: this triage is ${state.status().stage}`,
      PERMANENT_FAILURES.BadInput,
    );
  }
}
