import assert from 'node:assert/strict';
import { test } from 'node:test';
import { average } from '../average.js';

test("average([1.5, 2.5])", () => {
  assert.deepEqual(average([1.5, 2.5]), 2);
});
test("average([0, 0, 9])", () => {
  assert.deepEqual(average([0, 0, 9]), 3);
});
