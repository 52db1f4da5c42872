// Operators on operators: comparisons, arithmetic, logic, and the operands beside them.
import { fitted, type Mutation, type Operator, operand, replace } from './mutation.js';
import { type Node, named } from './tree.js';

const COMMUTATIVE = new Set([
  '*',
  '==',
  '===',
  '!=',
  '!==',
  '&',
  '|',
  '^',
  'and',
  'or',
  '&&',
  '||',
  '??',
  'is',
  'is not',
]);

function signs(node: Node): readonly Node[] {
  return node.children.filter((child) => !child.named && child.role !== 'comment');
}

export const comparison: Operator = function* (node, { language }) {
  if (node.role !== 'compare') return;
  for (const sign of signs(node)) {
    for (const [text, weight] of language.comparisons[sign.text] ?? [])
      yield replace({ operator: 'comparison', weight, node: sign, text });
  }
};

/** `x == 0` for `x <= 1`: the sign and the constant are wrong together. */
export const comparisonWithConstant: Operator = function* (node, { language }) {
  const [left, right] = named(node);
  const [sign] = signs(node);
  if (node.role !== 'compare' || !left || !right || !sign || right.role !== 'number' || !/^\d+$/.test(right.text))
    return;
  const value = Number(right.text);
  const spots = { operator: 'comparison and constant', node };
  for (const [text] of (language.comparisons[sign.text] ?? []).slice(0, 5)) {
    for (const constant of [value + 1, value - 1]) {
      if (constant >= 0) yield replace({ ...spots, weight: 0.14, text: `${left.text} ${text} ${constant}` });
    }
  }
};

export const arithmetic: Operator = function* (node, { language }) {
  if (node.role !== 'binary') return;
  // `1 + x` is a count that includes something; it is rarely a difference.
  const share = named(node)[0]?.role === 'number' ? 0.7 : 1;
  for (const sign of signs(node)) {
    for (const [text, weight] of language.arithmetic[sign.text] ?? [])
      yield replace({ operator: 'arithmetic', weight: weight * share, node: sign, text });
  }
};

export const logic: Operator = function* (node, { language }) {
  if (node.role !== 'logic') return;
  for (const sign of signs(node)) {
    const text = language.logic[sign.text];
    if (text) yield replace({ operator: 'logic', weight: 0.85, node: sign, text });
  }
};

export const assignment: Operator = function* (node, { language }) {
  if (node.role !== 'augment' && node.role !== 'assign' && node.role !== 'update') return;
  for (const sign of signs(node)) {
    for (const [text, weight] of language.assignments[sign.text] ?? [])
      yield replace({ operator: 'assignment', weight, node: sign, text });
  }
};

export const dropOperand: Operator = function* (node) {
  if (node.role !== 'binary' && node.role !== 'logic') return;
  const [left, right] = named(node);
  if (!left || !right) return;
  const operator = 'drop operand';
  const small = right.role === 'number' ? 0.75 : 0.42;
  yield replace({ operator, weight: node.role === 'logic' ? 0.42 : small, node, text: left.text });
  yield replace({ operator, weight: left.role === 'number' ? 0.78 : 0.38, node, text: right.text });
};

export const swapOperands: Operator = function* (node) {
  if (node.role !== 'binary' && node.role !== 'compare') return;
  const [left, right, more] = named(node);
  const [sign] = signs(node);
  if (!left || !right || !sign || more || COMMUTATIVE.has(sign.text)) return;
  const weight = node.role === 'compare' ? 0.1 : sign.text === '+' ? 0.25 : 0.45;
  const text = `${operand(right)} ${sign.text} ${operand(left)}`;
  yield replace({
    operator: 'swap operands',
    weight,
    node,
    text: node.role === 'compare' ? `${right.text} ${sign.text} ${left.text}` : text,
  });
};

/** `(a + b) / 2` for `a + b / 2`, and the other way round. */
export const regroup: Operator = function* (node, { source }) {
  if (node.role === 'binary') {
    const [left, right] = named(node);
    const [sign] = signs(node);
    if (!left || !right || !sign) return;
    const operator = 'regroup';
    if (right.role === 'binary') {
      const [a, b] = named(right);
      const [inner] = signs(right);
      if (a && b && inner)
        yield replace({
          operator,
          weight: 0.3,
          node,
          text: `(${left.text} ${sign.text} ${a.text}) ${inner.text} ${b.text}`,
        });
    }
    if (left.role === 'binary') {
      const [a, b] = named(left);
      const [inner] = signs(left);
      if (a && b && inner)
        yield replace({
          operator,
          weight: 0.3,
          node,
          text: `${a.text} ${inner.text} (${b.text} ${sign.text} ${right.text})`,
        });
    }
  }
  if (node.role === 'paren' && node.parent?.role === 'binary') {
    yield replace({ operator: 'regroup', weight: 0.25, node, text: source.slice(node.start + 1, node.end - 1) });
  }
};

export const negative: Operator = function* (node) {
  if (node.role !== 'negative') return;
  const [inner] = named(node);
  if (inner) yield replace({ operator: 'unary', weight: 0.6, node, text: inner.text });
};

/** Something that stands alone may want a second operand that the function already has. */
export const combine: Operator = function* (node, { facts }) {
  if (node.role !== 'name' && node.role !== 'call' && node.role !== 'index' && node.role !== 'member') return;
  const place = node.parent?.role;
  if (
    place !== 'return' &&
    place !== 'args' &&
    place !== 'assign' &&
    place !== 'declare' &&
    place !== 'augment' &&
    place !== 'compare' &&
    place !== 'index'
  )
    return;
  if (node.place === 0 && place !== 'compare') return;
  const locals = facts
    .localsOf(node)
    .filter((name) => name !== node.text)
    .slice(-8);
  const combined: Mutation[] = [];
  for (const name of locals) {
    for (const [sign, weight] of SIGNS)
      combined.push(replace({ operator: 'combine', weight, node, text: fitted(node, `${node.text} ${sign} ${name}`) }));
  }
  yield* combined;
};

const SIGNS = [
  ['+', 0.13],
  ['-', 0.15],
  ['*', 0.05],
] as const;
