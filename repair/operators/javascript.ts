// The operator table of JavaScript and TypeScript.
import { type Language, readSwaps, readWraps } from './language.js';
import type { Role, RoleOf } from './tree.js';

const KINDS: Readonly<Record<string, Role>> = {
  number: 'number',
  string: 'string',
  template_string: 'string',
  true: 'bool',
  false: 'bool',
  null: 'none',
  undefined: 'none',
  identifier: 'name',
  shorthand_property_identifier_pattern: 'name',
  property_identifier: 'property',
  private_property_identifier: 'property',
  call_expression: 'call',
  new_expression: 'call',
  arguments: 'args',
  member_expression: 'member',
  subscript_expression: 'index',
  array: 'list',
  object: 'map',
  assignment_expression: 'assign',
  variable_declarator: 'declare',
  augmented_assignment_expression: 'augment',
  update_expression: 'update',
  return_statement: 'return',
  yield_expression: 'yield',
  if_statement: 'if',
  while_statement: 'while',
  do_statement: 'while',
  for_statement: 'for',
  for_in_statement: 'for',
  ternary_expression: 'ternary',
  statement_block: 'block',
  program: 'block',
  class_body: 'other',
  switch_case: 'other',
  function_declaration: 'function',
  method_definition: 'function',
  function_expression: 'function',
  generator_function_declaration: 'function',
  generator_function: 'function',
  arrow_function: 'lambda',
  parenthesized_expression: 'paren',
  break_statement: 'jump',
  continue_statement: 'jump',
  comment: 'comment',
  class_declaration: 'class',
  import_statement: 'import',
  import_specifier: 'import',
  this: 'other',
  await_expression: 'other',
  regex: 'other',
  spread_element: 'text',
  expression_statement: 'text',
  lexical_declaration: 'text',
  variable_declaration: 'text',
};
const COMPARISON = /^(===?|!==?|<=?|>=?|instanceof|in)$/;
const LOGIC = /^(&&|\|\||\?\?)$/;

const roleOf: RoleOf = ({ kind, children }) => {
  if (kind === 'binary_expression') {
    const operator = children[1]?.text ?? '';
    return COMPARISON.test(operator) ? 'compare' : LOGIC.test(operator) ? 'logic' : 'binary';
  }
  if (kind === 'unary_expression') {
    const operator = children[0]?.text;
    return operator === '!' ? 'not' : operator === '-' ? 'negative' : 'other';
  }
  return KINDS[kind] ?? 'text';
};

