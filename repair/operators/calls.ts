// Operators on calls: another method, other arguments, one call more or one less.
import { byLikeness, fitted, type Operator, operand, replace } from './mutation.js';
import { isValue, type Node, named } from './tree.js';

function callee(node: Node): Node | undefined {
  const [target] = named(node);
  return target;
}

function nameOfCallee(target: Node): Node | undefined {
  return target.role === 'member' ? target.children.at(-1) : target.role === 'name' ? target : undefined;
}

function argumentsOf(call: Node): readonly Node[] {
  const list = call.children.find((child) => child.role === 'args');
  return list ? named(list) : [];
}

export const method: Operator = function* (node, { facts, language }) {
  if (node.role !== 'call') return;
  const target = callee(node);
  const name = target && nameOfCallee(target);
  if (!target || !name) return;
  const swaps = Object.hasOwn(language.calls, name.text) ? (language.calls[name.text] ?? []) : [];
  for (const [text, weight] of swaps) yield replace({ operator: 'method', weight: weight * 0.9, node: name, text });
  const others = target.role === 'member' ? facts.properties : facts.functions;
  const known = new Set(swaps.map(([text]) => text));
  for (const text of byLikeness(name.text, others)
    .filter((other) => !known.has(other))
    .slice(0, 8)) {
    yield replace({ operator: 'method', weight: 0.2, node: name, text });
  }
};

export const swapArguments: Operator = function* (node) {
  if (node.role !== 'args') return;
  const args = named(node);
  for (const [i, left] of args.entries()) {
    for (const [j, right] of args.entries()) {
      if (j <= i || j > i + 2 || left.text === right.text) continue;
      const order = args.map((arg, k) => (k === i ? right.text : k === j ? left.text : arg.text));
      yield replace({
        operator: 'swap arguments',
        weight: j === i + 1 ? 0.46 : 0.3,
        node,
        text: `(${order.join(', ')})`,
      });
    }
  }
};

export const dropArgument: Operator = function* (node, { facts, language }) {
  if (node.role !== 'args' || node.text.length > 200) return;
  const args = named(node);
  for (const [i, arg] of args.entries()) {
    if (args.length < 2 && arg.role === 'lambda') continue;
    const rest = args.filter((_, k) => k !== i).map((one) => one.text);
    yield replace({ operator: 'arguments', weight: args.length > 1 ? 0.2 : 0.1, node, text: `(${rest.join(', ')})` });
  }
  if (args.some((arg) => arg.role === 'lambda')) return;
  const more = [...facts.localsOf(node).slice(0, 8), '0', '1', language.yes];
  for (const extra of more) {
    yield replace({
      operator: 'arguments',
      weight: 0.07,
      node,
      text: `(${[...args.map((arg) => arg.text), extra].join(', ')})`,
    });
  }
};

