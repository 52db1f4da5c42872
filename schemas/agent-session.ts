import { workflowId } from './names.js';
import type { Signal } from './signal.js';

// A session that a tracker opens when somebody hands an item to Signalbox as its agent. Pure types: safe in workflows.

/** What an agent says in a session: a thought, a question that waits for an answer, or its last word. */
export type SessionSpeech = 'thought' | 'elicitation' | 'response' | 'error';

/** From a triage or a mission to the session that it works for. */
export interface SessionWord {
  readonly as: SessionSpeech;
  readonly body: string;
  /** Equal keys are said once. */
  readonly key: string;
}

/** To a workflow of its own, by this name. */
export const SESSION_TOLD = 'sessionTold';
export const SESSION_EVENT = 'sessionEvent';

/** The tracker takes an agent for gone after half an hour of silence. */
const SESSION_BEAT_MS = 25 * 60_000;

/** The workflow of the session answers at once, and sends triage what is to be done. `idleMs`: how long it stays then. */
export function sessionStart(signal: Signal, idleMs: number) {
  const { source, subject: item } = signal;
  const session = signal.data.session ?? '';
  return {
    type: 'agentSession',
    workflowId: workflowId.agentSession(session),
    input: { source, session, item, beatMs: SESSION_BEAT_MS, idleMs },
    signal: { name: SESSION_EVENT, input: signal },
    summary: `Agent session about ${item}`,
  } as const;
}
