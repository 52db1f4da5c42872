import { type Client, WorkflowUpdateFailedError } from '@temporalio/client';
import type { ItemWork } from '../../activities/ports-records.js';
import { workflowId } from '../../schemas/names.js';
import { dedupeKey } from '../../schemas/signal.js';
import { isNotFound } from './client.js';

/** By the names that workflows/messages.ts gives them. */
const ORDERS = {
  answer: [
    { at: 'triage', name: 'answerTriage' },
    { at: 'mission', name: 'answerMission' },
    // What answers no question is guidance.
    { at: 'mission', name: 'steerMission' },
  ],
  cancel: [
    { at: 'mission', name: 'cancelMission' },
    { at: 'triage', name: 'cancelTriage' },
  ],
} as const;

interface Stage {
  readonly stage: string;
  readonly because?: string;
  readonly waitingOn?: { readonly who: string; readonly what: string };
}

/** The triage and the mission of an item, as its people speak to them. `client` is asked for at each call. */
export function createItemWork(client: () => Client): ItemWork {
  const idOf = (
    at: 'triage' | 'mission',
    { source, item }: { source: Parameters<typeof dedupeKey>[0]['source']; item: string },
  ) => (at === 'mission' ? workflowId.mission(item) : workflowId.triage(dedupeKey({ source, subject: item })));

  return {
    async order(where, order, given) {
      for (const { at, name } of ORDERS[order]) {
        try {
          await client()
            .workflow.getHandle(idOf(at, where))
            .executeUpdate(name, { args: [given] });
          return 'taken';
        } catch (error) {
          // Refused, over, or never there: perhaps the next one takes it.
          if (!isNotFound(error) && !(error instanceof WorkflowUpdateFailedError)) throw error;
        }
      }
      return 'nobody';
    },

    async look(where) {
      const mission = await stageOf(client(), idOf('mission', where), 'missionStatus');
      if (mission) return { running: true, said: described(mission) };
      const triage = await stageOf(client(), idOf('triage', where), 'triageStatus');
      if (!triage) return { running: false, said: 'nothing is under way' };
      const running = ['assessing', 'asking', 'running'].includes(triage.stage);
      return { running, said: triage.because ?? triage.stage };
    },
  };
}

function described({ stage, waitingOn }: Stage): string {
  return waitingOn ? `${stage}, waiting for ${waitingOn.who}: ${waitingOn.what}` : stage;
}

/** Undefined when it does not run. */
async function stageOf(client: Client, id: string, query: string): Promise<Stage | undefined> {
  try {
    const handle = client.workflow.getHandle(id);
    if ((await handle.describe()).status.name !== 'RUNNING') return undefined;
    return await handle.query<Stage>(query);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
