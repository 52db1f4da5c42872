import { workflowId } from './names.js';
import { dedupeKey, type Signal } from './signal.js';

// How a signal reaches its triage, for whoever has one to send: the doors, the command line, and what looks by itself.

/** A reporter looks at their tickets within a working day. */
const REMIND_MS = 24 * 3_600_000;

export interface TriageStart {
  readonly type: 'triage';
  readonly workflowId: string;
  readonly input: {
    readonly dedupeKey: string;
    readonly source: Signal['source'];
    readonly subject: string;
    readonly dedupeMs: number;
    readonly remindMs: number;
  };
  readonly signal: { readonly name: 'signalReceived'; readonly input: Signal };
  readonly summary: string;
}

/** `dedupeMs`: how long triage stays after its last work to recognise late redeliveries. */
export function triageStart(signal: Signal, dedupeMs: number): TriageStart {
  const { source, subject } = signal;
  const key = dedupeKey(signal);
  return {
    type: 'triage',
    workflowId: workflowId.triage(key),
    input: { dedupeKey: key, source, subject, dedupeMs, remindMs: REMIND_MS },
    signal: { name: 'signalReceived', input: signal },
    summary: `Triage of ${key}`,
  };
}
