import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transpose } from '../matrix-transpose.js';

test("transpose([[1], [2], [3]])", () => {
  assert.deepEqual(transpose([[1], [2], [3]]), [[1,2,3]]);
});
