// The operator table of Python.
import { type Language, readSwaps, readWraps } from './language.js';
import type { Role, RoleOf } from './tree.js';

const KINDS: Readonly<Record<string, Role>> = {
  integer: 'number',
  float: 'number',
  string: 'string',
  concatenated_string: 'string',
  true: 'bool',
  false: 'bool',
  none: 'none',
  identifier: 'name',
  call: 'call',
  argument_list: 'args',
  attribute: 'member',
  subscript: 'index',
  slice: 'slice',
  list: 'list',
  list_comprehension: 'other',
  generator_expression: 'other',
  set_comprehension: 'other',
  dictionary_comprehension: 'other',
  tuple: 'tuple',
  expression_list: 'tuple',
  dictionary: 'map',
  set: 'list',
  assignment: 'assign',
  augmented_assignment: 'augment',
  return_statement: 'return',
  yield: 'yield',
  if_statement: 'if',
  elif_clause: 'if',
  while_statement: 'while',
  for_statement: 'for',
  if_clause: 'if',
  conditional_expression: 'ternary',
  block: 'block',
  module: 'block',
  function_definition: 'function',
  lambda: 'lambda',
  parenthesized_expression: 'paren',
  break_statement: 'jump',
  continue_statement: 'jump',
  comment: 'comment',
  class_definition: 'class',
  import_statement: 'import',
  import_from_statement: 'import',
  boolean_operator: 'logic',
  comparison_operator: 'compare',
  binary_operator: 'binary',
  not_operator: 'not',
  for_in_clause: 'for',
  keyword_argument: 'keyword',
  await: 'other',
  interpolation: 'text',
  assert_statement: 'text',
  dotted_name: 'import',
  lambda_parameters: 'text',
};

const roleOf: RoleOf = ({ kind, children }) => {
  if (kind === 'unary_operator') return children[0]?.text === '-' ? 'negative' : 'other';
  return KINDS[kind] ?? 'text';
};

