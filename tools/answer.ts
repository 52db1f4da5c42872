import type { FileAnswer } from '../schemas/tool.js';

// What a tool answers with, and the two ways in which it does not.

export type Answer = Omit<FileAnswer, 'call'>;

/** It was tried, or could have been, and did not work: the text says what to do instead. */
export class Failed extends Error {}

/** It may not be done here; nothing was tried. */
export class Refused extends Error {}

/** The host lacks something: no other call would help, so the whole batch ends. */
export class Unfit extends Error {}

export function done(text: string): Answer {
  return { outcome: 'done', text };
}

/** Lines up to a number of characters, and whether all of them fitted. */
export function fitting(
  lines: readonly string[],
  characters: number,
): { readonly lines: string[]; readonly all: boolean } {
  const kept: string[] = [];
  let length = 0;
  for (const line of lines) {
    length += line.length + 1;
    if (length > characters) return { lines: kept, all: false };
    kept.push(line);
  }
  return { lines: kept, all: true };
}

/** A line of a file as it is shown: one that nobody reads to its end is cut. */
export function shortened(line: string, most: number): string {
  return line.length <= most ? line : `${line.slice(0, most)} [${line.length - most} more characters]`;
}
