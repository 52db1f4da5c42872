import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MarkScanner } from './mark.js';
import { BoundedOutput, textSink } from './output.js';

const chunksOf = (text: string, sizes: readonly number[]) => {
  const bytes = Buffer.from(text, 'latin1');
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...chunks, bytes.subarray(at)].filter((chunk) => chunk.length > 0);
};
const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 20 });

describe('bounded output', () => {
  it('keeps everything up to its limit, and its two ends beyond, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 60, unit: 'grapheme-ascii' }),
        cuts,
        fc.integer({ min: 2, max: 40 }),
        (text, sizes, limit) => {
          const output = new BoundedOutput(limit);
          for (const chunk of chunksOf(text, sizes)) output.write(chunk);
          expect(output.total).toBe(text.length);
          expect(output.dropped).toBe(Math.max(0, text.length - limit));
          const kept = output.bytes().toString('latin1');
          if (text.length <= limit) expect(kept).toBe(text);
          else expect(kept).toBe(text.slice(0, Math.ceil(limit / 2)) + text.slice(text.length - Math.floor(limit / 2)));
        },
      ),
    );
  });

  it('says where bytes are missing, and how many', () => {
    const output = new BoundedOutput(4);
    output.write(Buffer.from('abcdefghij'));
    expect(output.text()).toBe('ab\n[6 bytes were dropped here]\nij');
  });

  it('does not hold more than it keeps', () => {
    const output = new BoundedOutput(1000);
    for (let n = 0; n < 2000; n++) output.write(Buffer.alloc(64 * 1024, 'x'));
    expect(output.dropped).toBe(2000 * 64 * 1024 - 1000);
    expect(output.bytes().length).toBe(1000);
  });

  it('hands over characters whole', () => {
    const said: string[] = [];
    const sink = textSink((text) => said.push(text));
    const euro = Buffer.from('€');
    for (const byte of euro) sink(Buffer.from([byte]));
    expect(said).toEqual(['€']);
  });
});

describe('mark scanner', () => {
  const nonce = 'f00d';

  it('finds the mark and hands over exactly what was before it, however the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', '\x1e', '\x1ef0', '\x1ef00d', '\n', 'xyz'), { maxLength: 8 }),
        cuts,
        async (parts, sizes) => {
          const before = parts.join('').replaceAll('\x1ef00d ', '');
          let seen = '';
          const scanner = new MarkScanner(nonce, (chunk) => {
            seen += chunk.toString('latin1');
          });
          for (const chunk of chunksOf(`${before}\x1e${nonce} 42\n`, sizes)) scanner.write(chunk);
          expect(await scanner.mark).toBe('42');
          expect(seen).toBe(before);
        },
      ),
    );
  });

  it('holds back nothing but what could become the mark', () => {
    let seen = '';
    const scanner = new MarkScanner(nonce, (chunk) => {
      seen += chunk.toString();
    });
    scanner.write(Buffer.from('progress 1\n'));
    expect(seen).toBe('progress 1\n');
    scanner.write(Buffer.from('more \x1ef0'));
    expect(seen).toBe('progress 1\nmore ');
    scanner.flush();
    expect(seen).toBe('progress 1\nmore \x1ef0');
  });
});
