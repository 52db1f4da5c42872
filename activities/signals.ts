import type { Signal } from '../schemas/signal.js';
import { triageStart } from '../schemas/triage-start.js';
import type { Runs } from './ports-records.js';

export interface SignalActivityPorts {
  readonly runs: Runs;
  /** How long triage recognises late redeliveries. */
  readonly dedupeMs: number;
}

/** Signals that nobody sent from outside: what a look at the outside found. */
export function createSignalActivities({ runs, dedupeMs }: SignalActivityPorts) {
  return {
    /** To the triage of its item, which is started where it does not run. Equal signals are one there. */
    async sendSignal(signal: Signal): Promise<void> {
      await runs.signalWithStart(triageStart(signal, dedupeMs));
    },
  };
}

export type SignalActivities = ReturnType<typeof createSignalActivities>;
