import { CancellationScope, condition, patched } from '@temporalio/workflow';
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
  await CancellationScope.nonCancellable(() => condition(ended, BELOW_ENDS_MS));
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
