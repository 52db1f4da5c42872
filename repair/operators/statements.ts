// Operators on whole statements: one missing, one too many, one in the wrong place.
import {
  fitted,
  indentOf,
  loopOf,
  type Mutation,
  type Operator,
  replace,
  type Surroundings,
  statementOf,
} from './mutation.js';
import { functionOf, isStatement, type Node, named, walk } from './tree.js';

interface Inserted {
  readonly after: Node;
  readonly text: string;
  readonly weight: number;
  readonly operator: string;
}

function insertAfter({ after, text, weight, operator }: Inserted, { language, source }: Surroundings): Mutation {
  const line = `\n${indentOf(after, source)}${language.statement(text)}`;
  return { operator, weight, start: after.end, end: after.end, text: line, line: after.line };
}

function insertBefore({ after, text, weight, operator }: Inserted, { language, source }: Surroundings): Mutation {
  return {
    operator,
    weight,
    start: after.start,
    end: after.start,
    text: `${language.statement(text)}\n${indentOf(after, source)}`,
    line: after.line,
  };
}

function startsLine(node: Node, source: string): boolean {
  return source.slice(source.lastIndexOf('\n', node.start - 1) + 1, node.start).trim() === '';
}

/** A collection, a counter or a cursor that is read but not brought up to date. */
export const update: Operator = function* (node, around) {
  if (!isStatement(node) || !startsLine(node, around.source) || !functionOf(node) || node.role === 'function') return;
  const { facts, language } = around;
  const scope = functionOf(node);
  const locals = facts.localsOf(node);
  const whole = scope?.text ?? '';
  const inLoop = loopOf(node) !== undefined;
  const operator = 'missing update';
  const texts: (readonly [string, number])[] = [];
  for (const collection of locals) {
    const adders = addersOf({ collection, whole, adders: language.adders });
    const thirsty =
      adders.length > 0 &&
      new RegExp(`\\b(in|not in) ${collection}\\b|\\b${collection}\\.(has|includes)\\(`).test(whole);
    for (const adder of adders) {
      for (const value of locals)
        if (value !== collection) texts.push([`${collection}.${adder}(${value})`, thirsty ? 0.3 : 0.14]);
    }
  }
  const assigned = locals.filter((name) => new RegExp(`\\b${name}\\b\\s*[-+*/]?=[^=]`).test(whole));
  for (const name of assigned) {
    for (const value of locals) if (value !== name) texts.push([`${name} = ${value}`, inLoop ? 0.1 : 0.05]);
    if (inLoop) texts.push([`${name} += 1`, 0.1], [`${name} -= 1`, 0.07]);
    for (const value of [language.yes, language.no, '0']) if (inLoop) texts.push([`${name} = ${value}`, 0.03]);
  }
  for (const [text, weight] of texts) {
    if (node.role !== 'return' && node.role !== 'jump')
      yield insertAfter({ after: node, text, weight, operator }, around);
    if (node.place <= 1) yield insertBefore({ after: node, text, weight: weight * 0.8, operator }, around);
  }
};

/** How a function may add to a collection: as it already does, or as its first value suggests. */
function addersOf({
  collection,
  whole,
  adders,
}: {
  readonly collection: string;
  readonly whole: string;
  readonly adders: readonly string[];
}) {
  const used = adders.filter((adder) => whole.includes(`${collection}.${adder}(`));
  if (used.length > 0) return used;
  const made =
    new RegExp(`\\b${collection}\\s*=\\s*(new Set|set\\(|\\{)`).test(whole) ||
    new RegExp(`\\b(in|not in) ${collection}\\b|\\b${collection}\\.has\\(`).test(whole);
  if (made) return adders.filter((adder) => adder === 'add');
  return new RegExp(`\\b${collection}\\s*=\\s*(\\[|list\\(|deque)`).test(whole) ? adders.slice(0, 1) : [];
}

export const remove: Operator = function* (node, { source, language }) {
  if (!isStatement(node) || !functionOf(node) || node.role === 'function') return;
  const alone = node.parent ? named(node.parent).length === 1 : true;
  yield replace({
    operator: 'delete statement',
    weight: 0.07,
    node,
    text: alone ? language.drop(indentOf(node, source)) : '',
  });
};

export const move: Operator = function* (node, { source }) {
  if (!isStatement(node) || !functionOf(node) || !startsLine(node, source)) return;
  const next = node.parent?.children[node.place + 1];
  const operator = 'move statement';
  if (next && isStatement(next)) {
    const between = source.slice(node.end, next.start);
    yield {
      operator,
      weight: 0.16,
      start: node.start,
      end: next.end,
      text: `${next.text}${between}${node.text}`,
      line: node.line,
    };
  }
  const owner = node.parent?.parent && statementOf(node.parent);
  const isLast = node.parent && named(node.parent).at(-1) === node && named(node.parent).length > 1;
  if (owner && isLast && (owner.role === 'for' || owner.role === 'while' || owner.role === 'if'))
    yield outdent({ node, owner, source });
  if (owner && node.place <= 1 && owner.role !== 'function') {
    const text = `${node.text}\n${indentOf(owner, source)}${source.slice(owner.start, node.start).trimEnd()}${source.slice(node.end, owner.end)}`;
    if (named(node.parent ?? node).length > 1)
      yield { operator, weight: 0.1, start: owner.start, end: owner.end, text, line: node.line };
  }
  const before = node.parent?.children[node.place - 1];
  if (before && (before.role === 'for' || before.role === 'while' || before.role === 'if') && node.role !== 'return')
    yield indent({ node, before, source });
};

