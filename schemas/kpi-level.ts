import type { KpiSettings } from './kpi.js';

// When a figure counts as breached, with hysteresis: a value that swings about its limit is one breach, not fifty.

/** `blind`: it can't be measured, which is never taken for well. `new`: not known yet. */
export type KpiLevel = 'new' | 'ok' | 'breached' | 'blind';

/** Carried from each round to the next. */
export interface KpiState {
  readonly level: KpiLevel;
  /** ISO 8601: since when. */
  readonly since: string;
  /** Undefined: there was none in the last round. */
  readonly value?: number;
  /** Where the last samples point, when that is not where it is. */
  readonly towards?: { readonly level: KpiLevel; readonly samples: number };
}

export type KpiTerms = Pick<KpiSettings, 'above' | 'below' | 'clearsAt' | 'samples'>;

/** `sample`: undefined when there is no value. */
export function nextKpi(
  before: KpiState | undefined,
  sample: number | undefined,
  terms: KpiTerms,
  now: string,
): KpiState {
  const { level, since, towards } = before ?? { level: 'new', since: now };
  const value = sample === undefined ? {} : { value: sample };
  const pointed = levelOf(sample, terms) ?? (level === 'new' ? 'ok' : level);
  if (pointed === level) return { level, since, ...value };
  const samples = towards?.level === pointed ? towards.samples + 1 : 1;
  if (samples >= terms.samples) return { level: pointed, since: now, ...value };
  return { level, since, ...value, towards: { level: pointed, samples } };
}

/** Undefined between the limit and where a breach is over: there it stays what it was. */
function levelOf(sample: number | undefined, { above, below, clearsAt }: KpiTerms): KpiLevel | undefined {
  if (sample === undefined || !Number.isFinite(sample)) return 'blind';
  if (above !== undefined) {
    if (sample > above) return 'breached';
    return sample <= (clearsAt ?? above) ? 'ok' : undefined;
  }
  if (below !== undefined) {
    if (sample < below) return 'breached';
    return sample >= (clearsAt ?? below) ? 'ok' : undefined;
  }
  return 'blind';
}
