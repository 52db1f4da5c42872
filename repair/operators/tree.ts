// Syntax trees as plain objects, with a role per node that is the same in every language. Pure.
import { createRequire } from 'node:module';
import { Lang, parse, registerDynamicLanguage, type SgNode } from '@ast-grep/napi';

export type Role =
  | 'binary'
  | 'compare'
  | 'logic'
  | 'not'
  | 'negative'
  | 'number'
  | 'string'
  | 'bool'
  | 'none'
  | 'name'
  | 'property'
  | 'call'
  | 'args'
  | 'member'
  | 'index'
  | 'slice'
  | 'list'
  | 'tuple'
  | 'map'
  | 'assign'
  | 'declare'
  | 'augment'
  | 'update'
  | 'return'
  | 'yield'
  | 'if'
  | 'while'
  | 'for'
  | 'ternary'
  | 'block'
  | 'function'
  | 'paren'
  | 'jump'
  | 'comment'
  | 'lambda'
  | 'text'
  | 'keyword'
  | 'class'
  | 'import'
  | 'other';

export interface Node {
  readonly kind: string;
  readonly role: Role;
  readonly named: boolean;
  readonly start: number;
  readonly end: number;
  /** From 1. */
  readonly line: number;
  readonly text: string;
  readonly parent: Node | undefined;
  readonly children: readonly Node[];
  /** Among the parent's children. */
  readonly place: number;
}

export type RoleOf = (node: {
  readonly kind: string;
  readonly children: readonly { readonly text: string; readonly kind: string }[];
}) => Role;

let pythonIsKnown = false;

export function parseTree(given: { readonly path: string; readonly text: string; readonly roleOf: RoleOf }): Node {
  return convert({
    node: parse(languageOf(given.path), given.text).root(),
    source: given.text,
    roleOf: given.roleOf,
    parent: undefined,
    place: 0,
  });
}

function languageOf(path: string): Lang | string {
  if (path.endsWith('.tsx') || path.endsWith('.jsx')) return Lang.Tsx;
  if (/\.[mc]?ts$/.test(path)) return Lang.TypeScript;
  if (!path.endsWith('.py')) return Lang.JavaScript;
  if (!pythonIsKnown) registerDynamicLanguage({ python: createRequire(import.meta.url)('@ast-grep/lang-python') });
  pythonIsKnown = true;
  return 'python';
}

interface Source {
  readonly node: SgNode;
  readonly source: string;
  readonly roleOf: RoleOf;
  readonly parent: Node | undefined;
  readonly place: number;
}

function convert({ node, source, roleOf, parent, place }: Source): Node {
  const { start, end } = node.range();
  const children: Node[] = [];
  const kind = String(node.kind());
  const raw = node.children();
  const parts = raw.map((child) => ({ text: child.isLeaf() ? child.text() : '', kind: String(child.kind()) }));
  const made: Node = {
    kind,
    role: roleOf({ kind, children: parts }),
    named: node.isNamed(),
    start: start.index,
    end: end.index,
    line: start.line + 1,
    text: source.slice(start.index, end.index),
    parent,
    children,
    place,
  };
  for (const [index, child] of raw.entries())
    children.push(convert({ node: child, source, roleOf, parent: made, place: index }));
  return made;
}

export function* walk(node: Node): Generator<Node> {
  yield node;
  for (const child of node.children) yield* walk(child);
}

export function named(node: Node): readonly Node[] {
  return node.children.filter((child) => child.named && child.role !== 'comment');
}

export function enclosing(node: Node, roles: ReadonlySet<Role>): Node | undefined {
  for (let at = node.parent; at; at = at.parent) if (roles.has(at.role)) return at;
  return undefined;
}

const FUNCTIONS: ReadonlySet<Role> = new Set(['function', 'lambda']);
const NAMED_FUNCTIONS: ReadonlySet<Role> = new Set(['function']);

export function functionOf(node: Node): Node | undefined {
  let outermost: Node | undefined;
  for (let at = enclosing(node, FUNCTIONS); at; at = enclosing(at, NAMED_FUNCTIONS)) outermost = at;
  return outermost;
}

export function isStatement(node: Node): boolean {
  return node.named && node.role !== 'comment' && node.parent?.role === 'block';
}

/** An expression that something reads, rather than a target, a declared name or a part of a larger literal. */
export function isValue(node: Node): boolean {
  return VALUES.has(node.role) && !isTarget(node);
}

const VALUES: ReadonlySet<Role> = new Set([
  'binary',
  'compare',
  'logic',
  'not',
  'negative',
  'number',
  'string',
  'bool',
  'none',
  'name',
  'call',
  'member',
  'index',
  'list',
  'tuple',
  'map',
  'ternary',
  'paren',
  'other',
]);

/** What an assignment, a declaration, a loop or a parameter list binds. */
export function isTarget(node: Node): boolean {
  const { parent } = node;
  if (!parent) return true;
  if (parent.role === 'assign' || parent.role === 'declare' || parent.role === 'augment' || parent.role === 'update')
    return node.place === 0;
  if (parent.role === 'function' || parent.role === 'class' || parent.role === 'import')
    return node.role === 'name' || node.role === 'property';
  if (parent.role === 'lambda') return node.role === 'name' && node.place < parent.children.length - 1;
  if (parent.role === 'keyword') return node.place === 0;
  if (parent.role === 'for') return node.end <= (loopSource(parent)?.start ?? 0) && node.start > parent.start + 3;
  return (
    PATTERNS.test(parent.kind) &&
    (parent.kind.includes('default') || parent.kind === 'assignment_pattern' ? node.place === 0 : true)
  );
}

const PATTERNS = /pattern|parameter|for_in_clause_left|catch_clause|import_clause|specifier/;

/** What a for-in or for-of loop goes through. */
export function loopSource(loop: Node): Node | undefined {
  const word = loop.children.find((child) => !child.named && (child.kind === 'in' || child.kind === 'of'));
  return word && loop.children[word.place + 1];
}