/** Out of the loop or the branch that it ends. */
function outdent({ node, owner, source }: { node: Node; owner: Node; source: string }): Mutation {
  const [inner, outer] = [indentOf(node, source), indentOf(owner, source)];
  const moved = node.text
    .split('\n')
    .map((line, index) => (index > 0 && line.startsWith(inner) ? outer + line.slice(inner.length) : line))
    .join('\n');
  const head = source.slice(owner.start, node.start).trimEnd();
  const text = `${head}${source.slice(node.end, owner.end)}\n${outer}${moved}`;
  return {
    operator: 'move statement',
    weight: node.role === 'return' ? 0.34 : 0.16,
    start: owner.start,
    end: owner.end,
    text,
    line: node.line,
  };
}

/** Into the block that ends just above it. */
function indent({ node, before, source }: { node: Node; before: Node; source: string }): Mutation {
  const block = [...walk(before)].filter((one) => one.role === 'block').at(-1);
  const last = block && named(block).at(-1);
  const inner = last ? indentOf(last, source) : indentOf(node, source);
  const spot = last?.end ?? before.end;
  const text = `\n${inner}${node.text}${source.slice(spot, before.end)}`;
  return { operator: 'move statement', weight: 0.14, start: spot, end: node.end, text, line: node.line };
}

const JUMPS: Readonly<Record<string, string>> = { break: 'continue', continue: 'break' };

export const jump: Operator = function* (node, around) {
  const { language, source } = around;
  if (node.role === 'jump') {
    const [word] = node.text.match(/^\w+/) ?? [''];
    const other = JUMPS[word];
    if (other) yield replace({ operator: 'jump', weight: 0.4, node, text: node.text.replace(word, other) });
  }
  if (node.role === 'yield') {
    const [inner] = named(node);
    const delegates = /^yield\s*(from\b|\*)/.test(node.text);
    const full = language.none === 'None' ? 'yield from' : 'yield*';
    if (inner)
      yield replace({ operator: 'jump', weight: 0.5, node, text: `${delegates ? 'yield' : full} ${inner.text}` });
  }
  if (node.role === 'return' && loopOf(node) && named(node).length > 0 && !language.statement('').includes('yield')) {
    yield replace({ operator: 'jump', weight: 0.06, node, text: language.statement('continue') });
  }
  if (
    isStatement(node) &&
    node.kind === 'expression_statement' &&
    node.text.includes('(') &&
    functionOf(node) &&
    startsLine(node, source)
  ) {
    yield replace({ operator: 'jump', weight: 0.14, node, text: `return ${node.text}` });
    if (loopOf(node)) yield insertAfter({ after: node, text: 'break', weight: 0.08, operator: 'jump' }, around);
  }
  if ((node.role === 'assign' || node.role === 'augment') && loopOf(node) && startsLine(node, source)) {
    const statement = statementOf(node);
    if (statement) yield insertAfter({ after: statement, text: 'break', weight: 0.08, operator: 'jump' }, around);
  }
};

/** `elif` for `if`, and an early answer for the smallest input. Weak evidence: such patches fit tests too easily. */
export const guardReturn: Operator = function* (node, around) {
  const { facts, language, source } = around;
  if (
    !isStatement(node) ||
    node.parent?.parent?.role !== 'function' ||
    named(node.parent).filter((one) => one.role !== 'comment')[0] !== node
  )
    return;
  if (!startsLine(node, source)) return;
  const parameters = facts.localsOf(node).slice(0, 3);
  const indent = indentOf(node, source);
  for (const name of parameters) {
    for (const empty of [
      ...language.isEmpty,
      (text: string) => `${text} ${language.equal} 1`,
      (text: string) => `${text} < 2`,
    ]) {
      for (const value of [...language.bases, name]) {
        const text = `${language.guard(empty(name), `return ${value}`, indent)}\n${indent}`;
        yield { operator: 'guard return', weight: 0.035, start: node.start, end: node.start, text, line: node.line };
      }
    }
  }
};

export const chainBranches: Operator = function* (node, { language }) {
  if (node.role !== 'if' || language.none !== 'None') return;
  const word = node.children[0];
  if (word?.text === 'elif') yield replace({ operator: 'statement', weight: 0.16, node: word, text: 'if' });
  const before = node.parent?.children[node.place - 1];
  if (word?.text === 'if' && before?.role === 'if' && isStatement(node))
    yield replace({ operator: 'statement', weight: 0.2, node: word, text: 'elif' });
};

/** A value that only counts under a condition the function already checks elsewhere. */
export const guardStatement: Operator = function* (node, around) {
  const { facts, language, source } = around;
  if (!isStatement(node) || !functionOf(node) || !startsLine(node, source) || node.text.includes('\n')) return;
  if (node.kind !== 'expression_statement') return;
  const indent = indentOf(node, source);
  const conditions = facts
    .expressionsOf(node)
    .filter((one) => one.role === 'compare')
    .map((one) => one.text);
  const names = facts
    .localsOf(node)
    .slice(0, 8)
    .flatMap((name) => [language.isFilled[0]?.(name) ?? name, language.not(name)]);
  for (const check of [...new Set([...conditions, ...names])].slice(0, 14)) {
    const text = language.guard(check, node.text.replace(/;$/, ''), indent);
    yield replace({ operator: 'wrap in if', weight: 0.06, node, text: fitted(node, text) });
  }
};
