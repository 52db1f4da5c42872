import {
  ActivityFailure,
  proxyActivities,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { KpiActivities } from '../activities/kpi.js';
import type { KpiSettings } from '../schemas/kpi.js';
import { type KpiState, nextKpi } from '../schemas/kpi-level.js';
import { kpiAttributes } from './search-attributes.js';
import { quote } from './story.js';
import { versioned } from './versioning.js';

const { measureKpi } = proxyActivities<KpiActivities>({
  // One query; what takes longer is too heavy to be asked every minute.
  startToCloseTimeout: '20 seconds',
  // The next round asks again: one that fails is a round without a value.
  retry: { initialInterval: '1 second', maximumAttempts: 2 },
});

const { tellKpi } = proxyActivities<KpiActivities>({
  // One or two calls of Temporal itself.
  startToCloseTimeout: '30 seconds',
  // Until it is told the round is not over, and the next one waits for it.
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 60 },
});

// A round is seconds long, and the next one runs on new code anyway.
versioned('AUTO_UPGRADE', kpi);

/**
 * One round of looking at a figure. Its Schedule hands each round what the one before has found, which is all the state
 * there is: where that is lost the figure is looked at as if for the first time.
 */
export async function kpi(terms: KpiSettings): Promise<KpiState> {
  const before = workflowInfo().lastResult as KpiState | undefined;
  const sample = await measure(terms);
  const now = nextKpi(before, sample, terms, new Date().toISOString());
  upsertSearchAttributes(kpiAttributes(now, terms.repo));
  if (now.level !== (before?.level ?? 'new')) {
    await tellKpi.executeWithOptions({ summary: `${terms.name} is ${now.level}` }, [
      { kpi: terms, now, ...(before && { before }) },
    ]);
  }
  setCurrentDetails(
    `${quote(terms.means)}: **${now.level}** since ${now.since}, ${now.value === undefined ? 'no value' : now.value}`,
  );
  return now;
}

async function measure(terms: KpiSettings): Promise<number | undefined> {
  try {
    const value = await measureKpi.executeWithOptions({ summary: `Measure ${terms.name}` }, [{ query: terms.query }]);
    return value ?? undefined;
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return undefined;
  }
}
