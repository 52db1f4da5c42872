import { MERGE_QUEUE, TURN_WANTED, type TurnWanted } from '../schemas/merge-turn.js';
import { workflowId } from '../schemas/names.js';
import { Outcome } from '../schemas/outcome.js';
import type { ChainId, Runs } from './ports-records.js';

/** A holder that was terminated is found out this late at most. */
const LOOK_MS = 5 * 60_000;

export interface RunEnd {
  /** One line: what became of it. */
  readonly because: string;
}

/** What a workflow can't find out by itself: what became of workflows that are not its children. */
export function createRunActivities({ runs }: { readonly runs: Runs }) {
  return {
    /** Null while it goes on. */
    async runEnd(chain: ChainId): Promise<RunEnd | null> {
      const end = await runs.end(chain);
      if (!end) return null;
      const outcome = Outcome.safeParse(end.result);
      return { because: outcome.success ? `${outcome.data.result}: ${outcome.data.because}` : end.status };
    },

    /** Starts the merge queue of the repo where there is none. Equal wishes are one, so a retry changes nothing. */
    askForTurn({ repo, turn }: { readonly repo: string; readonly turn: TurnWanted }): Promise<void> {
      return runs.signalWithStart({
        type: MERGE_QUEUE,
        workflowId: workflowId.mergeQueue(repo),
        input: { repo, lookMs: LOOK_MS },
        signal: { name: TURN_WANTED, input: turn },
        summary: `Merge queue of ${repo}`,
      });
    },
  };
}

export type RunActivities = ReturnType<typeof createRunActivities>;
