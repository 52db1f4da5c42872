// Operators on numbers, strings and truth values, and the shift by one of anything numeric.
import { byLikeness, fitted, type Operator, operand, replace } from './mutation.js';
import { isValue, type Node, named } from './tree.js';

export const constant: Operator = function* (node, { facts, language, words }) {
  if (node.role !== 'number' || !isValue(node)) return;
  const value = Number(node.text);
  const operator = 'constant';
  const change = (text: string, weight: number) => replace({ operator, weight, node, text });
  if (!Number.isFinite(value)) return;
  // To add nothing is to drop the operand, which has an operator of its own.
  const added =
    node.parent?.role === 'binary' && node.place === 2 && /^[-+]$/.test(node.parent.children[1]?.text ?? '');
  if (Number.isInteger(value)) {
    yield change(String(value + 1), value === 0 || value === 1 ? 0.85 : 0.75);
    if (value > 0 && !(added && value === 1)) yield change(String(value - 1), value === 1 ? 0.85 : 0.75);
    if (value === 0) yield change(fitted(node, '-1'), 0.4);
    yield change(String(value + 2), 0.2);
    if (value > 1) yield change(String(value - 2), 0.2);
  } else {
    for (const text of [1 - value, value + 1, value / 2, value * 2])
      yield change(String(Number(text.toFixed(10))), 0.2);
  }
  if (value !== 0) {
    yield change(fitted(node, `-${node.text}`), 0.35);
    yield change(String(value * 10), 0.2);
    if (value % 10 === 0 || !Number.isInteger(value)) yield change(String(Number((value / 10).toFixed(10))), 0.2);
    if (value > 1) yield change(String(value * 2), 0.15);
    if (value > 2) yield change(language.arithmetic['//'] ? String(Math.trunc(value / 2)) : String(value / 2), 0.15);
  }
  for (const text of facts.numbers) if (text !== node.text) yield change(text, 0.18);
  for (const word of words) if (/^\d+(\.\d+)?$/.test(word) && word !== node.text) yield change(word, 0.3);
  if (value === 0 || Math.abs(value) > 99) for (const text of language.infinities) yield change(text, 0.16);
};

export const truth: Operator = function* (node, { language }) {
  if (node.role === 'bool')
    yield replace({
      operator: 'constant',
      weight: 0.75,
      node,
      text: node.text === language.yes ? language.no : language.yes,
    });
};

const NUMERIC_PLACES = new Set([
  'index',
  'slice',
  'compare',
  'args',
  'binary',
  'return',
  'assign',
  'declare',
  'augment',
  'ternary',
  'tuple',
  'list',
]);

export const offByOne: Operator = function* (node) {
  if (!isValue(node) || !SHIFTABLE.has(node.role)) return;
  const place = node.parent?.role;
  if (!place || !NUMERIC_PLACES.has(place) || node.text.length > 60) return;
  if (place === 'index' && node.place === 0) return;
  if (node.role === 'binary' && /[+-]\s*1$/.test(node.text)) return;
  if (place === 'binary' && node.parent && /[+-]\s*\d+$/.test(node.parent.text)) return;
  const bound = place === 'index' || place === 'slice' || place === 'compare' || isRange(node);
  const compared =
    place === 'compare' &&
    !LOOPING.has(node.parent?.parent?.role ?? '') &&
    !LOOPING.has(node.parent?.parent?.parent?.role ?? '');
  const weight = compared ? 0.4 : bound ? 0.55 : place === 'args' ? 0.35 : place === 'return' ? 0.32 : 0.22;
  const grown = fitted(node, `${node.role === 'ternary' || node.role === 'compare' ? operand(node) : node.text} + 1`);
  yield replace({ operator: 'off by one', weight, node, text: grown });
  yield replace({ operator: 'off by one', weight, node, text: grown.replace(/\+ 1(\)?)$/, '- 1$1') });
};

const LOOPING: ReadonlySet<string> = new Set(['for', 'while']);
const SHIFTABLE = new Set(['name', 'call', 'member', 'index', 'binary']);

function isRange(node: Node): boolean {
  const call = node.parent?.parent;
  return call?.role === 'call' && /^(range|slice|.*\.slice|.*\.substring|.*\.splice)\(/.test(call.text);
}

export const text: Operator = function* (node, { facts, words, language }) {
  if (node.role !== 'string' || !isValue(node) || node.text.length > 80 || node.text.includes('\n')) return;
  const quote = node.text.at(-1) ?? "'";
  const inner = node.text.replace(/^[a-zA-Z]*(['"`])(.*)\1$/s, '$2');
  const operator = 'string';
  const seen = new Set([inner]);
  const changes: (readonly [string, number])[] = [
    ['', 0.3],
    [' ', inner.length < 2 ? 0.4 : 0.1],
  ];
  for (const [a, b] of PAIRS) {
    if (inner === a) changes.push([b, 0.6]);
    if (inner === b) changes.push([a, 0.6]);
  }
  changes.push(
    [inner.toLowerCase(), 0.3],
    [inner.toUpperCase(), 0.3],
    [inner.trim(), 0.4],
    [`${inner} `, 0.2],
    [` ${inner}`, 0.1],
  );
  if (inner.length > 1)
    changes.push([inner.slice(1), 0.15], [inner.slice(0, -1), 0.15], [[...inner].reverse().join(''), 0.1]);
  if (/\d/.test(inner)) changes.push([inner.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)), 0.2]);
  for (const other of byLikeness(node.text, facts.strings))
    changes.push([other.replace(/^[a-zA-Z]*(['"`])(.*)\1$/s, '$2'), 0.22]);
  for (const word of byLikeness(inner, [...words]).slice(0, 12))
    if (Math.abs(word.length - inner.length) < 4) changes.push([word, 0.14]);
  for (const [changed, weight] of changes) {
    if (seen.has(changed) || changed.includes(quote)) continue;
    seen.add(changed);
    yield replace({ operator, weight, node, text: `${quote}${changed}${quote}` });
  }
  if (language.none === 'None' && inner === '') yield replace({ operator, weight: 0.1, node, text: 'None' });
};

const PAIRS = [
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
  ['<', '>'],
  ['+', '-'],
  ['*', '/'],
  ['0', '1'],
  ['a', 'z'],
  ['A', 'Z'],
  ['a', 'A'],
  [',', ';'],
  ['.', ','],
  ['-', '_'],
  [' ', ''],
] as const;

/** Empty and default values: `[]` for `[x]`, `None` for `[]`. */
export const base: Operator = function* (node, { facts, language }) {
  const empties = node.role === 'list' && named(node).length === 0;
  const inReturn = node.parent?.role === 'return' || node.parent?.role === 'lambda';
  const stored = node.parent?.role === 'declare' || node.parent?.role === 'assign';
  if (empties) {
    const locals = facts.localsOf(node);
    yield replace({ operator: 'base value', weight: inReturn || stored ? 0.28 : 0.1, node, text: '[[]]' });
    for (const name of locals) yield replace({ operator: 'base value', weight: 0.24, node, text: `[${name}]` });
    for (const name of locals) if (inReturn) yield replace({ operator: 'base value', weight: 0.14, node, text: name });
  }
  const plain =
    node.role === 'number' || node.role === 'string' || node.role === 'none' || node.role === 'bool' || empties;
  if (!plain || !(inReturn || stored)) return;
  for (const value of language.bases)
    if (value !== node.text)
      yield replace({ operator: 'base value', weight: inReturn ? 0.14 : 0.08, node, text: value });
};
