import { describe, expect, it } from '@jest/globals';
import { apply, propose } from '../candidates.js';

/** All texts that candidates for a file give, in order. */
function texts({
  path,
  text,
  words = [],
}: {
  readonly path: string;
  readonly text: string;
  readonly words?: readonly string[];
}): readonly string[] {
  const suspicion = new Map(text.split('\n').map((_, index) => [index + 1, 1]));
  const proposals = propose({ places: [{ path, text, suspicion }], words: new Set(words), hangs: false });
  return proposals.map((proposal) => apply(proposal, text));
}

const inPython = (body: string) =>
  `def f(a, b, items, seen):\n${body
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')}\n`;
const inScript = (body: string) =>
  `function f(a, b, items, seen) {\n${body
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')}\n}\n`;

const SLIPS: readonly (readonly [
  operator: string,
  python: readonly [string, string],
  script: readonly [string, string],
])[] = [
  ['a comparison', ['return a < b', 'return a <= b'], ['return a < b;', 'return a <= b;']],
  ['an arithmetic sign', ['return a - b', 'return a + b'], ['return a - b;', 'return a + b;']],
  ['a constant', ['return a * 3', 'return a * 2'], ['return a * 3;', 'return a * 2;']],
  ['a step too short', ['return items[a]', 'return items[a - 1]'], ['return items[a];', 'return items[a - 1];']],
  ['a variable', ['return a + a', 'return a + b'], ['return a + a;', 'return a + b;']],
  [
    'an expression',
    ['x = a - b\nreturn x * a', 'x = a - b\nreturn x * (a - b)'],
    ['const x = a - b;\nreturn x * a;', 'const x = a - b;\nreturn x * (a - b);'],
  ],
  ['a missing call', ['return a - b', 'return abs(a - b)'], ['return a;', 'return Math.abs(a);']],
  ['a method', ['return any(items)', 'return all(items)'], ['return items.some(a);', 'return items.every(a);']],
  [
    'a negation',
    ['if a:\n    return b\nreturn a', 'if not a:\n    return b\nreturn a'],
    ['if (a) return b;', 'if (!a) return b;'],
  ],
  [
    'a string',
    ["return ' '.join(items)", "return ''.join(items)"],
    ["return items.join(' ');", "return items.join('');"],
  ],
  ['an operand too many', ['return a + 1', 'return a'], ['return a + 1;', 'return a;']],
  ['a logic word', ['return a and b', 'return a or b'], ['return a && b;', 'return a || b;']],
  ['the order of operands', ['return a - b', 'return b - a'], ['return a - b;', 'return b - a;']],
  ['an assignment sign', ['a -= b\nreturn a', 'a += b\nreturn a'], ['a -= b;\nreturn a;', 'a += b;\nreturn a;']],
  [
    'the order of arguments',
    ['return f(a, b, items, seen)', 'return f(b, a, items, seen)'],
    ['return f(a, b);', 'return f(b, a);'],
  ],
  [
    'the order of indexes',
    ['return items[a][b]', 'return items[b][a]'],
    ['return items[a][b];', 'return items[b][a];'],
  ],
  ['a slice', ['return items', 'return items[a:]'], ['return items;', 'return items.slice(a);']],
  ['a call too many', ['return str(a)', 'return a'], ['return String(a);', 'return a;']],
  [
    'a missing bound',
    ['b = a\nreturn b', 'b = max(0, a)\nreturn b'],
    ['b = a;\nreturn b;', 'b = Math.max(0, a);\nreturn b;'],
  ],
  [
    'a missing case',
    ['if a < b:\n    return 0\nreturn 1', 'if a < b or not items:\n    return 0\nreturn 1'],
    ['if (a < b) return 0;', 'if (a < b || !items) return 0;'],
  ],
  [
    'a jump',
    ['for x in items:\n    break', 'for x in items:\n    continue'],
    ['for (const x of items) break;', 'for (const x of items) continue;'],
  ],
  ['an answer from state', ['return True', 'return not items'], ['return true;', 'return !items;']],
];

describe('the operators', () => {
  it.each(SLIPS)('mend %s in both languages', (_operator, python, script) => {
    expect(texts({ path: 'f.py', text: inPython(python[0]) })).toContain(inPython(python[1]));
    expect(texts({ path: 'f.js', text: inScript(script[0]) })).toContain(inScript(script[1]));
  });

  it('mend a collection that is asked and never told', () => {
    const before =
      'def f(items):\n    seen = set()\n    for x in items:\n        if x in seen:\n            return x\n    return None\n';
    const after = before.replace('            return x\n', '            return x\n        seen.add(x)\n');
    expect(texts({ path: 'f.py', text: before })).toContain(after);
  });

  it('combine two edits', () => {
    expect(texts({ path: 'f.js', text: inScript('return a < b && b < items;') })).toContain(
      inScript('return a <= b && b <= items;'),
    );
  });

  it('come in the same order every time, each with the same id', () => {
    const text = inPython('if a < b:\n    return items[a] + 1\nreturn None');
    const suspicion = new Map([1, 2, 3, 4].map((line) => [line, 1]));
    const ids = () =>
      propose({ places: [{ path: 'f.py', text, suspicion }], words: new Set(), hangs: false }).map(
        (proposal) => proposal.id,
      );
    expect(ids()).toEqual(ids());
    expect(new Set(ids()).size).toBe(ids().length);
  });

  it('put what the ticket names further to the front', () => {
    const text = inScript('return a * 7;');
    const wanted = inScript('return a * 12;');
    const rank = (words: readonly string[]) => texts({ path: 'f.js', text, words }).indexOf(wanted);
    expect(rank([])).toBe(-1);
    expect(rank(['12'])).toBeGreaterThanOrEqual(0);
  });

  it('leave lines alone that no failing test runs', () => {
    const text = 'def f(a):\n    return a < 1\n\n\ndef g(a):\n    return a < 1\n';
    const proposals = propose({
      places: [{ path: 'f.py', text, suspicion: new Map([[2, 1]]) }],
      words: new Set(),
      hangs: false,
    });
    expect(new Set(proposals.map((proposal) => proposal.line))).toEqual(new Set([2]));
  });
});
