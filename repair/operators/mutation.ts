// One edit of a file, and what the operators share to make them.
import type { Language } from './language.js';
import { enclosing, functionOf, isTarget, isValue, type Node, type Role, walk } from './tree.js';

export interface Mutation {
  readonly operator: string;
  /** How likely it is to be right before anything is known of the line: about the odds against a boundary flip. */
  readonly weight: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly line: number;
}

export interface Surroundings {
  readonly language: Language;
  readonly source: string;
  readonly root: Node;
  /** Names, numbers and strings that the ticket and the failing tests mention. */
  readonly words: ReadonlySet<string>;
  readonly facts: Facts;
}

/** What a whole file offers to its edits, gathered once. */
export interface Facts {
  readonly numbers: readonly string[];
  readonly strings: readonly string[];
  readonly properties: readonly string[];
  readonly functions: readonly string[];
  readonly globals: readonly string[];
  readonly localsOf: (node: Node) => readonly string[];
  readonly expressionsOf: (node: Node) => readonly Node[];
}

export type Operator = (node: Node, around: Surroundings) => Iterable<Mutation>;

interface Change {
  readonly operator: string;
  readonly weight: number;
  readonly node: Node;
  readonly text: string;
}

export function replace({ operator, weight, node, text }: Change): Mutation {
  return { operator, weight, start: node.start, end: node.end, text, line: node.line };
}

const LOOSE: ReadonlySet<Role> = new Set([
  'binary',
  'compare',
  'logic',
  'not',
  'negative',
  'ternary',
  'lambda',
  'yield',
]);
const TIGHT: ReadonlySet<Role> = new Set([
  'binary',
  'compare',
  'logic',
  'not',
  'negative',
  'ternary',
  'member',
  'index',
  'call',
  'other',
]);

/** A value's text, in parentheses when it would fall apart beside an operator. */
export function operand(node: Node): string {
  return LOOSE.has(node.role) ? `(${node.text})` : node.text;
}

/** A composite text in the place of a node: in parentheses unless the place is closed on both sides. */
export function fitted(place: Node, text: string): string {
  const { parent } = place;
  if (!parent || !TIGHT.has(parent.role) || !isLoose(text)) return text;
  if (parent.role === 'index' && place.place > 0) return text;
  return `(${text})`;
}

/** Has an operator or a space outside of all brackets. */
function isLoose(text: string): boolean {
  let depth = 0;
  for (const sign of text) {
    if ('([{'.includes(sign)) depth += 1;
    else if (')]}'.includes(sign)) depth -= 1;
    else if (depth === 0 && /[\s+*/%<>=&|^?!-]/.test(sign)) return true;
  }
  return false;
}

export function gatherFacts(root: Node): Facts {
  const all = [...walk(root)];
  const texts = (pick: (node: Node) => boolean) => [...new Set(all.filter(pick).map((node) => node.text))];
  const locals = new Map<Node | undefined, readonly string[]>();
  const expressions = new Map<Node | undefined, readonly Node[]>();
  const within = (scope: Node | undefined) =>
    scope ? all.filter((node) => node.start >= scope.start && node.end <= scope.end) : [];
  const declared = (nodes: readonly Node[]) => {
    const names = nodes.filter(
      (node) =>
        node.role === 'name' && isTarget(node) && node.parent?.role !== 'import' && node.parent?.role !== 'keyword',
    );
    return [...new Set(names.filter((node) => !isFunctionName(node)).map((node) => node.text))];
  };
  const remember = <Value>(cache: Map<Node | undefined, Value>, key: Node | undefined, make: () => Value): Value => {
    const known = cache.get(key);
    if (known !== undefined) return known;
    const made = make();
    cache.set(key, made);
    return made;
  };
  const functions = all.filter((node) => node.role === 'name' && isFunctionName(node)).map((node) => node.text);
  return {
    numbers: texts((node) => node.role === 'number'),
    strings: texts((node) => node.role === 'string' && node.text.length < 40 && !node.text.includes('\n')),
    properties: texts((node) => node.role === 'property' || (node.parent?.role === 'member' && node.place === 2)),
    functions: [...new Set(functions)],
    globals: declared(all.filter((node) => isTarget(node) && !functionOf(node))),
    localsOf: (node) => remember(locals, functionOf(node), () => declared(within(functionOf(node)))),
    expressionsOf: (node) =>
      remember(expressions, functionOf(node), () => {
        const seen = new Set<string>();
        return within(functionOf(node)).filter((one) => {
          const short =
            isValue(one) &&
            COMPOSITE.has(one.role) &&
            one.text.length <= 40 &&
            !one.text.includes('\n') &&
            !seen.has(one.text);
          if (short) seen.add(one.text);
          return short;
        });
      }),
  };
}

const COMPOSITE: ReadonlySet<Role> = new Set([
  'binary',
  'call',
  'member',
  'index',
  'compare',
  'list',
  'tuple',
  'negative',
]);

function isFunctionName(node: Node): boolean {
  if (node.parent?.role === 'function') return node.place <= 2 && !node.parent.kind.includes('parameters');
  if (node.parent?.role === 'declare')
    return node.parent.children.some((child) => child.role === 'lambda' || child.role === 'function');
  return false;
}

const CONDITIONAL: ReadonlySet<Role> = new Set(['if', 'while', 'ternary']);

/** The whole condition of an if, a while or a conditional expression. */
export function isCondition(node: Node): boolean {
  const { parent } = node;
  if (!parent) return false;
  if (parent.role === 'paren')
    return parent.parent !== undefined && (parent.parent.role === 'if' || parent.parent.role === 'while') && node.named;
  if (!CONDITIONAL.has(parent.role) || !node.named || node.role === 'block' || node.role === 'paren') return false;
  if (parent.kind === 'ternary_expression') return node.place === 0;
  if (parent.kind === 'conditional_expression') return node.place === 2;
  return node.place === 1;
}

export function statementOf(node: Node): Node | undefined {
  if (node.parent?.role === 'block') return node;
  for (let at = node.parent; at; at = at.parent) if (at.parent?.role === 'block') return at;
  return undefined;
}

const LOOPS: ReadonlySet<Role> = new Set(['for', 'while']);

export function loopOf(node: Node): Node | undefined {
  return enclosing(node, LOOPS);
}

/** White space before the first word of the line that a node begins on. */
export function indentOf(node: Node, source: string): string {
  const from = source.lastIndexOf('\n', node.start - 1) + 1;
  return /^[ \t]*/.exec(source.slice(from, node.start))?.[0] ?? '';
}

/** Near names first: a slip of the pen looks like what was meant. */
export function byLikeness(wanted: string, names: readonly string[]): readonly string[] {
  const score = (name: string) => {
    let shared = 0;
    while (shared < name.length && name[shared] === wanted[shared]) shared += 1;
    let tail = 0;
    while (tail < name.length && name.at(-1 - tail) === wanted.at(-1 - tail)) tail += 1;
    return Math.max(shared, tail) / Math.max(name.length, wanted.length) - Math.abs(name.length - wanted.length) / 40;
  };
  return names.filter((name) => name !== wanted).sort((a, b) => score(b) - score(a) || (a < b ? -1 : 1));
}
