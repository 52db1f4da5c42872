import {
  ActivityFailure,
  condition,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { AgentSessionActivities } from '../activities/agent-session.js';
import type { SignalActivities } from '../activities/signals.js';
import type { SessionSpeech, SessionWord } from '../schemas/agent-session.js';
import type { Signal } from '../schemas/signal.js';
import type { Source } from '../schemas/source.js';
import { historyIsLong } from './history-length.js';
import { sessionEvent, sessionTold } from './messages-triage.js';
import { vendorSteps } from './steps.js';
import { quote } from './story.js';
import { versioned } from './versioning.js';

const { orderWork, lookAtWork, sendSignal } = proxyActivities<AgentSessionActivities & SignalActivities>({
  // A call or two of Temporal itself.
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 60 },
});

/** Events remembered to recognise a redelivery. */
const REMEMBERED = 200;

export interface SessionInput {
  readonly source: Source;
  /** Its id at the tracker. */
  readonly session: string;
  /** Key of the item that it is about. */
  readonly item: string;
  /** The longest silence while there is work. */
  readonly beatMs: number;
  /** How long it stays, when there is none, to hear what people say next. */
  readonly idleMs: number;
  readonly historyLimit?: number;
  readonly state?: SessionState;
}

interface SessionState {
  readonly seen: string[];
  readonly queue: (Signal | SessionWord)[];
  /** What it says itself, counted. */
  said: number;
  /** There is work that it speaks for. */
  working: boolean;
  /** Id of whoever opened it; sessions of before do not know. */
  openedBy?: string;
}

// It lives for days: it moves on to new code.
versioned('AUTO_UPGRADE', agentSession);

/**
 * One per session of an agent at a tracker: answers within seconds, passes on what people say there, says what triage
 * and mission tell, and is never silent for so long that the tracker takes it for gone.
 */
export async function agentSession(input: SessionInput): Promise<void> {
  const state: SessionState = input.state ?? { seen: [], queue: [], said: 0, working: false };
  const take = (id: string, next: Signal | SessionWord) => {
    if (state.seen.includes(id)) return;
    state.seen.push(id);
    state.seen.splice(0, state.seen.length - REMEMBERED);
    state.queue.push(next);
  };
  setHandler(sessionEvent, (signal) => take(`event ${signal.id}`, signal));
  setHandler(sessionTold, (word) => take(`word ${word.key}`, word));
  for (;;) {
    await condition(() => state.queue.length > 0, state.working ? input.beatMs : input.idleMs);
    const next = state.queue.shift();
    if (next === undefined && !state.working) return;
    if (next === undefined) await beat(input, state);
    else if ('as' in next) await pass(input, state, next);
    else await hear(input, state, next);
    setCurrentDetails(`${input.item}: ${state.working ? 'at work' : 'waits for what people say'}`);
    if (state.queue.length === 0 && historyIsLong(input.historyLimit)) {
      await continueAsNew<typeof agentSession>({ ...input, state });
    }
  }
}

/** What people do there. The first word comes before anything else is looked at. */
async function hear(input: SessionInput, state: SessionState, signal: Signal): Promise<void> {
  const { source, item } = input;
  const by = signal.data.actor ?? { id: 'unknown' };
  const text = signal.data.text ?? '';
  if (signal.type === 'session.stopped') {
    const own = by.id === state.openedBy;
    const taken = await orderWork.executeWithOptions({ summary: 'Stop' }, [
      { source, item, order: 'cancel', by, text, own },
    ]);
    if (typeof taken === 'object') return refuse(input, state, taken.refused);
    // Its end is told by what was stopped.
    if (taken === 'taken') return say(input, state, 'thought', 'Stopping. What was done so far is kept.');
    state.working = false;
    return say(input, state, 'response', 'Stopped: nothing was under way.');
  }
  if (signal.type === 'session.prompted') {
    await say(input, state, 'thought', 'Passing this on to the work that is under way.');
    const order = { source, item, order: 'answer', by, text } as const;
    const taken = await orderWork.executeWithOptions({ summary: 'Pass on what was said' }, [order]);
    if (typeof taken === 'object') return refuse(input, state, taken.refused);
    if (taken === 'taken') return;
  } else {
    state.openedBy = by.id;
    await say(input, state, 'thought', `Reading ${item}. What is missing is asked here; then the plan follows.`);
  }
  state.working = true;
  const { text: _text, ...data } = signal.data;
  await sendSignal.executeWithOptions({ summary: 'Hand it to triage' }, [
    { ...signal, type: 'ticket.delegated', data },
  ]);
}

/** The work goes on as it was. */
function refuse(input: SessionInput, state: SessionState, because: string): Promise<void> {
  return say(input, state, state.working ? 'thought' : 'response', `Not done: ${quote(because, 300)}.`);
}

async function pass(input: SessionInput, state: SessionState, { as, body, key }: SessionWord): Promise<void> {
  state.working = as !== 'response' && as !== 'error';
  await speak(input, as, body, key);
}

/** It goes on, or it has ended without a word. */
async function beat(input: SessionInput, state: SessionState): Promise<void> {
  const { source, item } = input;
  const { running, said } = await lookAtWork.executeWithOptions({ summary: 'Does it go on?' }, [{ source, item }]);
  if (running) return say(input, state, 'thought', `Still at work: ${quote(said, 500)}`);
  state.working = false;
  return say(input, state, 'response', `This is over: ${quote(said, 500)}`);
}

function say(input: SessionInput, state: SessionState, as: SessionSpeech, body: string): Promise<void> {
  return speak(input, as, body, `own-${++state.said}`);
}

/** A session that is gone at the tracker can be told nothing; the work goes on. */
async function speak({ source, session }: SessionInput, as: SessionSpeech, body: string, key: string): Promise<void> {
  try {
    await vendorSteps.speak.executeWithOptions({ summary: `Say: ${as}` }, [
      { source, session, as, body, effectKey: `session/${session}/${key}` },
    ]);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    setCurrentDetails(`could not be said: ${error.cause?.message ?? ''}`);
  }
}
