import {
  ActivityFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Source } from '../schemas/source.js';
import { historyIsLong } from './history-length.js';
import { decided, refuseAnswer, waitsFor } from './incident-answers.js';
import { type IncidentData, IncidentState } from './incident-state.js';
import { type IncidentPart, incidentComment, incidentDetails } from './incident-story.js';
import { ToldIncident } from './incident-thread.js';
import { alertsReceived, decideIncident, incidentStatus, incidentWaitsFor, incidentWork } from './messages-triage.js';
import { incidentAttributes, ShownAttributes } from './search-attributes.js';
import { incidentSteps, opinionSteps, vendorSteps } from './steps.js';
import { thisExecution } from './this-execution.js';
import { versioned } from './versioning.js';

// It stands for as long as its alerts fire: it moves on to new code.
versioned('AUTO_UPGRADE', incident);

/** A storm brings thousands of signals: beyond so many events it goes on in a new run. */
const EVENTS = 1_000;
/** What nobody resolves and nobody tells of any more is over for us. */
const SILENT_MS = 24 * 3_600_000;

export interface IncidentInput {
  readonly id: string;
  readonly source: Source;
  /** Of the alert that began it: the item at its source. */
  readonly subject: string;
  /** Of the run before, when continued as new. */
  readonly state?: IncidentData;
  /** Events after which to continue as new; the server's own suggestion always counts. */
  readonly historyLimit?: number;
}

/**
 * What alerts tell of, however many: waits whether it passes, gathers what is known, and has it mended within the
 * policy or asks. What it saw and did is written down in any case.
 */
export async function incident(input: IncidentInput): Promise<void> {
  const state = new IncidentState(input.id, input.state);
  listen(state);
  const attributes = new ShownAttributes();
  const told = new ToldIncident();
  const isLong = () => historyIsLong(input.historyLimit ?? EVENTS);
  // Signals that came with the start are heard first: they say what it is about.
  await condition(() => state.data.alerts > 0);
  for (;;) {
    setCurrentDetails(incidentDetails(state.status()));
    const changed = attributes.changed(incidentAttributes(input.source, state.status()));
    if (changed.length > 0) upsertSearchAttributes(changed);
    told.tell(input, state);
    if (isLong()) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof incident>({ ...input, state: state.data });
    }
    if (await advance(input, state, isLong)) break;
  }
  told.tell(input, state);
  if (state.data.terms?.told) await told.settled();
  await condition(allHandlersFinished);
}

function listen(state: IncidentState): void {
  setHandler(alertsReceived, (signals) => state.receive(signals));
  setHandler(incidentStatus, () => state.status());
  setHandler(incidentWork, (work) => {
    state.data.work = work;
    state.note(`work: ${work.stage}, ${work.because}`);
  });
  setHandler(decideIncident, (answer) => decided(state, answer), {
    validator: (answer) => refuseAnswer(state, answer),
  });
  setHandler(incidentWaitsFor, ({ person }) => waitsFor(state, person));
}

/** One step of it; true when it is over. Returns early when the history is long. */
async function advance(input: IncidentInput, state: IncidentState, isLong: () => boolean): Promise<boolean> {
  const { data } = state;
  switch (data.stage) {
    case 'holding':
      await hold(state, isLong);
      return false;
    case 'gathering':
      await gather(state);
      if (state.mayOpen()) {
        await open(input, state, 'within the policy');
        // Its work does not wait for that.
        if (await analyse(input, state)) await say(input, state, 'analysis');
        return false;
      }
      await analyse(input, state);
      state.enter('asking', `a person has to decide: ${whyAsked(state)}`);
      return false;
    case 'asking':
      await ask(input, state, isLong);
      return false;
    case 'working':
      await untilOver(state, isLong);
      return false;
    default:
      await write(input, state);
      return true;
  }
}

/** What passes by itself is noted only. */
async function hold(state: IncidentState, isLong: () => boolean): Promise<void> {
  const { data } = state;
  const alert = state.alert();
  if (!alert) throw new Error('no alert has begun it');
  data.terms ??= await incidentSteps.routeIncident.executeWithOptions({ summary: `Whose is ${alert.name}?` }, [
    { alert },
  ]);
  const left = Date.parse(data.startedAt) + data.terms.holdMs - Date.now();
  const isNews = () => !state.isFiring() || state.isUrgent() || isLong();
  if (left > 0 && !state.isUrgent() && state.isFiring() && (await condition(isNews, left)) && isLong()) return;
  if (state.isFiring()) state.enter('gathering', 'it does not pass by itself');
  else state.enter('noted', 'it passed by itself before anything was done');
}

async function gather(state: IncidentState): Promise<void> {
  const { data } = state;
  const { terms, startedAt: since } = data;
  const alert = state.alert();
  if (!terms || !alert) return;
  try {
    const summary = `What is known around ${alert.name}?`;
    const found = await incidentSteps.gatherEvidence.executeWithOptions({ summary }, [{ alert, terms, since }]);
    data.evidence = found.lines;
    data.evidenceBlob = found.blob;
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    // It is worked on without.
    data.evidence = [{ kind: 'gap', text: `nothing could be gathered: ${error.cause?.message ?? error.message}` }];
  }
}

