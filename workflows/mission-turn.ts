import { condition, getExternalWorkflowHandle, setHandler, workflowInfo } from '@temporalio/workflow';
import { workflowId } from '../schemas/names.js';
import { missionPriority } from '../schemas/priority.js';
import { turnGiven, turnReturned } from './messages.js';
import type { MissionContext } from './mission-context.js';
import { steps } from './steps.js';

/** A queue that was ended by hand has forgotten who waits: the wish is repeated, and a queue that knows it folds it. */
const ASK_AGAIN_MS = 30 * 60_000;

/** Registers what the merge queue may say, before anything is awaited. */
export function listenToQueue({ state }: MissionContext): void {
  setHandler(turnGiven, async ({ key }) => {
    const { turn } = state.data;
    if (turn?.key === key) turn.given = true;
    // A wish that came twice, or late: somebody else waits for it.
    else await handBack(state.item.repo, key);
  });
}

/** The mission's turn at its repo: who has it brings in the base, validates and merges, and nobody else does. */
export class MergeTurn {
  readonly #context: MissionContext;

  constructor(context: MissionContext) {
    this.#context = context;
  }

  /** Waits for it. A mission that is paused does not hold others up. */
  async take(): Promise<void> {
    const { state, unpaused } = this.#context;
    for (;;) {
      await unpaused();
      await this.#wait();
      if (!state.data.paused) return;
      await this.giveBack();
    }
  }

  async giveBack(): Promise<void> {
    const { state } = this.#context;
    const { turn } = state.data;
    delete state.data.turn;
    if (turn) await handBack(state.item.repo, turn.key);
  }

  async #wait(): Promise<void> {
    const { state, show } = this.#context;
    if (state.data.turn) return;
    const { item } = state;
    const { workflowId: holder, firstExecutionRunId: firstRunId } = workflowInfo();
    state.data.turns = (state.data.turns ?? 0) + 1;
    const turn = { key: `${firstRunId}/${state.data.turns}`, given: false };
    state.data.turn = turn;
    state.enter('merge-queue', { who: `the merge queue of ${item.repo}`, what: 'its turn to merge' });
    show();
    do {
      await steps.askForTurn.executeWithOptions({ summary: 'Ask for its turn to merge' }, [
        {
          repo: item.repo,
          turn: { holder, firstRunId, key: turn.key, item: item.key, priority: missionPriority(item).priorityKey },
        },
      ]);
    } while (!(await condition(() => turn.given, ASK_AGAIN_MS)));
  }
}

/** A queue that is gone needs no telling. */
function handBack(repo: string, key: string): Promise<void> {
  const queue = getExternalWorkflowHandle(workflowId.mergeQueue(repo));
  return queue.signal(turnReturned, { key }).catch(() => undefined);
}