/** `sort()` sorts texts in JavaScript; Python's sorts take a direction. */
export const order: Operator = function* (node, { language }) {
  if (node.role !== 'call' || !/(^|\.)(sort|toSorted|sorted)\(/.test(node.text)) return;
  const list = node.children.find((child) => child.role === 'args');
  if (!list) return;
  const args = named(list).map((arg) => arg.text);
  const operator = 'arguments';
  const change = (texts: readonly string[], weight: number) =>
    replace({ operator, weight, node: list, text: `(${texts.join(', ')})` });
  if (language.none === 'null') {
    if (args.length === 0) {
      yield change(['(a, b) => a - b'], 0.6);
      yield change(['(a, b) => b - a'], 0.4);
    } else yield change([], 0.15);
    return;
  }
  if (!args.some((arg) => arg.startsWith('reverse'))) yield change([...args, 'reverse=True'], 0.4);
  if (!args.some((arg) => arg.startsWith('key'))) {
    for (const key of ['len', 'lambda x: x[1]', 'lambda x: x[0]', 'str', 'abs', 'str.lower'])
      yield change([...args, `key=${key}`], 0.12);
    if (!args.some((arg) => arg.startsWith('reverse'))) yield change([...args, 'key=len', 'reverse=True'], 0.04);
  }
};

export const unwrap: Operator = function* (node) {
  if (node.role !== 'call' || node.parent?.kind === 'expression_statement') return;
  const target = callee(node);
  const args = argumentsOf(node);
  const operator = 'unwrap';
  if (target?.role === 'member') {
    const object = target.children[0];
    if (object && !/^(Math|Object|Array|Number|String|JSON|math|console)$/.test(object.text))
      yield replace({ operator, weight: 0.24, node, text: object.text });
  }
  for (const [index, arg] of args.entries()) {
    if (arg.role === 'lambda' || arg.role === 'keyword' || arg.role === 'text') continue;
    yield replace({
      operator,
      weight: args.length === 1 ? 0.34 : index === 0 ? 0.14 : 0.12,
      node,
      text: fitted(node, arg.text),
    });
  }
};

const WRAPPED = new Set([
  'return',
  'assign',
  'declare',
  'augment',
  'args',
  'for',
  'binary',
  'compare',
  'lambda',
  'logic',
  'list',
  'ternary',
  'tuple',
  'index',
  'not',
  'keyword',
  'paren',
  'other',
]);

export const wrap: Operator = function* (node, { language }) {
  if (
    !isValue(node) ||
    !node.named ||
    node.text.length > 80 ||
    node.role === 'none' ||
    node.role === 'bool' ||
    node.role === 'paren'
  )
    return;
  const place = node.parent?.role;
  const chained =
    place === 'member' && node.place === 0 && (node.role === 'call' || node.role === 'name') && node.text !== 'Math';
  if (!place || (!WRAPPED.has(place) && !chained) || (place === 'index' && node.place === 0)) return;
  if (node.parent?.role === 'call' || (place === 'for' && node.role === 'name' && node.place < 3)) return;
  const plain = node.role === 'number' || node.role === 'string';
  const share = plain
    ? 0.25
    : place === 'return' || place === 'for' || place === 'assign' || place === 'declare' || place === 'args'
      ? 1
      : 0.75;
  const fit = chained ? 0.6 : share;
  for (const { around, weight } of language.wraps) {
    const text = around(operand(node));
    if (chained && !/^\.\w+\(|^\[/.test(text.slice(operand(node).length))) continue;
    yield replace({
      operator: 'wrap',
      weight: weight * fit,
      node,
      text:
        text.startsWith('-') || text.startsWith('!') || text.startsWith('await') ? fitted(node, text) : unpadded(text),
    });
  }
};

/** The larger or the smaller of what is there and something else. */
export const clamp: Operator = function* (node, { facts, language, words }) {
  if (!isValue(node) || node.text.length > 60 || node.role === 'string' || node.role === 'bool' || node.role === 'list')
    return;
  const place = node.parent?.role;
  const operator = 'clamp';
  if (place === 'assign' || place === 'declare' || place === 'return' || place === 'args') {
    const target = place === 'assign' || place === 'declare' ? node.parent?.children[0]?.text : undefined;
    const locals = facts
      .localsOf(node)
      .filter((name) => name !== node.text && name !== target)
      .slice(0, 8);
    const share = place === 'args' ? 0.3 : 1;
    const limits = [...words, ...facts.numbers].filter((word) => /^\d{2,}$/.test(word) && word !== node.text);
    if (target && place === 'assign') {
      yield replace({ operator, weight: 0.45, node, text: language.max(target, node.text) });
      yield replace({ operator, weight: 0.4, node, text: language.min(target, node.text) });
    }
    for (const [bound, weight] of [
      ['0', 0.24],
      ['1', 0.12],
      ...locals.map((name) => [name, 0.12] as const),
      ...limits.map((text) => [text, 0.1] as const),
    ] as const) {
      yield replace({ operator, weight: weight * share, node, text: language.max(bound, node.text) });
      yield replace({ operator, weight: weight * share, node, text: language.min(bound, node.text) });
    }
  }
};

export const slice: Operator = function* (node, { facts, language }) {
  if (node.role === 'slice') {
    const parts = node.text.split(':');
    const [from = '', to = ''] = parts;
    if (parts.length === 2) {
      for (const text of new Set([`${to}:${from}`, `:${to}`, `${from}:`, `1${from}:${to}`.replace(/^1(.+):/, '$1:')])) {
        if (text !== node.text && text !== ':') yield replace({ operator: 'slice', weight: 0.3, node, text });
      }
      yield replace({ operator: 'slice', weight: 0.14, node, text: `${node.text}:-1` });
    }
  }
  if (node.role !== 'name' || !isValue(node) || !SLICED.has(node.parent?.role ?? '')) return;
  if (node.parent?.role === 'call' || (node.parent?.role === 'for' && node.place < 3)) return;
  const share = node.parent?.role === 'binary' ? 0.5 : 1;
  for (const bound of facts
    .localsOf(node)
    .filter((name) => name !== node.text)
    .slice(0, 6)) {
    const variants =
      language.none === 'None'
        ? [`${node.text}[${bound}:]`, `${node.text}[:${bound}]`]
        : [`${node.text}.slice(${bound})`, `${node.text}.slice(0, ${bound})`];
    for (const text of variants) yield replace({ operator: 'slice', weight: 0.14 * share, node, text });
  }
};

const SLICED: ReadonlySet<string> = new Set(['args', 'return', 'for', 'assign', 'declare', 'binary']);

/** A lookup that may miss. */
export const lookup: Operator = function* (node, { language }) {
  if (node.role !== 'index' || !isValue(node) || node.parent?.role === 'index') return;
  const [object, key] = named(node);
  if (!object || !key || key.role === 'slice') return;
  if (language.none === 'None') {
    for (const fallback of ['0', '[]', "''"])
      yield replace({ operator: 'fallback', weight: 0.1, node, text: `${object.text}.get(${key.text}, ${fallback})` });
  } else {
    for (const fallback of ['0', '[]', "''"])
      yield replace({ operator: 'fallback', weight: 0.1, node, text: `(${node.text} ?? ${fallback})` });
  }
};

/** `abs((a - b))` as people write it. */
function unpadded(text: string): string {
  return text.replace(/^([\w.]+)\(\(([^()]*)\)\)$/, '$1($2)');
}