export const javascript: Language = {
  roleOf,
  comparisons: readSwaps(`
    < -> <= 1, > 0.6, >= 0.5, !== 0.15, === 0.12; <= -> < 1, >= 0.55, > 0.5, === 0.12;
    > -> >= 1, < 0.6, <= 0.5, !== 0.15, === 0.12; >= -> > 1, <= 0.55, < 0.5, === 0.12;
    === -> !== 0.85, <= 0.4, >= 0.4, < 0.2, > 0.2, == 0.1; !== -> === 0.85, < 0.3, > 0.3, <= 0.15, >= 0.15;
    == -> != 0.85, <= 0.4, >= 0.4, === 0.3, < 0.2, > 0.2; != -> == 0.85, !== 0.3, < 0.3, > 0.3;
  `),
  arithmetic: readSwaps(`
    + -> - 0.9, * 0.4, / 0.12, % 0.1; - -> + 0.9, * 0.2, / 0.15, % 0.1;
    * -> / 0.5, + 0.5, ** 0.3, - 0.15, % 0.1; / -> * 0.7, % 0.4, - 0.15, + 0.1; % -> / 0.6, * 0.3, - 0.15;
    ** -> * 0.7; << -> >> 0.8; >> -> << 0.8, >>> 0.5; >>> -> >> 0.7; & -> | 0.6, ^ 0.5; | -> & 0.6, ^ 0.5;
    ^ -> & 0.7, | 0.6;
  `),
  assignments: readSwaps(`
    += -> -= 0.8, = 0.4, *= 0.35; -= -> += 0.8, = 0.3, /= 0.1; *= -> += 0.5, /= 0.5, **= 0.15;
    /= -> *= 0.6, -= 0.2, %= 0.2; %= -> /= 0.4; &= -> |= 0.6, ^= 0.5; |= -> &= 0.6, ^= 0.5;
    ^= -> &= 0.7, |= 0.6; <<= -> >>= 0.8; >>= -> <<= 0.8, >>>= 0.4; = -> += 0.4, -= 0.15, *= 0.1; ++ -> -- 0.6;
    -- -> ++ 0.6;
  `),
  logic: { '&&': '||', '||': '&&', '??': '||' },
  calls: readSwaps(`
    some -> every 0.9; every -> some 0.9; indexOf -> lastIndexOf 0.6, includes 0.1; lastIndexOf -> indexOf 0.7;
    push -> unshift 0.6; unshift -> push 0.6; pop -> shift 0.45; shift -> pop 0.5;
    floor -> ceil 0.9, round 0.6, trunc 0.4; ceil -> floor 0.9, round 0.5;
    round -> floor 0.7, ceil 0.6, trunc 0.3; trunc -> floor 0.7, round 0.4, ceil 0.3; min -> max 0.9;
    max -> min 0.9; toLowerCase -> toUpperCase 0.8; toUpperCase -> toLowerCase 0.8;
    startsWith -> endsWith 0.7, includes 0.5; endsWith -> startsWith 0.7, includes 0.5;
    includes -> startsWith 0.4, endsWith 0.3; trimStart -> trim 0.6, trimEnd 0.6;
    trimEnd -> trim 0.6, trimStart 0.6; trim -> trimStart 0.4, trimEnd 0.4;
    find -> filter 0.3, findLast 0.4, findIndex 0.2; findIndex -> findLastIndex 0.4;
    filter -> find 0.2, map 0.15, some 0.15; map -> flatMap 0.6, filter 0.3, forEach 0.05; flatMap -> map 0.6;
    forEach -> map 0.3; keys -> values 0.6, entries 0.5; values -> keys 0.6, entries 0.5;
    entries -> keys 0.4, values 0.4; reduce -> reduceRight 0.6; reduceRight -> reduce 0.6;
    padStart -> padEnd 0.7; padEnd -> padStart 0.7; replace -> replaceAll 0.8; replaceAll -> replace 0.5;
    slice -> splice 0.2, substring 0.15; splice -> slice 0.5; substring -> slice 0.3, substr 0.3;
    substr -> substring 0.5, slice 0.4; concat -> push 0.2; parseInt -> parseFloat 0.6, Number 0.4;
    parseFloat -> parseInt 0.5; log2 -> log 0.4, log10 0.4; log10 -> log2 0.4, log 0.4;
    log -> log2 0.4, log10 0.4; sin -> cos 0.7; cos -> sin 0.7; sqrt -> cbrt 0.3, abs 0.1; has -> get 0.2;
    get -> has 0.2; add -> delete 0.5; delete -> add 0.3; all -> allSettled 0.4, race 0.3; race -> all 0.4;
    charAt -> charCodeAt 0.3; getDate -> getDay 0.6; getDay -> getDate 0.6; getFullYear -> getYear 0.1;
    first -> last 0.4; last -> first 0.4; isInteger -> isFinite 0.3; exec -> test 0.2; match -> matchAll 0.4;
  `),
  and: '&&',
  or: '||',
  equal: '===',
  unequal: '!==',
  none: 'null',
  yes: 'true',
  no: 'false',
  not: (text) => `!${text}`,
  length: (text) => `${text}.length`,
  isEmpty: [
    (text) => `!${text}`,
    (text) => `${text}.length === 0`,
    (text) => `${text} === null`,
    (text) => `${text} === 0`,
    (text) => `${text} < 0`,
  ],
  isFilled: [
    (text) => text,
    (text) => `${text}.length > 0`,
    (text) => `${text} !== null`,
    (text) => `${text} > 0`,
    (text) => `${text} >= 0`,
  ],
  max: (a, b) => `Math.max(${a}, ${b})`,
  min: (a, b) => `Math.min(${a}, ${b})`,
  statement: (text) => `${text};`,
  guard: (condition, body) => `if (${condition}) ${body};`,
  wraps: readWraps(`
    0.3 Math.floor(_)
    0.3 Math.abs(_)
    0.22 Math.ceil(_)
    0.18 Math.round(_)
    0.1 Math.trunc(_)
    0.2 _.slice(1)
    0.14 _.slice(0, -1)
    0.14 [..._]
    0.18 [_]
    0.16 _.toLowerCase()
    0.12 _.trim()
    0.16 String(_)
    0.16 Number(_)
    0.12 _.length
    0.06 Boolean(_)
    0.08 Math.sqrt(_)
    0.22 _.reverse()
    0.14 ..._
    0.1 [..._].sort((a, b) => a - b)
    0.08 [..._].sort()
    0.08 [...new Set(_)]
    0.14 _ ** 2
    0.1 _ / 2
    0.1 _ * 2
    0.08 _.toUpperCase()
    0.16 -_
    0.16 !_
    0.14 await _
    0.08 (_ ?? 0)
    0.1 (_ || 0)
    0.1 _[0]
    0.04 _ % 10
    0.05 _.flat()
    0.04 Object.keys(_)
    0.05 (_ ?? [])
  `),
  adders: ['push', 'add', 'unshift'],
  infinities: ['Infinity', '-Infinity'],
  bases: ['0', '1', '[]', "''", 'null', 'false', 'true', '-1'],
  drop: () => '',
};
