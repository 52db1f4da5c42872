import { CancellationScope, condition, getExternalWorkflowHandle, patched } from '@temporalio/workflow';
import { workflowId } from '../schemas/names.js';
import type { Ended, MissionContext } from './mission-context.js';
import type { MissionState } from './mission-state.js';

/** Of what was cancelled: a model's call is aborted, a command ended, a workspace closed; an effect is awaited. */
const BELOW_ENDS_MS = 60_000;
/** Whoever cancels is told when nothing goes on any more, or after this time that it is being ended. */
const ACKNOWLEDGED_MS = 5_000;

/** Of work that began to be cancelled under the code of before: it waited for nobody, and left workspaces open. */
export function cancelsInOrder(): boolean {
  return patched('cancel-2026-11-21');
}

/** By an order to the mission, or by Temporal's own cancellation. To be asked outside of any scope. */
export function isCancelled({ data }: MissionState): boolean {
  return data.cancelled !== undefined || CancellationScope.current().consideredCancelled;
}

/** Until what the mission started is over: what it cost is known then, and nothing of it goes on. */
export async function belowEnded({ state, open }: MissionContext): Promise<void> {
  const all = isCancelled(state) && cancelsInOrder();
  if (!all && !state.hasAgents()) return;
  const ended = () => !state.nodes().some((record) => record.state === 'running') && (!all || open.size === 0);
  await CancellationScope.nonCancellable(async () => {
    if (all) await cancelNewRuns({ state, open });
    await condition(ended, BELOW_ENDS_MS);
  });
}

/** A scope cancels the first run of a child, which has ended when it continued as new: whatever runs now hears it too. */
async function cancelNewRuns({ state, open }: Pick<MissionContext, 'state' | 'open'>): Promise<void> {
  const running = state.nodes().filter((record) => record.state === 'running');
  if (running.length + open.size === 0 || !patched('cancel-new-runs-2026-11-21')) return;
  const ids = [...running.map(({ task }) => workflowId.task(state.item.key, task.id)), ...open];
  // One that has ended meanwhile can't be cancelled, and need not be.
  await Promise.all(
    ids.map((id) =>
      getExternalWorkflowHandle(id)
        .cancel()
        .catch(() => undefined),
    ),
  );
}

/** Resolves when the mission goes on with nothing but to say that it was cancelled. */
export async function acknowledged(context: MissionContext): Promise<void> {
  await CancellationScope.nonCancellable(() => condition(() => context.settled, ACKNOWLEDGED_MS));
}

export function cancelledEnd({ data }: MissionState): Ended {
  const { cancelled, branchHead, change, records } = data;
  const by = cancelled?.by;
  const because = `cancelled by ${by?.name ?? by?.id ?? 'an operator'}${cancelled?.text ? `: ${cancelled.text}` : ''}`;
  const kept = Object.values(records).flatMap(({ task, commit }) =>
    task.kind === 'change' && commit ? [`${task.id}: the work so far is commit ${commit}`] : [],
  );
  const branch = branchHead !== null && change ? [`the change is on branch ${change.branch}`] : [];
  return { result: 'cancelled', because, evidence: [...kept, ...branch] };
}
