import { describe, expect, it } from '@jest/globals';
import { safe, safeLines } from './output.js';

describe('text from outside', () => {
  it.each([
    ['a colour sequence', '\x1b[31mred', '\\u{1b}[31mred'],
    ['a C1 control sequence', '\x9b2J', '\\u{9b}2J'],
    ['a line break that would forge a line', 'ok\r\nshipped', 'ok\\u{d}\\u{a}shipped'],
    ['a bidirectional override', 'abc\u202etxt', 'abc\\u{202e}txt'],
    ['an isolate', '\u2066x\u2069', '\\u{2066}x\\u{2069}'],
    ['an invisible tag', 'a\u{e0041}b', 'a\\u{e0041}b'],
    ['a backspace', 'a\bb', 'a\\u{8}b'],
  ])('cannot steer the terminal with %s', (_what, text, shown) => {
    expect(safe(text)).toBe(shown);
  });

  it('keeps what people write', () => {
    const text = 'Größe 10 €, 価格, 👩‍💻 — "quoted" \\n';
    expect(safe(text)).toBe(text);
  });

  it('keeps its own lines and tabs where several lines are meant', () => {
    expect(safeLines('# a\r\n\tb\x1b[2J\nc')).toBe('# a\n\tb\\u{1b}[2J\nc');
  });
});
