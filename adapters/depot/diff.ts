import type { ChangedFile } from '../../activities/ports.js';

// What git says about two trees, parsed so that no file name and no content can pass for something else. Pure.

type Line = ChangedFile['addedLines'][number];

export interface RawChange {
  readonly path: string;
  readonly status: ChangedFile['status'];
  readonly oldMode: string;
  readonly newMode: string;
  /** Zeros when there was nothing. */
  readonly oldObject: string;
}

const STATUSES: Readonly<Record<string, ChangedFile['status']>> = {
  A: 'added',
  M: 'modified',
  D: 'deleted',
  T: 'typechange',
};

/** Output of `git diff-tree -r -z --raw --no-renames`. */
export function parseRaw(output: string): RawChange[] {
  const fields = output.split('\0');
  const changes: RawChange[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [header = '', path = ''] = [fields[index], fields[index + 1]];
    const match = /^:(\d{6}) (\d{6}) ([0-9a-f]{40}) [0-9a-f]{40} ([AMDT])$/.exec(header);
    const status = STATUSES[match?.[4] ?? ''];
    if (!match || !status || path === '') throw new Error(`git said something unexpected about a change: ${header}`);
    changes.push({ path, status, oldMode: match[1] ?? '', newMode: match[2] ?? '', oldObject: match[3] ?? '' });
  }
  return changes;
}

interface Section {
  binary: boolean;
  readonly added: Line[];
  readonly removed: Line[];
}

/**
 * Joins the raw list with the patch of the same two trees (`-p -U0 --no-renames`, without `-z`). Both are in the same
 * order, so paths are only ever taken from the list; a change of type is two sections of the patch.
 */
export function parseChanges(raw: readonly RawChange[], patch: string): ChangedFile[] {
  const sections = parsePatch(patch);
  const expected = raw.reduce((count, { status }) => count + (status === 'typechange' ? 2 : 1), 0);
  if (sections.length !== expected) {
    throw new Error(`git listed ${expected} sections of a patch and printed ${sections.length}`);
  }
  let next = 0;
  return raw.map(({ path, status }) => {
    const own = sections.slice(next, next + (status === 'typechange' ? 2 : 1));
    next += own.length;
    return {
      path,
      status,
      binary: own.some(({ binary }) => binary),
      addedLines: own.flatMap(({ added }) => added),
      removedLines: own.flatMap(({ removed }) => removed),
    };
  });
}

/** Hunks are read by the number of lines that they announce: content never ends or begins one. */
function parsePatch(patch: string): Section[] {
  const sections: Section[] = [];
  const lines = patch.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const section = sections.at(-1);
    if (line.startsWith('diff --git ')) sections.push({ binary: false, added: [], removed: [] });
    else if (section && line.startsWith('Binary files ')) section.binary = true;
    else if (section && line.startsWith('@@ ')) index = readHunk(lines, index, section);
  }
  return sections;
}

/** Returns the index of the hunk's last line. */
function readHunk(lines: readonly string[], start: number, section: Section): number {
  const match = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(lines[start] ?? '');
  if (!match) throw new Error(`git printed a hunk that can't be read: ${lines[start]}`);
  const [, oldStart, oldCount = '1', newStart, newCount = '1'] = match;
  let [removed, added] = [0, 0];
  let index = start;
  while (removed < Number(oldCount) || added < Number(newCount)) {
    const line = lines[++index];
    if (line?.startsWith('-')) {
      section.removed.push({ line: Number(oldStart) + removed, text: line.slice(1) });
      removed++;
    } else if (line?.startsWith('+')) {
      section.added.push({ line: Number(newStart) + added, text: line.slice(1) });
      added++;
    } else if (!line?.startsWith('\\')) throw new Error('git printed a hunk that is shorter than it says');
  }
  return index;
}
