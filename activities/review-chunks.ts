import type { ChangedFile } from './ports.js';

// A unified diff in parts that a reviewer can read, with nothing left out. Pure.

/** What the diff says of one file. */
export interface FilePatch {
  readonly path: string;
  readonly text: string;
}

export interface PatchChunk {
  readonly paths: readonly string[];
  readonly text: string;
}

/** Of a header that is repeated on each part of a long file: paths may be long. */
const HEADER_CHARACTERS = 500;

/**
 * The patch by file. Both are of the same two trees and in the same order, so paths are taken from the list and never
 * from the text; a change of type is two sections. Lines of content never begin with `diff`.
 */
export function filePatches(files: readonly ChangedFile[], patch: string): FilePatch[] {
  const sections = patch === '' ? [] : patch.split(/(?<![^\n])(?=diff --git )/);
  const expected = files.reduce((count, { status }) => count + (status === 'typechange' ? 2 : 1), 0);
  if (sections.length !== expected) {
    throw new Error(`git listed ${expected} sections of a patch and printed ${sections.length}`);
  }
  let next = 0;
  return files.map(({ path, status }) => {
    const own = sections.slice(next, next + (status === 'typechange' ? 2 : 1));
    next += own.length;
    return { path, text: own.join('') };
  });
}

/** As few chunks as the order of the files allows, none longer than `characters`; a longer file is spread over some. */
export function chunksOf(patches: readonly FilePatch[], characters: number): PatchChunk[] {
  const chunks: { paths: string[]; text: string }[] = [];
  for (const { path, text } of patches) {
    for (const piece of piecesOf(text, characters)) {
      const last = chunks.at(-1);
      if (last && last.text.length + piece.length <= characters) {
        last.text += piece;
        last.paths.push(path);
      } else chunks.push({ paths: [path], text: piece });
    }
  }
  return chunks.map(({ paths, text }) => ({ paths: [...new Set(paths)], text }));
}

function piecesOf(text: string, characters: number): string[] {
  if (text.length <= characters) return [text];
  const header = `${text.slice(0, text.indexOf('\n')).slice(0, HEADER_CHARACTERS)} (continued)\n`;
  const pieces: string[] = [];
  for (let rest = text; rest !== ''; ) {
    const lead = pieces.length === 0 ? '' : header;
    const room = characters - lead.length;
    const end = rest.length <= room ? rest.length : cutBefore(rest.slice(0, room));
    pieces.push(lead + rest.slice(0, end));
    rest = rest.slice(end);
  }
  return pieces;
}

/** Between hunks where it can be, else between lines, else in the middle of one. */
function cutBefore(window: string): number {
  return window.lastIndexOf('\n@@ ') + 1 || window.lastIndexOf('\n') + 1 || window.length;
}
