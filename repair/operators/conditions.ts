// Operators on conditions: negate, extend, replace.

import { fitted, isCondition, type Operator, operand, replace } from './mutation.js';
import { enclosing, functionOf, isValue, type Node, named, type Role, walk } from './tree.js';

export const negate: Operator = function* (node, { language }) {
  const operator = 'negate';
  if (node.role === 'not') {
    const [inner] = named(node);
    if (inner) yield replace({ operator, weight: 0.75, node, text: inner.text });
    return;
  }
  const tested = isCondition(node) || node.parent?.role === 'logic';
  if (!tested || !node.named || !isValue(node)) return;
  const weight = node.role === 'compare' ? 0.3 : isCondition(node) ? 0.55 : 0.4;
  yield replace({
    operator,
    weight,
    node,
    text: language.not(LOOSE.has(node.role) || node.role === 'compare' ? `(${node.text})` : operand(node)),
  });
};

const LOOSE: ReadonlySet<Role> = new Set(['logic', 'binary', 'ternary']);

const BOOLEAN: ReadonlySet<Role> = new Set(['compare', 'logic', 'not', 'call', 'name', 'member', 'index']);

/** A condition that lacks a case: `or not items`, `and i != j`. */
export const extend: Operator = function* (node, { facts, language }) {
  const decides =
    isCondition(node) ||
    (node.parent?.role === 'return' && (node.role === 'compare' || node.role === 'logic')) ||
    isFilter(node);
  if (!decides || !node.named || !BOOLEAN.has(node.role)) return;
  const here = node.role === 'logic' || node.role === 'not' ? `(${node.text})` : node.text;
  const body = node.role === 'logic' || node.role === 'ternary' ? here : node.text;
  const operator = 'extend condition';
  for (const root of roots(node)) {
    for (const [check, word] of [
      [`${root} ${language.equal === '==' ? 'is' : '==='} ${language.none}`, language.or],
      [`${root} ${language.equal === '==' ? 'is not' : '!=='} ${language.none}`, language.and],
      [language.not(root), language.or],
      [root, language.and],
    ] as const) {
      yield replace({ operator, weight: 0.32, node, text: `${check} ${word} ${body}` });
    }
  }
  const locals = facts.localsOf(node).slice(0, 10);
  for (const name of locals) {
    for (const empty of language.isEmpty.slice(0, 3))
      yield replace({ operator, weight: 0.16, node, text: `${body} ${language.or} ${empty(name)}` });
    for (const filled of language.isFilled.slice(0, 2))
      yield replace({ operator, weight: 0.13, node, text: `${body} ${language.and} ${filled(name)}` });
  }
  const comparisons = new Set(
    facts
      .expressionsOf(node)
      .filter((one) => one.role === 'compare' && !node.text.includes(one.text))
      .map((one) => one.text),
  );
  for (const text of comparisons) {
    for (const word of [language.and, language.or])
      yield replace({ operator, weight: 0.12, node, text: `${body} ${word} ${text}` });
  }
  for (const [i, a] of locals.entries()) {
    for (const b of locals.slice(i + 1)) {
      yield replace({ operator, weight: 0.06, node, text: `${body} ${language.and} ${a} ${language.unequal} ${b}` });
      yield replace({ operator, weight: 0.04, node, text: `${body} ${language.or} ${a} ${language.equal} ${b}` });
    }
  }
};

function isFilter(node: Node): boolean {
  return (
    node.parent?.role === 'lambda' &&
    node.place === node.parent.children.length - 1 &&
    (node.role === 'compare' || node.role === 'logic')
  );
}

/** Objects whose members a condition reads: the one that may be missing. */
function roots(node: Node): ReadonlySet<string> {
  const found = new Set<string>();
  for (const inner of walk(node)) {
    if (inner.role !== 'member' && inner.role !== 'index') continue;
    const [object] = inner.children;
    if (object && (object.role === 'name' || object.role === 'member')) found.add(object.text);
  }
  return found;
}

/** Another condition altogether: from a variable, or from elsewhere in the function. */
export const condition: Operator = function* (node, { facts, language }) {
  if (!isCondition(node) || !node.named) return;
  const literal = node.role === 'bool';
  const loops =
    enclosing(node, LOOPS) !== undefined && (node.parent?.role === 'while' || node.parent?.parent?.role === 'while');
  const operator = 'condition';
  const share = literal && loops ? 0.5 : literal || loops ? 0.26 : 0.1;
  for (const name of facts.localsOf(node).slice(0, 12)) {
    for (const filled of language.isFilled.slice(0, literal ? 5 : 2))
      yield replace({ operator, weight: share, node, text: filled(name) });
    for (const empty of language.isEmpty.slice(0, 3))
      yield replace({ operator, weight: share * 0.8, node, text: empty(name) });
  }
  yield replace({ operator: 'constant condition', weight: 0.04, node, text: language.yes });
  yield replace({ operator: 'constant condition', weight: 0.04, node, text: language.no });
};

const LOOPS: ReadonlySet<Role> = new Set(['while', 'function']);

/** `return true` where the answer depends on what the function has counted or collected. */
export const verdict: Operator = function* (node, { facts, language }) {
  if (node.parent?.role !== 'return' || node.role !== 'bool') return;
  const operator = 'boolean from state';
  for (const name of facts.localsOf(node)) {
    for (const [index, text] of [...language.isEmpty, ...language.isFilled].map((make) => make(name)).entries()) {
      yield replace({ operator, weight: index < 4 ? 0.26 : 0.16, node, text });
    }
    yield replace({ operator, weight: 0.2, node, text: `${language.length(name)} ${language.equal} 0` });
    for (const other of facts.localsOf(node)) {
      if (other > name) yield replace({ operator, weight: 0.06, node, text: `${name} ${language.equal} ${other}` });
    }
  }
};

/** `return x` for `return not x`, and a comparison where a plain value is tested. */
export const tested: Operator = function* (node, { facts, language }) {
  if (!isValue(node)) return;
  if (node.parent?.role === 'return' && (node.role === 'call' || node.role === 'name' || node.role === 'compare')) {
    yield replace({
      operator: 'negate',
      weight: node.role === 'compare' ? 0.25 : 0.14,
      node,
      text: language.not(operand(node)),
    });
  }
  if (
    !isCondition(node) ||
    (node.role !== 'name' && node.role !== 'call' && node.role !== 'binary' && node.role !== 'index')
  )
    return;
  for (const [sign, value] of [
    [language.equal, '0'],
    [language.unequal, '0'],
    [language.equal, '1'],
    ['>', '0'],
    ['>', '1'],
    [language.equal, language.none],
  ] as const) {
    yield replace({ operator: 'condition', weight: 0.14, node, text: fitted(node, `${node.text} ${sign} ${value}`) });
  }
  for (const name of facts.localsOf(node).slice(0, 6))
    yield replace({ operator: 'condition', weight: 0.05, node, text: `${node.text} ${language.equal} ${name}` });
};

/** The two outcomes of a conditional expression exchanged. */
export const branches: Operator = function* (node) {
  if (node.role !== 'ternary') return;
  const parts = named(node);
  const [a, b, c] = parts;
  if (!a || !b || !c || !functionOf(node)) return;
  const text =
    node.kind === 'ternary_expression' ? `${a.text} ? ${c.text} : ${b.text}` : `${c.text} if ${b.text} else ${a.text}`;
  yield replace({ operator: 'negate', weight: 0.4, node, text });
};
