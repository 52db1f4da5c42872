import { CancellationScope, ParentClosePolicy, patched, startChild, workflowInfo } from '@temporalio/workflow';
import { workflowId } from '../schemas/names.js';
import { packPlans } from '../schemas/plan-versions.js';
import type { archive } from './archive.js';
import type { MissionState } from './mission-state.js';
import { statusOf } from './mission-status.js';

/** Starts what keeps this run, as the last thing that the run does. Also when it was cancelled. */
export async function startArchive(state: MissionState): Promise<void> {
  if (!patched('archive-2026-11-21')) return;
  const { workflowId: mission, runId } = workflowInfo();
  const item = state.item.key;
  await CancellationScope.nonCancellable(() =>
    startChild<typeof archive>('archive', {
      workflowId: workflowId.archive(item, runId),
      args: [{ item, workflowId: mission, runId, status: statusOf(state), plans: packPlans(state.data.plans) }],
      // It begins its work when this run has ended.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Archive of ${item}`,
    }),
  );
}
