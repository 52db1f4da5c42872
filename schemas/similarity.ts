import { type Signature, unpackTerms } from './signature.js';

// Whether two items tell of the same fault. Deterministic keys first; then the similarity of their words, TF-IDF over
// what is known of the repo. Chosen on one half of bench/triage, judged on the other: docs/results/triage.md.

/** From here on two texts are the same fault. */
export const FOLD_FROM = 0.5;
/** From here on people are told of each other. */
export const NEAR_FROM = 0.3;
/** Of words that are telling for both: fewer may be chance, however short the texts are. */
const LEAST_SHARED = 4;
/** How much an item counts that is not there: with few items nothing is known of how common a word is. */
const SMOOTHING = 12;

export type Likeness =
  /** `sure`: by more than their words. */
  | { readonly is: 'same'; readonly because: string; readonly score: number; readonly sure: boolean }
  | { readonly is: 'near'; readonly because: string; readonly score: number }
  | { readonly is: 'other'; readonly score: number };

/** How many items have a word, of how many; by the word's id. */
export interface Frequencies {
  readonly items: number;
  readonly of: ReadonlyMap<string, number>;
}

export function frequencies(packed: readonly string[]): Frequencies {
  const of = new Map<string, number>();
  for (const terms of packed) for (const id of unpackTerms(terms).keys()) of.set(id, (of.get(id) ?? 0) + 1);
  return { items: packed.length, of };
}

export function likeness(one: Signature, other: Signature, known: Frequencies): Likeness {
  const unlike = named(one.unlike, other) ?? named(other.unlike, one);
  if (unlike !== undefined) return { is: 'near', because: `one says that it is not ${unlike}`, score: 0 };
  const key = one.keys.find((candidate) => other.keys.includes(candidate));
  if (key !== undefined) return { is: 'same', because: `both have ${key}`, score: 1, sure: true };
  const score = similarity(one.terms, other.terms, known);
  const traced = shared(one.traces, other.traces);
  if (traced) return { is: 'same', because: 'the same error at the same place', score: 1, sure: true };
  if (shared(one.errors, other.errors)) {
    const elsewhere = one.traces.length > 0 && other.traces.length > 0;
    if (!elsewhere) return { is: 'same', because: 'the same error', score: 1, sure: true };
    return { is: 'near', because: 'the same error at another place', score };
  }
  const mention = named(one.mentions, other) ?? named(other.mentions, one);
  const apart = contrast(one.contrasts, other.contrasts);
  const percent = `${Math.round(score * 100)} % alike`;
  if (score >= FOLD_FROM && apart === undefined) return { is: 'same', because: percent, score, sure: false };
  if (score >= FOLD_FROM) return { is: 'near', because: `${percent}, but ${apart}`, score };
  if (mention !== undefined) return { is: 'near', because: `one names ${mention}`, score };
  if (score >= NEAR_FROM) return { is: 'near', because: percent, score };
  return { is: 'other', score };
}

/** From 0 to 1: the cosine of both, and how much of the shorter one is in the longer one. */
export function similarity(one: string, other: string, known: Frequencies): number {
  const [a, b] = [weighed(one, known), weighed(other, known)];
  let dot = 0;
  let sharedTerms = 0;
  for (const [id, weight] of a) {
    const counterpart = b.get(id);
    if (counterpart === undefined) continue;
    dot += weight * counterpart;
    sharedTerms++;
  }
  if (sharedTerms < LEAST_SHARED) return 0;
  const cosine = dot / (norm(a) * norm(b));
  const contained = overlap(a, b) / Math.min(sum(a), sum(b));
  return 0.5 * cosine + 0.5 * contained;
}

function weighed(packed: string, { items, of }: Frequencies): ReadonlyMap<string, number> {
  return new Map(
    [...unpackTerms(packed)].map(([id, weight]) => {
      const rarity = Math.log(1 + (items + SMOOTHING) / ((of.get(id) ?? 0) + 1));
      return [id, weight * rarity];
    }),
  );
}

function overlap(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let common = 0;
  for (const [id, weight] of a) common += Math.min(weight, b.get(id) ?? 0);
  return common;
}

function norm(terms: ReadonlyMap<string, number>): number {
  return Math.sqrt([...terms.values()].reduce((total, weight) => total + weight * weight, 0));
}

function sum(terms: ReadonlyMap<string, number>): number {
  return [...terms.values()].reduce((total, weight) => total + weight, 0);
}

function shared(one: readonly string[], other: readonly string[]): boolean {
  return one.some((hash) => other.includes(hash));
}

function named(keys: readonly string[], { keys: own }: Signature): string | undefined {
  return keys.find((key) => own.includes(key))?.replace(/^[a-z]+:/, '');
}

/** What both say something different about: one is about the export and the other about the import. */
function contrast(one: readonly string[], other: readonly string[]): string | undefined {
  const groupOf = (value: string) => value.slice(0, value.indexOf('='));
  for (const group of new Set(one.map(groupOf))) {
    const [mine, theirs] = [one, other].map((values) => values.filter((value) => groupOf(value) === group));
    if (!mine || !theirs || theirs.length === 0 || mine.some((value) => theirs.includes(value))) continue;
    const shown = (values: readonly string[]) => values.map((value) => value.slice(group.length + 1)).join(', ');
    return `one is about ${shown(mine)}, the other about ${shown(theirs)}`;
  }
  return undefined;
}
