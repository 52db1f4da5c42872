import { condition, getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import { workflowId } from '../schemas/names.js';
import { quotaAwaited, quotaBack } from './messages.js';

// Work that waits until a provider has quota again: a timer of the server, not a step that is tried again and again.

/** Who is waited for. */
export const PROVIDERS = 'the quota of the model providers';

/** For work of a mission, which shows it. `woken`: somebody says to go on. */
export async function untilQuota(
  item: string,
  wait: { readonly until: number; readonly because: string },
  woken: () => boolean,
): Promise<void> {
  const mission = getExternalWorkflowHandle(workflowId.mission(item));
  const holder = workflowInfo().workflowId;
  await mission.signal(quotaAwaited, { holder, what: waitsFor(item, wait) });
  await condition(woken, Math.max(1, wait.until - Date.now()));
  await mission.signal(quotaBack, { holder });
}

/** What people see of it. */
export function waitsFor(
  item: string,
  { until, because }: { readonly until: number; readonly because: string },
): string {
  const at = new Date(until).toISOString().slice(0, 16).replace('T', ' ');
  return `until ${at} UTC, or signalbox resume ${item} when there is credit before: ${because}`;
}
