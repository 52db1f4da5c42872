// Operators on names: another variable, another property, another expression of the same function.
import { byLikeness, fitted, type Operator, operand, replace } from './mutation.js';
import { isTarget, isValue, type Node, named } from './tree.js';

const isCallee = (node: Node) =>
  node.parent?.role === 'call' && node.place === (node.parent.kind === 'new_expression' ? 1 : 0);

export const variable: Operator = function* (node, { facts }) {
  if (node.role !== 'name' || isCallee(node) || node.parent?.role === 'import') return;
  if (isTarget(node) && node.parent?.role !== 'assign' && node.parent?.role !== 'augment') return;
  const weight = isTarget(node) ? 0.12 : node.parent?.role === 'member' ? 0.25 : 0.42;
  const locals = facts.localsOf(node);
  for (const text of byLikeness(node.text, locals).slice(0, 14))
    yield replace({ operator: 'variable', weight, node, text });
  for (const text of byLikeness(
    node.text,
    facts.globals.filter((name) => !locals.includes(name)),
  ).slice(0, 4)) {
    yield replace({ operator: 'variable', weight: weight / 3, node, text });
  }
};

/** A constant that ought to be a variable, and the other way round. */
export const variableForConstant: Operator = function* (node, { facts, language }) {
  if (!isValue(node)) return;
  if (node.role === 'number' || node.role === 'bool' || node.role === 'none' || node.role === 'string') {
    const weight = node.role === 'number' ? 0.2 : 0.1;
    for (const text of facts.localsOf(node).slice(0, 10)) yield replace({ operator: 'variable', weight, node, text });
  }
  if (node.role === 'name' && !isCallee(node)) {
    const place = node.parent?.role;
    const weight =
      place === 'args' ||
      place === 'binary' ||
      place === 'compare' ||
      place === 'return' ||
      place === 'declare' ||
      place === 'assign'
        ? 0.12
        : 0.05;
    for (const text of ['0', '1']) yield replace({ operator: 'constant', weight, node, text });
    if (place === 'return') yield replace({ operator: 'constant', weight: 0.06, node, text: language.none });
  }
};

export const property: Operator = function* (node, { facts }) {
  const isProperty =
    node.role === 'property' || (node.role === 'name' && node.parent?.role === 'member' && node.place === 2);
  if (!isProperty || node.parent?.role !== 'member') return;
  for (const text of byLikeness(node.text, facts.properties).slice(0, 12))
    yield replace({ operator: 'property', weight: 0.3, node, text });
};

export const expression: Operator = function* (node, { facts }) {
  if (!isValue(node) || isCallee(node) || node.text.length > 60 || node.role === 'other') return;
  const place = node.parent?.role;
  if (!place || !PLACES.has(place) || (place === 'member' && node.place === 0)) return;
  const from = facts
    .expressionsOf(node)
    .filter((other) => other.text !== node.text && !node.text.includes(`${other.text}(`));
  const near = [...from].sort((a, b) => likeness(node, b) - likeness(node, a) || a.start - b.start);
  for (const other of near.slice(0, 16)) {
    yield replace({
      operator: 'expression',
      weight: 0.16 + 0.1 * likeness(node, other),
      node,
      text: other.start <= node.start && other.end >= node.end ? `(${other.text})` : fitted(node, other.text),
    });
  }
};

const PLACES = new Set([
  'binary',
  'compare',
  'return',
  'args',
  'assign',
  'declare',
  'augment',
  'index',
  'logic',
  'ternary',
  'list',
  'tuple',
  'not',
  'slice',
  'for',
]);

/** From 0 to 1: the same kind of expression about the same names. */
function likeness(a: Node, b: Node): number {
  const words = (node: Node) => new Set(node.text.match(/[A-Za-z_]\w*/g) ?? []);
  const [left, right] = [words(a), words(b)];
  const shared = [...left].filter((word) => right.has(word)).length;
  return (a.role === b.role ? 0.4 : 0) + (0.6 * shared) / Math.max(1, left.size, right.size);
}

export const swapIndexes: Operator = function* (node) {
  if (node.role !== 'index') return;
  const [object, ...indexes] = named(node);
  const [inner] = indexes;
  if (!object || !inner) return;
  const operator = 'index swap';
  const pair = inner.role === 'tuple' ? named(inner) : indexes;
  if (pair.length === 2)
    yield replace({ operator, weight: 0.42, node, text: `${object.text}[${pair[1]?.text}, ${pair[0]?.text}]` });
  if (object.role !== 'index') return;
  const [first, other] = named(object);
  if (first && other)
    yield replace({ operator, weight: 0.42, node, text: `${first.text}[${inner.text}][${other.text}]` });
};

/** Between two elements or bounds: shift one of them by another variable. */
export const shiftIndex: Operator = function* (node, { facts }) {
  const indexed = (node.parent?.role === 'index' && node.place > 0) || node.parent?.role === 'slice';
  if (!indexed || !isValue(node)) return;
  const locals = facts
    .localsOf(node)
    .filter((name) => name !== node.text)
    .slice(0, 6);
  for (const name of locals) {
    yield replace({ operator: 'combine', weight: 0.06, node, text: `${operand(node)} - ${name}` });
    yield replace({ operator: 'combine', weight: 0.05, node, text: `${operand(node)} + ${name}` });
  }
};
