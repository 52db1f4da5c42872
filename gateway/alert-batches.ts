import type { Signal } from '../schemas/signal.js';
import { alertsStart, incidentOf, type TriageStart } from '../schemas/triage-start.js';
import type { Dispatched } from './dispatch.js';

// In a storm alerts of one incident come faster than Temporal takes them one by one. Those that come while a send is
// under way go together with the next one, as a database commits in groups: each is answered when Temporal has it.

/** Bounds the payload: an alert is 1 KB or so, and Temporal takes 2 MB. */
const TOGETHER = 64;

interface Waiting {
  readonly signal: Signal;
  readonly done: (dispatched: Dispatched) => void;
  readonly failed: (error: unknown) => void;
}

export function createAlertBatches(dispatch: (start: TriageStart) => Promise<Dispatched>) {
  /** By incident, while a send of it is under way. */
  const waiting = new Map<string, Waiting[]>();

  async function sendAll(id: string, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.splice(0, TOGETHER);
      const [first] = batch;
      if (!first) break;
      try {
        const dispatched = await dispatch(
          alertsStart(
            batch.map(({ signal }) => signal),
            first.signal,
          ),
        );
        for (const { done } of batch) done(dispatched);
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    waiting.delete(id);
  }

  return {
    send(signal: Signal): Promise<Dispatched> {
      const id = incidentOf(signal);
      return new Promise((done, failed) => {
        const one = { signal, done, failed };
        const queue = waiting.get(id);
        if (queue) {
          queue.push(one);
          return;
        }
        const begun = [one];
        waiting.set(id, begun);
        void sendAll(id, begun);
      });
    },
  };
}
