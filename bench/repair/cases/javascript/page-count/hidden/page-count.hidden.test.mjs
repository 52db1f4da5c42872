import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageCount } from '../page-count.js';

test("pageCount(1, 10)", () => {
  assert.deepEqual(pageCount(1, 10), 1);
});
test("pageCount(99, 10)", () => {
  assert.deepEqual(pageCount(99, 10), 10);
});
test("pageCount(100, 10)", () => {
  assert.deepEqual(pageCount(100, 10), 10);
});
