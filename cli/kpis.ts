import { type Client, ScheduleNotFoundError } from '@temporalio/client';
import type { KpiSettings } from '../schemas/kpi.js';
import type { KpiState } from '../schemas/kpi-level.js';
import { workflowId } from '../schemas/names.js';
import { withClient } from './connect.js';
import { json, safe } from './output.js';

// The figures that are watched: where each one is now.

interface KpiView {
  readonly name: string;
  readonly means: string;
  /** Of the last round that has ended; missing before the first one. */
  readonly state?: KpiState;
  readonly paused: boolean;
  /** ISO 8601: the next look. */
  readonly next?: string;
}

const MARKS = { new: '·', ok: '✔', breached: '✘', blind: '?' } as const;

export function kpis(options: { readonly json: boolean }): Promise<number> {
  return withClient(async ({ client, config, output }) => {
    const views = await Promise.all(config.kpis.map((kpi) => viewOf(client, kpi)));
    if (options.json) output.data(json(views));
    else if (views.length === 0) output.talk('no figure is watched: name some under `kpis` in signalbox.config.yaml');
    else for (const view of views) output.data(lineOf(view));
    return 0;
  });
}

async function viewOf(client: Client, { name, means }: KpiSettings): Promise<KpiView> {
  try {
    const { info, state } = await client.schedule.getHandle(workflowId.kpi(name)).describe();
    const [next] = info.nextActionTimes;
    const found = await lastFound(
      client,
      info.recentActions.map(({ action }) => action.workflow.workflowId),
    );
    return {
      ...{ name, means, paused: state.paused },
      ...(found && { state: found }),
      ...(next && { next: next.toISOString() }),
    };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return { name, means, paused: false };
    throw error;
  }
}

/** Of the newest round that has ended: without a worker the newest one may be waiting for it. */
async function lastFound(client: Client, rounds: readonly string[]): Promise<KpiState | undefined> {
  for (const id of rounds.toReversed()) {
    const handle = client.workflow.getHandle(id);
    if ((await handle.describe()).status.name === 'COMPLETED') return (await handle.result()) as KpiState;
  }
  return undefined;
}

function lineOf({ name, means, state, paused, next }: KpiView): string {
  const now = state
    ? `${state.level} since ${state.since}, ${state.value ?? 'no value'}`
    : 'not looked at yet: the Schedule is made when a worker starts';
  const then = paused ? 'paused' : next ? `next look ${next}` : undefined;
  return `${MARKS[state?.level ?? 'new']} ${safe(name)}: ${now} (${[safe(means), then].filter(Boolean).join(', ')})`;
}
