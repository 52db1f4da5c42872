import assert from 'node:assert/strict';
import { test } from 'node:test';
import { average } from '../average.js';

test("average([1, 2, 3])", () => {
  assert.deepEqual(average([1, 2, 3]), 2);
});
test("average([])", () => {
  assert.deepEqual(average([]), 0);
});
test("average([10, 20])", () => {
  assert.deepEqual(average([10, 20]), 15);
});
