// Where edits may start: the suspicious lines, and the lines that feed them without being run by a test themselves.

import type { SuspiciousLine } from './localise.js';
import { languageOf, type Place } from './operators/generate.js';
import { type Node, parseTree, walk } from './operators/tree.js';

/** Default values of a suspicious function, and constants of its module, against the function's own lines. */
const HEADER_SHARE = 0.6;
const MODULE_SHARE = 0.4;

export function placesOf({
  lines,
  read,
}: {
  readonly lines: readonly SuspiciousLine[];
  readonly read: (path: string) => string;
}): readonly Place[] {
  const paths = [...new Set(lines.map((line) => line.path))];
  return paths.map((path) => {
    const text = read(path);
    const own = new Map(lines.filter((line) => line.path === path).map((line) => [line.line, line.score]));
    return { path, text, suspicion: spread({ path, text, own }) };
  });
}

function spread({
  path,
  text,
  own,
}: {
  readonly path: string;
  readonly text: string;
  readonly own: ReadonlyMap<number, number>;
}): ReadonlyMap<number, number> {
  const suspicion = new Map(own);
  const root = parseTree({ path, text, roleOf: languageOf(path).roleOf });
  const raise = (line: number, score: number) => {
    if (!own.has(line)) suspicion.set(line, Math.max(suspicion.get(line) ?? 0, score));
  };
  for (const node of walk(root)) {
    const inside = worst({ node, own });
    if (inside === 0) continue;
    if (node.role === 'function' || node.role === 'lambda') raise(node.line, inside * HEADER_SHARE);
    // A statement over many lines is often counted by its first one alone.
    if (node.parent?.role === 'block' && !holdsBlock(node))
      for (let line = node.line; line <= lastLine(node); line++) raise(line, inside);
  }
  const top = Math.max(...own.values());
  for (const node of root.children) {
    if (node.named && !holdsBlock(node) && node.role !== 'import' && node.role !== 'comment') {
      for (let line = node.line; line <= lastLine(node); line++) raise(line, top * MODULE_SHARE);
    }
  }
  return suspicion;
}

function lastLine(node: Node): number {
  return node.line + (node.text.match(/\n/g)?.length ?? 0);
}

function worst({ node, own }: { readonly node: Node; readonly own: ReadonlyMap<number, number> }): number {
  let found = 0;
  for (let line = node.line; line <= lastLine(node); line++) found = Math.max(found, own.get(line) ?? 0);
  return found;
}

function holdsBlock(node: Node): boolean {
  for (const inner of walk(node))
    if (inner.role === 'block' || inner.role === 'lambda' || inner.role === 'class') return true;
  return false;
}
