import {
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowFailure,
  type ChildWorkflowHandle,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  patched,
  startChild,
} from '@temporalio/workflow';
import type { ChainId } from '../activities/ports-records.js';
import { workflowId } from '../schemas/names.js';
import { missionPriority } from '../schemas/priority.js';
import type { WorkItem } from '../schemas/work-item.js';
import type { changeSet } from './change-set.js';
import { historyIsLong, MISSION_EVENTS } from './history-length.js';
import type { TriageInput } from './messages-triage.js';
import type { mission } from './mission.js';
import { runEnd } from './run-end.js';
import { quote } from './story.js';
import { tellMission } from './triage-claim.js';
import type { TriageState } from './triage-state.js';

// The mission of a triage, which outlives runs of the triage and sometimes the triage itself.

/** How soon a mission of an earlier run is looked at again; its end matters only to who asks for more work. */
const LOOK_MS = 60_000;
const LONGEST_LOOK_MS = 30 * 60_000;
/** A mission that is being cancelled because its item belongs elsewhere. */
const SOON_MS = 3_000;

/** In the middle of its work: runs from before this was possible went on. */
export function mayRest({ historyLimit }: TriageInput): boolean {
  return historyIsLong(historyLimit) && patched('triage-rests');
}

/** `rest`: it goes on while a new run of the triage watches it. */
export async function runMission(input: TriageInput, state: TriageState, ready: WorkItem): Promise<'rest' | undefined> {
  const attempt = state.startMission(ready.key);
  const { alsoFrom } = state.data;
  const item = { ...ready, ...(alsoFrom && alsoFrom.length > 0 && { alsoFrom }) };
  if (alsoFrom) state.data.told = alsoFrom.length;
  try {
    const options = {
      workflowId: workflowId.mission(item.key),
      // The mission outlives its triage: it may take days, and triage may continue as new.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      // Inherited by everything that the mission starts.
      priority: missionPriority(item),
      staticSummary: `${item.key}: ${quote(item.title, 120)}`,
      staticDetails: `Repository ${(item.repos ?? [item.repo]).join(', ')}, ${quote(item.routedBecause)}`,
    };
    const child: ChildWorkflowHandle<typeof mission> | ChildWorkflowHandle<typeof changeSet> = item.repos
      ? await startChild<typeof changeSet>('changeSet', { ...options, args: [{ item, attempt }] })
      : await startChild<typeof mission>('mission', {
          ...options,
          args: [{ item, attempt, historyLimit: MISSION_EVENTS }],
        });
    state.data.missionThere = true;
    // What was folded into it while it was being started.
    if (state.data.alsoFrom) await tellMission(state);
    const ended = child.result().then((outcome) => `${outcome.result}: ${outcome.because}`);
    // A triage that is cancelled still waits for its mission.
    const long = CancellationScope.nonCancellable(() => condition(() => historyIsLong(input.historyLimit)));
    const end = await Promise.race([ended, long]);
    if (end === undefined && mayRest(input)) {
      state.data.watched = { workflowId: child.workflowId, firstRunId: child.firstExecutionRunId };
      return 'rest';
    }
    state.enter('done', end ?? (await ended));
  } catch (error) {
    if (!(error instanceof ChildWorkflowFailure) && !(error instanceof ApplicationFailure)) throw error;
    state.enter('done', `the mission failed: ${error.cause?.message ?? error.message}`);
  }
  return undefined;
}

/** A mission that an earlier run has started: Temporal is asked, at once when the label is set again. */
export async function watchMission(input: TriageInput, state: TriageState): Promise<'rest' | undefined> {
  const { watched } = state.data;
  if (!watched) throw new Error('it is not known which mission runs');
  try {
    return await untilItEnds(input, state, watched);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    // As a child it would have been cancelled along, and waited for.
    return CancellationScope.nonCancellable(async () => {
      const handle = getExternalWorkflowHandle(watched.workflowId);
      await handle.cancel().catch(() => undefined);
      return untilItEnds(input, state, watched);
    });
  }
}

async function untilItEnds(input: TriageInput, state: TriageState, watched: ChainId): Promise<'rest' | undefined> {
  for (let wait = LOOK_MS; ; wait = Math.min(2 * wait, LONGEST_LOOK_MS)) {
    const seen = state.waiting();
    const end = await runEnd(watched, 'Does the mission still run?');
    if (end) {
      state.enter('done', end.because);
      return undefined;
    }
    state.stillRuns(seen);
    if (mayRest(input)) return 'rest';
    const corrected = state.data.correction !== undefined;
    const isNews = () => state.hasWork() || (!corrected && state.data.correction !== undefined);
    await condition(isNews, corrected ? SOON_MS : wait);
  }
}
