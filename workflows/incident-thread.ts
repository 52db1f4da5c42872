import { isCancellation } from '@temporalio/workflow';
import type { IncidentInput } from './incident.js';
import type { IncidentState } from './incident-state.js';
import { chatSteps } from './steps.js';
import { thisExecution } from './this-execution.js';

/** The incident's side of what is told of it in a chat: it says that it has moved, and waits for nobody. */
export class ToldIncident {
  #told = '';
  #telling: Promise<void> = Promise.resolve();

  /** Where a chat has a place for it, and it did not pass by itself. Counts alone are read by the thread's own looks. */
  tell({ id }: IncidentInput, state: IncidentState): void {
    const { told: place } = state.data.terms ?? {};
    const { stage, because, severity, item, evidence, record } = state.status();
    if (!place || stage === 'holding' || stage === 'noted') return;
    const now = JSON.stringify([stage, because, severity, item, evidence.length, record?.sha256]);
    if (now === this.#told) return;
    this.#told = now;
    const start = {
      ...{ ...place, thread: null, item: id, mission: `${id}/${thisExecution()}`, request: '', tellsEnd: true },
    };
    const summary = `Tell of it in chat: ${stage}`;
    this.#telling = this.#telling
      .then(() => chatSteps.openThread.executeWithOptions({ summary }, [start]))
      .catch((error: unknown) => {
        if (isCancellation(error)) throw error;
      });
  }

  /** Its last word is on its way. */
  settled(): Promise<void> {
    return this.#telling;
  }
}