export const python: Language = {
  roleOf,
  comparisons: readSwaps(`
    < -> <= 1, > 0.6, >= 0.5, != 0.15, == 0.12; <= -> < 1, >= 0.55, > 0.5, == 0.12;
    > -> >= 1, < 0.6, <= 0.5, != 0.15, == 0.12; >= -> > 1, <= 0.55, < 0.5, == 0.12;
    == -> != 0.85, <= 0.4, >= 0.4, < 0.2, > 0.2, in 0.12, is 0.08;
    != -> == 0.85, < 0.3, > 0.3, <= 0.15, >= 0.15, not in 0.1; is -> is not 0.8, == 0.3;
    is not -> is 0.8, != 0.3; in -> not in 0.8, == 0.25; not in -> in 0.8, != 0.25;
  `),
  arithmetic: readSwaps(`
    + -> - 0.9, * 0.4, / 0.12, % 0.1; - -> + 0.9, * 0.2, / 0.15, % 0.1;
    * -> + 0.5, / 0.4, ** 0.35, // 0.3, - 0.15; / -> // 0.8, * 0.6, % 0.3, - 0.12;
    // -> / 0.7, % 0.5, * 0.4, - 0.1; % -> // 0.6, / 0.4, * 0.25, - 0.12; ** -> * 0.7; << -> >> 0.8;
    >> -> << 0.8; & -> | 0.6, ^ 0.5, - 0.2; | -> & 0.6, ^ 0.5; ^ -> & 0.7, | 0.6, ** 0.4;
  `),
  assignments: readSwaps(`
    += -> -= 0.8, = 0.4, *= 0.35; -= -> += 0.8, = 0.3, //= 0.1; *= -> += 0.5, /= 0.3, //= 0.4, **= 0.15;
    /= -> //= 0.8, *= 0.5, -= 0.2; //= -> /= 0.5, *= 0.4, %= 0.3, -= 0.2; %= -> //= 0.5, /= 0.3;
    &= -> |= 0.6, ^= 0.5; |= -> &= 0.6, ^= 0.5; ^= -> &= 0.7, |= 0.6; <<= -> >>= 0.8; >>= -> <<= 0.8;
    = -> += 0.4, -= 0.15, *= 0.1;
  `),
  logic: { and: 'or', or: 'and' },
  calls: readSwaps(`
    any -> all 0.9; all -> any 0.9; min -> max 0.9, sum 0.1; max -> min 0.9, sum 0.15;
    sum -> len 0.3, max 0.3, min 0.1; len -> sum 0.2, max 0.2; append -> extend 0.7, appendleft 0.15, add 0.05;
    extend -> append 0.7; appendleft -> append 0.6; pop -> popleft 0.5, popitem 0.1; popleft -> pop 0.6;
    lower -> upper 0.8; upper -> lower 0.8; title -> capitalize 0.6, upper 0.3;
    capitalize -> title 0.6, upper 0.3; swapcase -> lower 0.3, upper 0.3; startswith -> endswith 0.8;
    endswith -> startswith 0.8; lstrip -> rstrip 0.7, strip 0.6; rstrip -> lstrip 0.6, strip 0.6;
    strip -> rstrip 0.4, lstrip 0.4; find -> rfind 0.6, index 0.3; rfind -> find 0.6;
    index -> rindex 0.5, find 0.3, count 0.2; count -> index 0.2; keys -> values 0.6, items 0.6;
    values -> keys 0.6, items 0.6; items -> keys 0.4, values 0.4; sorted -> reversed 0.2, list 0.2, set 0.2;
    reversed -> sorted 0.3, list 0.2; floor -> ceil 0.9, round 0.3; ceil -> floor 0.9, round 0.3;
    int -> round 0.5, float 0.4, str 0.2; round -> int 0.5, ceil 0.4, floor 0.4; float -> int 0.5;
    str -> int 0.3, repr 0.2; ljust -> rjust 0.7; rjust -> ljust 0.7; union -> intersection 0.6, difference 0.4;
    intersection -> union 0.6, difference 0.5;
    difference -> symmetric_difference 0.6, intersection 0.5, union 0.3; isalpha -> isalnum 0.5, isdigit 0.3;
    isdigit -> isalpha 0.3, isalnum 0.4; isalnum -> isalpha 0.5, isdigit 0.4; isupper -> islower 0.8;
    islower -> isupper 0.8; split -> rsplit 0.4, splitlines 0.15; rsplit -> split 0.6;
    partition -> rpartition 0.6; rpartition -> partition 0.6; heappush -> heappushpop 0.2;
    set -> list 0.5, sorted 0.3; list -> set 0.5, sorted 0.3, reversed 0.2; tuple -> list 0.2; ord -> chr 0.3;
    chr -> ord 0.3, str 0.2; bin -> hex 0.2, oct 0.2; add -> discard 0.4, update 0.3; discard -> add 0.4;
    remove -> append 0.2, discard 0.2; update -> add 0.3; insert -> append 0.2; get -> pop 0.15, setdefault 0.3;
    setdefault -> get 0.3; zip -> zip_longest 0.1, product 0.1; map -> filter 0.4; filter -> map 0.4;
    bisect_left -> bisect_right 0.9; bisect_right -> bisect_left 0.9; bisect -> bisect_left 0.8;
    insort -> insort_left 0.3; sin -> cos 0.7; cos -> sin 0.7; nlargest -> nsmallest 0.9;
    nsmallest -> nlargest 0.9; combinations -> permutations 0.7, combinations_with_replacement 0.6;
    permutations -> combinations 0.7, product 0.4; log -> log2 0.4, log10 0.4; log2 -> log 0.5;
    log10 -> log 0.5; match -> search 0.5, fullmatch 0.6; search -> match 0.5, fullmatch 0.5;
  `),
  and: 'and',
  or: 'or',
  equal: '==',
  unequal: '!=',
  none: 'None',
  yes: 'True',
  no: 'False',
  not: (text) => `not ${text}`,
  length: (text) => `len(${text})`,
  isEmpty: [
    (text) => `not ${text}`,
    (text) => `${text} is None`,
    (text) => `${text} == 0`,
    (text) => `${text} < 0`,
    (text) => `${text} <= 0`,
  ],
  isFilled: [
    (text) => text,
    (text) => `${text} is not None`,
    (text) => `${text} > 0`,
    (text) => `${text} >= 0`,
    (text) => `len(${text}) > 1`,
  ],
  max: (a, b) => `max(${a}, ${b})`,
  min: (a, b) => `min(${a}, ${b})`,
  statement: (text) => text,
  guard: (condition, body, indent) => `if ${condition}:\n${indent}    ${body}`,
  wraps: readWraps(`
    0.3 abs(_)
    0.2 sorted(_)
    0.16 len(_)
    0.2 _[1:]
    0.16 _[:-1]
    0.2 _[::-1]
    0.18 [_]
    0.16 str(_)
    0.18 int(_)
    0.14 set(_)
    0.16 list(_)
    0.1 round(_)
    0.16 _.lower()
    0.1 _.strip()
    0.08 sum(_)
    0.08 tuple(_)
    0.1 reversed(_)
    0.06 bool(_)
    0.14 _ ** 2
    0.1 _ // 2
    0.1 _ * 2
    0.06 float(_)
    0.16 -_
    0.16 (not _)
    0.08 _.upper()
    0.1 _[0]
    0.04 math.sqrt(_)
    0.1 math.ceil(_)
    0.06 math.floor(_)
    0.08 max(_)
    0.06 enumerate(_)
    0.05 ord(_)
    0.05 (_ or [])
    0.1 _.copy()
    0.08 *_
    0.04 _.split()
    0.1 _.items()
    0.04 dict(_)
    0.03 int(_ ** 0.5)
    0.08 ''.join(_)
  `),
  adders: ['append', 'add', 'appendleft'],
  infinities: ["float('inf')", "float('-inf')"],
  bases: ['0', '1', '[]', "''", 'None', 'False', 'True', '-1'],
  drop: () => 'pass',
};
