import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { KpiSettings } from '../schemas/kpi.js';
import type { KpiState } from '../schemas/kpi-level.js';
import type { Signal } from '../schemas/signal.js';
import { triageStart } from '../schemas/triage-start.js';
import { permanent } from './failure.js';
import type { Metrics } from './ports-metrics.js';
import type { Runs } from './ports-records.js';

export interface KpiActivityPorts {
  /** Undefined where no source of metrics is configured. */
  readonly metrics: Metrics | undefined;
  readonly runs: Runs;
  readonly dedupeMs: number;
}

export interface KpiChange {
  readonly kpi: KpiSettings;
  readonly before?: KpiState;
  readonly now: KpiState;
}

/** What a standing look at a figure needs of the outside. */
export function createKpiActivities({ metrics, runs, dedupeMs }: KpiActivityPorts) {
  return {
    /** Null: there is no value now. */
    async measureKpi({ query }: Pick<KpiSettings, 'query'>): Promise<number | null> {
      if (!metrics)
        throw permanent('BadInput', 'no source of metrics is configured: set `metrics` in the configuration');
      return (await metrics.value(query, Context.current().cancellationSignal)) ?? null;
    },

    /** Tells triage that the figure is at another level. Equal changes are equal signals, so a retry changes nothing. */
    async tellKpi(change: KpiChange): Promise<void> {
      for (const signal of kpiSignals(change)) await runs.signalWithStart(triageStart(signal, dedupeMs));
    },
  };
}

export type KpiActivities = ReturnType<typeof createKpiActivities>;

/** What the change of a level says; nothing where it begins well. */
export function kpiSignals({ kpi, before, now }: KpiChange): readonly Signal[] {
  const was = before?.level ?? 'new';
  const toSignal = (what: 'breach' | 'blind', status: 'firing' | 'resolved') => signalOf(kpi, now, what, status);
  return [
    ...(was === 'breached' ? [toSignal('breach', 'resolved')] : []),
    ...(was === 'blind' ? [toSignal('blind', 'resolved')] : []),
    ...(now.level === 'breached' ? [toSignal('breach', 'firing')] : []),
    ...(now.level === 'blind' ? [toSignal('blind', 'firing')] : []),
  ];
}

function signalOf(
  kpi: KpiSettings,
  { since, value }: KpiState,
  what: 'breach' | 'blind',
  status: 'firing' | 'resolved',
): Signal {
  const { name, means, query, severity, repo } = kpi;
  const subject = what === 'breach' ? `kpi-${name}` : `kpi-${name}-blind`;
  const id = `${subject}/${status}/${since}`;
  return {
    ...{ specversion: '1.0', id, source: 'kpi', type: status === 'firing' ? 'alert.fired' : 'alert.resolved' },
    ...{ subject, time: since, datacontenttype: 'application/json' },
    bodyhash: createHash('sha256').update(id).digest('hex'),
    data: {
      ...(repo !== undefined && { repo }),
      alert: {
        ...{ fingerprint: subject, name: subject, status, severity, startsAt: since },
        summary: what === 'blind' ? `${means}: it can't be measured any more` : summary(kpi, value),
        description: `Query: ${query}`,
        labels: { kpi: name },
      },
    },
  };
}

function summary({ means, above, below }: KpiSettings, value: number | undefined): string {
  const limit = above === undefined ? `under ${below}` : `over ${above}`;
  return `${means}: ${value ?? 'no value'}, and a breach is ${limit}`;
}
