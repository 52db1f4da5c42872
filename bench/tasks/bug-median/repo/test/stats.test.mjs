import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mean, median } from '../src/stats.mjs';

test('the mean', () => {
  assert.equal(mean([1, 2, 6]), 3);
});

test('the median of an odd number of values', () => {
  assert.equal(median([9, 1, 5]), 5);
});

test('the median of an even number of values', () => {
  assert.equal(median([1, 2, 3, 4]), 2.5);
});
