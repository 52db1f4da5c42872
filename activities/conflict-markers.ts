// The places of a file that git could not bring together, as it writes them between markers. Pure.

/** Commits whose ids name the markers of one conflict. */
export interface MarkedSides {
  readonly taken: string;
  readonly ours: string;
}

interface Place {
  readonly taken: string[];
  readonly common: string[];
  readonly ours: string[];
}

type Part = string | Place;

const SEPARATOR = '=======';

/**
 * The file with both sides of each place, one after the other; lines that both begin or end with are there once.
 * Undefined where a side changed or removed lines: to keep both would bring back what one of them took away.
 */
export function bothKept(text: string, sides: MarkedSides, first: 'taken' | 'ours'): string | undefined {
  const parts = partsOf(text, sides);
  if (!parts?.some((part) => typeof part !== 'string')) return undefined;
  const lines: string[] = [];
  for (const part of parts) {
    if (typeof part === 'string') lines.push(part);
    else if (part.common.length > 0) return undefined;
    else lines.push(...(first === 'taken' ? joined(part.taken, part.ours) : joined(part.ours, part.taken)));
  }
  return lines.join('\n');
}

/** Whether something of the markers is left in the text. */
export function hasMarkers(text: string, { taken, ours }: MarkedSides): boolean {
  return text.split('\n').some((line) => line.startsWith(opening(taken)) || line.startsWith(closing(ours)));
}

function opening(commit: string): string {
  return `<<<<<<< ${commit}`;
}

function closing(commit: string): string {
  return `>>>>>>> ${commit}`;
}

/** Undefined when the markers don't add up. */
function partsOf(text: string, sides: MarkedSides): readonly Part[] | undefined {
  const parts: Part[] = [];
  let place: Place | undefined;
  let at: keyof Place = 'taken';
  for (const line of text.split('\n')) {
    const bare = line.replace(/\r$/, '');
    if (!place) {
      if (bare !== opening(sides.taken)) parts.push(line);
      else {
        place = { taken: [], common: [], ours: [] };
        at = 'taken';
        parts.push(place);
      }
    } else if (at === 'taken' && bare.startsWith('||||||| ')) at = 'common';
    else if (at === 'common' && bare === SEPARATOR) at = 'ours';
    else if (at === 'ours' && bare === closing(sides.ours)) place = undefined;
    else place[at].push(line);
  }
  return place ? undefined : parts;
}

function joined(first: readonly string[], second: readonly string[]): string[] {
  const shorter = Math.min(first.length, second.length);
  let head = 0;
  while (head < shorter && first[head] === second[head]) head++;
  let tail = 0;
  while (tail < shorter - head && first.at(-1 - tail) === second.at(-1 - tail)) tail++;
  const inner = (lines: readonly string[]) => lines.slice(head, lines.length - tail);
  return [...first.slice(0, head), ...inner(first), ...inner(second), ...first.slice(first.length - tail)];
}
