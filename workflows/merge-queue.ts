import {
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  setCurrentDetails,
  setHandler,
  TemporalFailure,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { BatchPlace, TurnWanted } from '../schemas/merge-turn.js';
import { historyIsLong } from './history-length.js';
import { validateBatch } from './merge-batch.js';
import { type MergeQueueData, MergeQueueState } from './merge-queue-state.js';
import { mergeQueueStatus, turnGiven, turnReturned, turnWanted } from './messages-standing.js';
import { runEnd } from './run-end.js';
import { mergeQueueAttributes } from './search-attributes.js';
import { mergeQueueDetails } from './story.js';
import { versioned } from './versioning.js';

// A repo's queue stands for as long as its missions come: it moves on to new code.
versioned('AUTO_UPGRADE', mergeQueue);

/** Nobody has wanted a turn for so long: whoever wants one next starts it again. */
const IDLE_MS = 60 * 60_000;

export interface MergeQueueInput {
  readonly repo: string;
  /** How often it is looked whether the holder of the turn still runs. */
  readonly lookMs: number;
  /** Of the run before, when continued as new. */
  readonly state?: MergeQueueData;
  /** Events after which to continue as new; the server's own suggestion always counts. */
  readonly historyLimit?: number;
}

/**
 * One per repo: missions take turns to bring in the base, validate and merge, so that each validates once. Those that
 * wait are validated together where that is possible, and then only merge. Whoever has the turn is trusted to hand it back, and found out when it has ended without doing so.
 */
export async function mergeQueue(input: MergeQueueInput): Promise<void> {
  const state = new MergeQueueState(input.repo, input.state);
  setHandler(turnWanted, (turn) => state.want(turn));
  setHandler(turnReturned, ({ key }) => state.returned(key));
  setHandler(mergeQueueStatus, () => state.status());
  upsertSearchAttributes(mergeQueueAttributes(input.repo));

  for (;;) {
    const ready = state.ready();
    if (ready.length > 0) state.batched(await validateBatch(input.repo, ready));
    const next = state.give();
    if (next) await give(state, next);
    setCurrentDetails(mergeQueueDetails(state.status()));
    if (historyIsLong(input.historyLimit)) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof mergeQueue>({ ...input, state: state.data });
    }
    const { holder } = state.data;
    if (holder) {
      if (await condition(() => state.data.holder !== holder, input.lookMs)) continue;
      const { holder: workflowId, firstRunId, item, key } = holder;
      if (await runEnd({ workflowId, firstRunId }, `Does ${item} still run?`)) state.lost(key);
    } else if (!(await condition(() => state.hasWork(), IDLE_MS))) break;
  }
  await condition(allHandlersFinished);
}

/** A mission that has ended while it waited can't be told, and loses its turn. */
async function give(state: MergeQueueState, turn: TurnWanted & { readonly batch?: BatchPlace }): Promise<void> {
  const { holder, key, batch } = turn;
  try {
    await getExternalWorkflowHandle(holder).signal(turnGiven, { key, ...(batch && { batch }) });
  } catch (error) {
    if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
    state.lost(key);
  }
}