/** A model's opinion on what was gathered, where one is configured. False: there is none. */
async function analyse({ id }: IncidentInput, state: IncidentState): Promise<boolean> {
  const { data } = state;
  const { terms, startedAt: since, evidence = [], evidenceBlob, alerts } = data;
  const alert = state.alert();
  if (!terms?.analyse || !alert) return false;
  try {
    const summary = `What may have caused ${alert.name}?`;
    const found = await opinionSteps.analyseIncident.executeWithOptions({ summary }, [
      {
        ...{ incident: id, execution: thisExecution(), alert, terms, since, alerts, lines: [...evidence] },
        ...(evidenceBlob && { gathered: evidenceBlob }),
      },
    ]);
    data.evidence = [...evidence, ...found.lines];
    data.evidenceBlob = found.blob;
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const why = error.cause?.message ?? error.message;
    data.evidence = [...evidence, { kind: 'gap', text: `no model could say more: ${why}`.slice(0, 300) }];
  }
  return data.evidence.some(({ kind }) => kind === 'analysis');
}

function whyAsked({ data }: IncidentState): string {
  const { terms, severity } = data;
  if (!terms?.repo) return 'no repository is known for it';
  return `by itself a mission begins ${terms.missionFrom === 'never' ? 'never' : `from ${terms.missionFrom} on`}, and this is ${severity}`;
}

/** Through triage, as everything that becomes work: where the fault is known already, it is folded. */
async function open(input: IncidentInput, state: IncidentState, because: string): Promise<void> {
  const { data } = state;
  const { terms } = data;
  const alert = state.alert();
  if (!terms || !alert) return;
  const { item } = await incidentSteps.openIncidentItem.executeWithOptions({ summary: 'Hand it to triage' }, [
    {
      ...{ incident: input.id, source: input.source, subject: input.subject, alert, terms, severity: data.severity },
      ...{ execution: thisExecution(), evidence: data.evidence ?? [], alerts: data.alerts },
    },
  ]);
  data.item = item;
  state.enter('working', `handed to triage as ${item}, ${because}`);
}

async function ask(input: IncidentInput, state: IncidentState, isLong: () => boolean): Promise<void> {
  const { data } = state;
  if (!data.asked) {
    data.asked = true;
    await say(input, state, 'question');
  }
  const left = Date.parse(data.since) + (data.terms?.askMs ?? SILENT_MS) - Date.now();
  const isNews = () => data.decision !== undefined || !state.isFiring() || isLong();
  const answered = left > 0 && (await condition(isNews, left));
  const { decision } = data;
  if (decision) {
    delete data.decision;
    const who = decision.by.name ?? decision.by.id;
    const why = decision.text === '' ? '' : `: ${decision.text}`;
    if (decision.open) await open(input, state, `as ${who} decided${why}`);
    else state.enter('closed', `${who} closed it${why}`);
  } else if (!state.isFiring()) state.enter('closed', 'every alert is resolved, and nobody had it worked on');
  else if (!answered) state.enter('closed', 'nobody decided in time: nothing was begun');
}

/** Of a triage: what comes of it, it says no more about. */
const OVER: readonly string[] = ['done', 'ignored', 'folded', 'declined', 'split'];

/** Over when its work is over and nothing fires any more, or nothing is heard of it for a day. */
async function untilOver(state: IncidentState, isLong: () => boolean): Promise<void> {
  const { data } = state;
  const isOver = () => data.work !== undefined && OVER.includes(data.work.stage);
  if (!isOver()) {
    await condition(() => isOver() || isLong());
    return;
  }
  const { alerts } = data;
  const heard = await condition(() => !state.isFiring() || data.alerts !== alerts || isLong(), SILENT_MS);
  if (isLong() || (heard && state.isFiring())) return;
  const resolved = state.isFiring() ? 'nothing was heard of it for a day' : 'every alert is resolved';
  state.enter('closed', `${resolved}; its work: ${data.work?.because ?? ''}`);
}

/** Whatever came of it. */
async function write(input: IncidentInput, state: IncidentState): Promise<void> {
  const { data } = state;
  data.record = await incidentSteps.writeIncident.executeWithOptions({ summary: 'Write the record' }, [
    { status: state.status(), samples: data.samples, ...(data.evidenceBlob && { evidence: data.evidenceBlob }) },
  ]);
  setCurrentDetails(incidentDetails(state.status()));
  await say(input, state, 'end');
}

const SUMMARIES = {
  question: 'Ask whether to have it worked on',
  analysis: 'Say what may have caused it',
  end: 'Say what came of it',
} as const;

async function say({ source, subject, id }: IncidentInput, state: IncidentState, part: IncidentPart): Promise<void> {
  const summary = SUMMARIES[part];
  await vendorSteps.comment.executeWithOptions({ summary }, [
    {
      source,
      item: subject,
      body: incidentComment(state.status(), part),
      effectKey: `${id}/${thisExecution()}/${part}`,
    },
  ]);
}
