import type { Claim, DedupeStatus } from '../schemas/claim.js';

// How well triage decides: in what time, and how much of it people had to put right. Plain data and the rules on it.

/** Of so many decisions the time is known. */
const TIMES = 300;
/** Later than this it took longer than promised. */
const LATE_MS = 24 * 3_600_000;
/** Items that were corrected, remembered so that each counts once. */
const REMEMBERED = 500;

/** Plain data that continue-as-new carries; what is missing was never counted. */
export interface TriageCounts {
  times?: number[];
  late?: number;
  /** Items about which it was decided whose work they are. */
  decided?: number;
  /** Of these: put right by a person, however often. */
  corrected?: number;
  /** Keys of the latest of them. */
  correctedKeys?: string[];
  /** Keys of those that claim anew because a person put them right: that is no decision of triage. */
  again?: string[];
  /** Decided otherwise than words alone would have, because of what people had corrected. */
  used?: { readonly apart: number; readonly moved: number };
  /** Their repository was named by a model. */
  byModel?: number;
}

/** An item leads or follows from now on. */
export function countDecision(counts: TriageCounts, { key, waitedMs, routedBy }: Claim): void {
  const { again = [] } = counts;
  if (again.includes(key)) {
    counts.again = again.filter((one) => one !== key);
    return;
  }
  counts.decided = (counts.decided ?? 0) + 1;
  if (routedBy === 'model') counts.byModel = (counts.byModel ?? 0) + 1;
  if (routedBy === 'correction') use(counts, 'moved');
  // New work of an item that was corrected before may be corrected again.
  counts.correctedKeys = (counts.correctedKeys ?? []).filter((one) => one !== key);
  if (waitedMs === undefined) return;
  counts.times = [...(counts.times ?? []), waitedMs].slice(-TIMES);
  if (waitedMs > LATE_MS) counts.late = (counts.late ?? 0) + 1;
}

/** A person has put an item right. `reclaims`: it claims anew, and that was decided before. */
export function countCorrection(counts: TriageCounts, key: string, reclaims: boolean): void {
  if (reclaims) counts.again = [...(counts.again ?? []), key].slice(-REMEMBERED);
  const { correctedKeys = [] } = counts;
  if (correctedKeys.includes(key)) return;
  counts.corrected = (counts.corrected ?? 0) + 1;
  counts.correctedKeys = [...correctedKeys, key].slice(-REMEMBERED);
}

/** Two stay apart because a person has told them, or what is like them, apart. */
export function useApart(counts: TriageCounts): void {
  use(counts, 'apart');
}

function use(counts: TriageCounts, what: 'apart' | 'moved'): void {
  const { used = { apart: 0, moved: 0 } } = counts;
  counts.used = { ...used, [what]: used[what] + 1 };
}

export function countsView(counts: TriageCounts): Pick<DedupeStatus, 'time' | 'decided' | 'used' | 'byModel'> {
  const times = (counts.times ?? []).toSorted((one, other) => one - other);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  const { decided: items = 0, corrected = 0, used = { apart: 0, moved: 0 }, byModel = 0 } = counts;
  return {
    time: { medianMs: at(0.5), p95Ms: at(0.95), longestMs: times.at(-1) ?? 0, late: counts.late ?? 0 },
    // An item may be corrected before it was decided: more than all is no share.
    decided: { items, corrected, untouched: items === 0 ? null : Math.max(0, 1 - corrected / items) },
    ...{ used, byModel },
  };
}
