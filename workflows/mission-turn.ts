import { condition, getExternalWorkflowHandle, setHandler, workflowInfo } from '@temporalio/workflow';
import type { ReadyChange } from '../schemas/merge-turn.js';
import { workflowId } from '../schemas/names.js';
import { missionPriority } from '../schemas/priority.js';
import { RERUNS } from './gates.js';
import { turnGiven, turnReturned } from './messages-standing.js';
import { needsPerson } from './mission-approval.js';
import type { MissionContext } from './mission-context.js';
import { MissionState } from './mission-state.js';
import { steps } from './steps.js';

/** A queue that was ended by hand has forgotten who waits: the wish is repeated, and a queue that knows it folds it. */
const ASK_AGAIN_MS = 30 * 60_000;

/** Registers what the merge queue may say, before anything is awaited. */
export function listenToQueue({ state }: MissionContext): void {
  setHandler(turnGiven, async ({ key, batch }) => {
    const { turn } = state.data;
    if (turn?.key === key) Object.assign(turn, { given: true, ...(batch && { batch }) });
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
    const ready = readyChange(state);
    state.enter('merge-queue', { who: `the merge queue of ${item.repo}`, what: 'its turn to merge' });
    show();
    do {
      await steps.askForTurn.executeWithOptions({ summary: 'Ask for its turn to merge' }, [
        {
          repo: item.repo,
          turn: {
            ...{ holder, firstRunId, key: turn.key, item: item.key, priority: missionPriority(item).priorityKey },
            ...(ready && { ready }),
          },
        },
      ]);
    } while (!(await condition(() => turn.given, ASK_AGAIN_MS)));
  }
}

/** Undefined while a person has to be asked, or hold-outs have to run: then it would not merge in its turn. */
function readyChange(state: MissionState): ReadyChange | undefined {
  const { change } = state.data;
  const { base, baseline } = state.ground();
  if (!change || base.holdouts || needsPerson(state, change)) return undefined;
  const { gates, scenarios } = base.blueprint;
  return {
    ...{
      repo: change.repo,
      head: change.head,
      near: base.tree,
      blueprint: base.blueprintRef,
      gates,
      scenarios,
      baseline,
    },
    targets: MissionState.targets(state.plan()?.tasks ?? []),
    reruns: state.hasAgents() ? RERUNS : 0,
  };
}

/** A queue that is gone needs no telling. */
function handBack(repo: string, key: string): Promise<void> {
  const queue = getExternalWorkflowHandle(workflowId.mergeQueue(repo));
  return queue.signal(turnReturned, { key }).catch(() => undefined);
}
