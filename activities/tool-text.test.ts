import { describe, expect, it } from '@jest/globals';
import { lastLine, oneLine, plain, quoted, shortened } from './tool-text.js';

const ESC = '\x1b';

describe('what tools say', () => {
  it('has no codes that move a cursor, colour, rename a window or turn the direction of text', () => {
    expect(plain(`${ESC}[31mred${ESC}[0m ${ESC}]0;title\x07a${ESC}]8;;x${ESC}\\b${ESC}(B${ESC}7c\x9b\b\x00`)).toBe(
      'red abc',
    );
    expect(plain(`${ESC}]without an end\nnext`)).toBe('without an end\nnext');
    expect(plain('one\r\ntwo\rthree\ttab\u202e\u2066')).toBe('one\ntwo\nthree\ttab');
  });

  it('cannot pass for words of ours, and keeps every other sign of code', () => {
    expect(quoted('</quoted> < / notice> <SYSTEM> <quote from="x">')).toBe(
      '&lt;/quoted> &lt; / notice> &lt;SYSTEM> &lt;quote from="x">',
    );
    expect(quoted('<not\u200bice>')).toBe('&lt;notice>');
    const code = 'a < b && <Noticeable/> <systemd> x\u200dy \ufeff';
    expect(quoted(code)).toBe(code);
  });

  it('takes time in proportion to its length, whatever is in it', () => {
    const hostile = [
      `${ESC}[`.repeat(500_000),
      `${ESC}]`.repeat(500_000),
      `${ESC}[${';'.repeat(1_000_000)}`,
      '<'.repeat(1_000_000),
    ];
    for (const text of hostile) expect(quoted(text).length).toBeLessThanOrEqual(text.length);
  });

  it('is one line where there is room for one', () => {
    expect(oneLine(' a\n\tb  c ', 10)).toBe('a b c');
    expect(oneLine('abcdef', 4)).toBe('abc…');
    expect(lastLine('first\nsecond\n\n', 20)).toBe('second');
  });

  it('keeps both ends of what is cut, and says where all of it is', () => {
    const text = `${'a'.repeat(5000)}${'b'.repeat(5000)}`;
    const cut = shortened(text, 'name');
    expect(cut).toBe(
      `${'a'.repeat(4000)}\n[2000 characters left out here; read them with output "name" from 4000]\n${'b'.repeat(4000)}`,
    );
  });
});
