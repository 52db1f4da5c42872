import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromRoman, toRoman } from '../src/roman.mjs';

test('reads everything that is written', () => {
  for (let number = 1; number < 4000; number++) assert.equal(fromRoman(toRoman(number)), number);
});

test('refuses everything else', () => {
  for (const text of ['', 'IIII', 'IC', 'VX', 'iv', 'MMMM', 'A', 'X X', 'IVI']) {
    assert.throws(() => fromRoman(text), RangeError);
  }
});
