import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median } from '../src/stats.mjs';

test('of an even number of values', () => {
  assert.equal(median([10, 2]), 6);
  assert.equal(median([7, 1, 100, 3]), 5);
  assert.equal(median([-4, -2, -10, -8]), -6);
});

test('of an odd number of values', () => {
  assert.equal(median([3]), 3);
  assert.equal(median([30, 4, 200]), 30);
});

test('leaves the list as it is, and refuses an empty one', () => {
  const values = [3, 1, 2, 0];
  median(values);
  assert.deepEqual(values, [3, 1, 2, 0]);
  assert.throws(() => median([]), RangeError);
});
