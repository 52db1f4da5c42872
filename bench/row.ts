import { median } from './measure.js';

// One line of the report: ours beside what it is compared with, or a plain count.

export type Target = { readonly atMost: number } | { readonly atLeast: number };

export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** What a user would have instead; null where something is only counted. */
  readonly baseline: number | null;
  /** Ours divided by the baseline, or the count itself: what the target is about. */
  readonly value: number;
  readonly target: Target | null;
  /** Null without a target. */
  readonly met: boolean | null;
  /** Of each side; the figures are their medians. */
  readonly repetitions: number;
}

export interface Compared {
  readonly name: string;
  readonly unit: string;
  readonly ours: readonly number[];
  readonly baseline: readonly number[];
  readonly target?: Target;
}

export function ratioRow({ name, unit, ours, baseline, target }: Compared): Row {
  const [left, right] = [median(ours), median(baseline)];
  const value = left / right;
  const repetitions = Math.min(ours.length, baseline.length);
  const met = target ? meets(value, target) : null;
  return { name, unit, ours: left, baseline: right, value, target: target ?? null, met, repetitions };
}

export interface Counted {
  readonly name: string;
  readonly unit: string;
  readonly counts: readonly number[];
  readonly target?: Target;
}

export function countRow({ name, unit, counts, target }: Counted): Row {
  const value = median(counts);
  const met = target ? meets(value, target) : null;
  return { name, unit, ours: value, baseline: null, value, target: target ?? null, met, repetitions: counts.length };
}

export function meets(value: number, target: Target): boolean {
  return 'atMost' in target ? value <= target.atMost : value >= target.atLeast;
}
