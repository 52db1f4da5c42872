import { ActivityFailure } from '@temporalio/workflow';
import type { ChainId } from '../activities/ports-records.js';
import type { RunEnd } from '../activities/runs.js';
import { steps } from './steps.js';

/** What became of a workflow that is not our child. Null: it goes on, as far as is known. */
export async function runEnd(chain: ChainId, summary: string): Promise<RunEnd | null> {
  try {
    return await steps.runEnd.executeWithOptions({ summary }, [chain]);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return null;
  }
}
