import { posix } from 'node:path';

/** About 8 000 tokens. */
const CHARACTERS = 24_000;
/** Names per directory, tried from the whole to none until the map fits. */
const NAMES = [Number.POSITIVE_INFINITY, 40, 15, 5, 0];

/** The files of a tree by directory, bounded: a large repo is told by its directories, and says what it left out. */
export function repoMap(files: readonly string[], characters = CHARACTERS): string {
  const directories = new Map<string, string[]>();
  for (const path of files) {
    const directory = posix.dirname(path);
    directories.set(directory, [...(directories.get(directory) ?? []), posix.basename(path)]);
  }
  const sorted = [...directories].sort(([one], [other]) => (one < other ? -1 : 1));
  for (const names of NAMES) {
    const lines = sorted.map(([directory, inside]) => line(directory, inside, names));
    if (lengthOf(lines) <= characters) return lines.join('\n');
  }
  return cut(
    sorted.map(([directory, inside]) => line(directory, inside, 0)),
    characters,
  );
}

function line(directory: string, inside: readonly string[], names: number): string {
  if (names === 0) return `${directory}/ (${inside.length} files)`;
  const left = inside.length - names;
  return `${directory}/ ${inside.slice(0, names).join(' ')}${left > 0 ? ` and ${left} more` : ''}`;
}

function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, { length }) => sum + length + 1, 0);
}

function cut(lines: readonly string[], characters: number): string {
  let left = characters;
  const shown = lines.filter(({ length }) => {
    left -= length + 1;
    return left > 0;
  });
  return [...shown, `and ${lines.length - shown.length} more directories`].join('\n');
}
