import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toRoman } from '../src/roman.mjs';

test('writes the numbers of a clock', () => {
  assert.deepEqual([1, 4, 6, 9, 12].map(toRoman), ['I', 'IV', 'VI', 'IX', 'XII']);
});

test('refuses what has no numeral', () => {
  for (const number of [0, 4000, 1.5]) assert.throws(() => toRoman(number), RangeError);
});
