import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Assessment } from '../activities/triage.js';
import { PERMANENT_FAILURES } from '../schemas/failures.js';
import type { Signal } from '../schemas/signal.js';
import { historyIsLong } from './history-length.js';
import type { Order } from './messages.js';
import { answerTriage, cancelTriage, signalReceived, type TriageInput, triageStatus } from './messages-triage.js';
import { triageAttributes } from './search-attributes.js';
import { tellSession } from './session-word.js';
import { hasEffectsOnce, vendorReads, vendorSteps } from './steps.js';
import { quote, triageQuestion, triageReminder } from './story.js';
import { thisExecution } from './this-execution.js';
import { isFolded, release, tellIncident } from './triage-claim.js';
import { correct, listenToOthers } from './triage-correction.js';
import type { TriageStateData } from './triage-data.js';
import { mayRest, runMission, watchMission } from './triage-mission.js';
import { TriageState } from './triage-state.js';
import { carryOut, consider, propose } from './triage-verdict.js';
import { watchTime } from './triage-watch.js';
import { versioned } from './versioning.js';

// It stays for days to recognise redeliveries: it moves on to new code.
versioned('AUTO_UPGRADE', triage);

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
      if (state.status().stage === 'declined') state.reopen();
      return { accepted: true };
    },
    { validator: ({ text }) => refuseAnswer(text, state) },
  );

  listenToOthers(state);
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
    // One await more would change the order of what runs from before did.
    const begin = () => (state.data.correction ? handleCorrected : handle)(input, state, signal);
    const working = work.run(begin);
    const watch = watchTime(input, state);
    const rest = await working.catch((error: unknown) => leave(error, state));
    if (watch) await watch.stop();
    if (!rest) {
      state.leave();
      state.cancelled();
      if (state.data.leads) await release(state);
      if (signal.data.incident) await tellIncident(state, signal.data.incident);
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
  await condition(() => state.hasWork() || state.data.correction !== undefined, input.dedupeMs);
  return state.take();
}

/** What was cancelled by order is over, and triage goes on to recognise late redeliveries. */
function leave(error: unknown, state: TriageState): undefined {
  if (!isCancellation(error) || !state.isCancelled()) throw error;
  return undefined;
}

/** What a person has said about where it belongs comes first. */
async function handleCorrected(input: TriageInput, state: TriageState, signal: Signal): Promise<'rest' | undefined> {
  return state.status().stage !== 'running' && (await correct(state)) ? undefined : handle(input, state, signal);
}

/** `rest`: its history is long, and a new run goes on from the stage that it is in. */
async function handle(input: TriageInput, state: TriageState, signal: Signal): Promise<'rest' | undefined> {
  const { stage } = state.status();
  const { partOf } = signal.data;
  if (partOf) state.takeIn({ kind: partOf.kind, id: partOf.id, item: partOf.item, whole: true, ...linkOf(partOf) });
  if (stage === 'running') return watchMission(input, state);
  if (stage !== 'asking') state.enter('assessing', 'reading the item');
  for (;;) {
    if (state.status().stage === 'asking') {
      // Runs from before there were reminders: one await more would change the order of what they do.
      if (input.remindMs === undefined) await condition(() => state.answered());
      else await answered(input, input.remindMs, state);
      if (mayRest(input)) return 'rest';
      if (state.data.correction) return undefined;
      state.enter('assessing', 'reading the answer');
    }
    const assessment = await assess(input, state, signal);
    if (assessment.status === 'ignored') {
      const { session } = signal.data;
      const key = `triage/${input.dedupeKey}/ignored/${signal.id}`;
      const word = { body: `Nothing was started: ${quote(assessment.because, 500)}`, effectKey: key };
      if (session !== undefined) await tellSession(session, 'error', word);
      state.enter('ignored', assessment.because);
      return undefined;
    }
    if (assessment.status === 'consider') {
      await consider(state, assessment.consider);
      continue;
    }
    if (assessment.status === 'verdict') {
      const { verdict, may } = assessment;
      if (may) {
        await carryOut(state, verdict, signal);
        return undefined;
      }
      await propose(state, verdict, signal.data.session);
      continue;
    }
    delete state.data.proposal;
    if (assessment.claim && (await isFolded(state, assessment.claim, assessment.status === 'ready'))) return undefined;
    if (assessment.status === 'ready') return runMission(input, state, assessment.item);
    await ask(input, state, assessment, signal.data.session);
  }
}

async function assess(input: TriageInput, state: TriageState, signal: Signal): Promise<Assessment> {
  const { source, subject } = input;
  try {
    return await vendorReads.assess.executeWithOptions({ summary: `Read ${subject} from ${source}` }, [
      {
        ...{ source, subject, answers: state.answers() },
        ...(signal.type === 'prompt.submitted' && { prompt: signal.data }),
        ...(signal.data.session !== undefined && { session: signal.data.session }),
        ...(state.data.moved && { moved: state.data.moved }),
        ...(state.data.opinions && { opinions: state.data.opinions }),
        ...(state.data.stood && { stood: state.data.stood }),
      },
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
  session: string | undefined,
): Promise<void> {
  state.asked(assessment.missing.map(({ field, question }) => `${field}: ${question}`));
  setCurrentDetails(triageQuestion(assessment.missing));
  const execution = hasEffectsOnce() ? `/${thisExecution()}` : '';
  const question = state.firstQuestion({
    body: triageQuestion(assessment.missing),
    effectKey: `triage/${input.dedupeKey}${execution}/question`,
  });
  if (session !== undefined && (await tellSession(session, 'elicitation', question))) return;
  await vendorSteps.comment.executeWithOptions({ summary: 'Ask the reporter for what is missing' }, [
    { source: input.source, item: input.subject, ...question },
  ]);
}

/** Who does not answer is reminded once; whether and when the work starts stays theirs to say. */
async function answered(input: TriageInput, remindMs: number, state: TriageState): Promise<void> {
  if (!state.data.reminded && !(await condition(() => state.answered(), remindMs))) {
    state.data.reminded = true;
    await vendorSteps.comment.executeWithOptions({ summary: 'Remind the reporter' }, [
      {
        source: input.source,
        item: input.subject,
        body: triageReminder(state.data.missing),
        effectKey: `triage/${input.dedupeKey}/${thisExecution()}/reminder`,
      },
    ]);
  }
  await condition(() => state.answered());
}

function linkOf({ url }: { readonly url?: string | undefined }): { readonly url?: string } {
  return url === undefined ? {} : { url };
}

function refuseCancel({ by, text }: Order, state: TriageState): void {
  const { stage, because } = state.status();
  const problem =
    typeof by?.id !== 'string' || by.id === ''
      ? 'by.id: expected who gives the order'
      : typeof text !== 'string' || text.length > 4000
        ? 'text: expected at most 4,000 characters'
        : stage === 'done' || stage === 'ignored' || stage === 'declined' || stage === 'split'
          ? `there is nothing to cancel: ${because}`
          : undefined;
  if (problem !== undefined) throw ApplicationFailure.nonRetryable(problem, PERMANENT_FAILURES.BadInput);
}

function refuseAnswer(text: unknown, state: TriageState): void {
  if (typeof text !== 'string' || text.trim() === '') {
    throw ApplicationFailure.nonRetryable('text: expected an answer', PERMANENT_FAILURES.BadInput);
  }
  const { stage } = state.status();
  if (stage !== 'asking' && stage !== 'declined') {
    throw ApplicationFailure.nonRetryable(`nothing is asked: this triage is ${stage}`, PERMANENT_FAILURES.BadInput);
  }
}
