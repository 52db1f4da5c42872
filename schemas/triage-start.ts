import { workflowId } from './names.js';
import { dedupeKey, type Signal } from './signal.js';

// How a signal reaches its workflow, for whoever has one to send: the doors, the command line, and what looks by itself.

/** What is asked is reminded of well before the 24 hours are over that triage may take. */
const REMIND_MS = 20 * 3_600_000;
/** Before that, nobody has to hear that an item is not decided. */
const LOOK_MS = 3_600_000;

export interface TriageStart {
  readonly type: 'triage' | 'incident' | 'agentSession';
  readonly workflowId: string;
  /** Its one argument, where it has to be started. */
  readonly input: object;
  readonly signal:
    | { readonly name: 'signalReceived' | 'sessionEvent'; readonly input: Signal }
    | { readonly name: 'alertsReceived'; readonly input: readonly Signal[] };
  readonly summary: string;
}

/** `dedupeMs`: how long triage stays after its last work to recognise late redeliveries. */
export function triageStart(signal: Signal, dedupeMs: number): TriageStart {
  if (signal.type === 'alert.fired' || signal.type === 'alert.resolved') return alertsStart([signal], signal);
  const { source, subject } = signal;
  const key = dedupeKey(signal);
  return {
    type: 'triage',
    workflowId: workflowId.triage(key),
    input: { dedupeKey: key, source, subject, dedupeMs, remindMs: REMIND_MS, lookMs: LOOK_MS },
    signal: { name: 'signalReceived', input: signal },
    summary: `Triage of ${key}`,
  };
}

/** Alerts of one incident in one step; `first` is one of them. */
export function alertsStart(signals: readonly Signal[], first: Signal): TriageStart {
  const { source, subject } = first;
  const id = incidentOf(first);
  return {
    type: 'incident',
    workflowId: id,
    input: { id, source, subject },
    signal: { name: 'alertsReceived', input: signals },
    summary: `Incident: ${first.data.alert?.name ?? subject}`.slice(0, 200),
  };
}

/** What the monitor keeps together is one incident; else each fault by itself. */
export function incidentOf({ source, subject, data }: Pick<Signal, 'source' | 'subject' | 'data'>): string {
  const group = data.alert?.group;
  return workflowId.incident(group === undefined ? subject : `${source}-${hashOf(group)}`);
}

/** FNV-1a, forwards and backwards: workflow ids are made where there is no crypto, too. */
function hashOf(text: string): string {
  const half = (characters: readonly string[]) => {
    let hash = 0x811c9dc5;
    for (const character of characters) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
    return (hash >>> 0).toString(16).padStart(8, '0');
  };
  const characters = [...text];
  return half(characters) + half(characters.toReversed());
}
