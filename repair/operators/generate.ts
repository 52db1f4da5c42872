// All candidate edits of a file, best first, in an order that depends on nothing but the texts and the coverage.
import * as calls from './calls.js';
import * as conditions from './conditions.js';
import * as constants from './constants.js';
import { javascript } from './javascript.js';
import type { Language } from './language.js';
import { gatherFacts, type Mutation, type Operator } from './mutation.js';
import * as names from './names.js';
import * as operands from './operands.js';
import { python } from './python.js';
import * as statements from './statements.js';
import { functionOf, type Node, parseTree, walk } from './tree.js';

const OPERATORS: readonly Operator[] = [operands, constants, names, calls, conditions, statements].flatMap((table) =>
  Object.values(table),
);

/** Edits that make tests pass without mending anything more often than not. */
export const OVERFITTING: ReadonlySet<string> = new Set([
  'delete statement',
  'constant condition',
  'guard return',
  'extend condition',
  'wrap in if',
  'base value',
  'two edits',
  'condition',
  'fallback',
  'combine',
]);

export interface Scored extends Mutation {
  readonly path: string;
  readonly score: number;
}

export interface Place {
  readonly path: string;
  readonly text: string;
  /** Line -> suspicion from 0 to 1; other lines are left alone. */
  readonly suspicion: ReadonlyMap<number, number>;
}

export function languageOf(path: string): Language {
  return path.endsWith('.py') ? python : javascript;
}

export interface Generated {
  readonly places: readonly Place[];
  readonly words: ReadonlySet<string>;
  /** A failing test never ends: what a loop or a recursion goes by is the first suspect. */
  readonly hangs: boolean;
}

/** Order is all: the right edit is one of the first hundred of thousands, or hardly ever found. */
export function generate({ places, words, hangs }: Generated): readonly Scored[] {
  const scored = places.flatMap((place) => scorePlace({ place, words, hangs }));
  scored.sort(
    (a, b) =>
      b.score - a.score || compare(a.path, b.path) || a.start - b.start || a.end - b.end || compare(a.text, b.text),
  );
  return scored;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

interface Scoring {
  readonly place: Place;
  readonly words: ReadonlySet<string>;
  readonly hangs: boolean;
}

function scorePlace({ place, words, hangs }: Scoring): readonly Scored[] {
  const language = languageOf(place.path);
  const root = parseTree({ path: place.path, text: place.text, roleOf: language.roleOf });
  const around = { language, source: place.text, root, words, facts: gatherFacts(root) };
  const groups = new Map<string, Mutation[]>();
  const seen = new Set<string>();
  const driving = hangs ? drivers(root) : new Set<number>();
  for (const node of walk(root)) {
    if (!place.suspicion.has(node.line)) continue;
    for (const operator of OPERATORS) {
      for (const mutation of operator(node, around)) {
        const key = `${mutation.start}:${mutation.end}:${mutation.text}`;
        if (seen.has(key) || place.text.slice(mutation.start, mutation.end) === mutation.text) continue;
        seen.add(key);
        const group = `${mutation.operator}:${mutation.line}`;
        const others = groups.get(group);
        if (others) others.push(mutation);
        else groups.set(group, [mutation]);
      }
    }
  }
  return [...groups.values()].flatMap((group) => rank({ group, place, words, driving }));
}

const HANG_BOOST = 1.8;
const UPDATES: ReadonlySet<string> = new Set(['missing update', 'assignment', 'extend condition']);

/** Lines that decide whether a loop goes on, or on what a function calls itself. */
function drivers(root: Node): ReadonlySet<number> {
  const lines = new Set<number>();
  for (const node of walk(root)) {
    if (node.role === 'while' || node.role === 'for') lines.add(node.line);
    if (node.role !== 'call') continue;
    const name = functionOf(node)?.children.find((child) => child.role === 'name')?.text;
    if (name && node.text.startsWith(`${name}(`)) lines.add(node.line);
  }
  return lines;
}

interface Ranking {
  readonly group: Mutation[];
  readonly place: Place;
  readonly words: ReadonlySet<string>;
  readonly driving: ReadonlySet<number>;
}

function rank({ group, place, words, driving }: Ranking): readonly Scored[] {
  group.sort((a, b) => b.weight - a.weight || a.start - b.start || compare(a.text, b.text));
  return group.map((mutation, rankInGroup) => {
    const suspicion = 0.25 + 0.75 * (place.suspicion.get(mutation.line) ?? 0);
    const named = mentions(mutation, place.text, words) ? 1.4 : 1;
    const drives = driving.size > 0 && (driving.has(mutation.line) || UPDATES.has(mutation.operator));
    const share = (suspicion * named * (drives ? HANG_BOOST : 1)) / (1 + rankInGroup / 20);
    return { ...mutation, path: place.path, score: mutation.weight * share };
  });
}

/** The new text brings in something that the ticket speaks of. */
function mentions(mutation: Mutation, source: string, words: ReadonlySet<string>): boolean {
  if (words.size === 0) return false;
  const before = new Set(source.slice(mutation.start, mutation.end).match(/\w+/g) ?? []);
  return (mutation.text.match(/\w+/g) ?? []).some((word) => !before.has(word) && words.has(word) && word.length > 1);
}
