// What an operator needs to know of a language: how things are spelled and what is worth swapping. Pure data and text.
import type { RoleOf } from './tree.js';

/** Replacements of one word, each with its weight. */
export type Swaps = Readonly<Record<string, readonly (readonly [string, number])[]>>;

export interface Language {
  readonly roleOf: RoleOf;
  readonly comparisons: Swaps;
  readonly arithmetic: Swaps;
  readonly assignments: Swaps;
  readonly logic: Readonly<Record<string, string>>;
  /** Functions and methods that people take for each other. */
  readonly calls: Swaps;
  readonly and: string;
  readonly or: string;
  readonly equal: string;
  readonly unequal: string;
  readonly none: string;
  readonly yes: string;
  readonly no: string;
  readonly not: (text: string) => string;
  readonly length: (text: string) => string;
  readonly isEmpty: readonly ((text: string) => string)[];
  readonly isFilled: readonly ((text: string) => string)[];
  readonly max: (a: string, b: string) => string;
  readonly min: (a: string, b: string) => string;
  readonly statement: (text: string) => string;
  readonly guard: (condition: string, body: string, indent: string) => string;
  /** Ways to put something around any value, each with its weight. */
  readonly wraps: readonly { readonly around: (text: string) => string; readonly weight: number }[];
  /** Methods that put a value into a collection. */
  readonly adders: readonly string[];
  readonly infinities: readonly string[];
  /** Values that a missing base case may give. */
  readonly bases: readonly string[];
  readonly drop: (indent: string) => string;
}

/** `any -> all 0.9; min -> max 0.9, sum 0.1`: tables of hundreds of words stay readable this way. */
export function readSwaps(table: string): Swaps {
  const rows = table
    .split(';')
    .map((row) => row.trim())
    .filter(Boolean);
  return Object.fromEntries(
    rows.map((row) => {
      const [word = '', others = ''] = row.split(' -> ');
      return [word, others.split(', ').map((pair) => readPair(pair))];
    }),
  );
}

function readPair(pair: string): readonly [string, number] {
  // The word may have a space of its own, as in `not in`.
  const at = pair.lastIndexOf(' ');
  return [pair.slice(0, at), Number(pair.slice(at + 1))];
}

/** Lines such as `0.3 abs(_)`, where `_` stands for the value. */
export function readWraps(table: string): Language['wraps'] {
  const rows = table
    .split('\n')
    .map((row) => row.trim())
    .filter(Boolean);
  return rows.map((row) => {
    const [weight = '0', ...rest] = row.split(' ');
    const shape = rest.join(' ');
    return { weight: Number(weight), around: (text: string) => shape.replace('_', () => text) };
  });
}
