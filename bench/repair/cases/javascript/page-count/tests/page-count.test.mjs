import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageCount } from '../page-count.js';

test("pageCount(10, 5)", () => {
  assert.deepEqual(pageCount(10, 5), 2);
});
test("pageCount(11, 5)", () => {
  assert.deepEqual(pageCount(11, 5), 3);
});
test("pageCount(0, 5)", () => {
  assert.deepEqual(pageCount(0, 5), 0);
});
test("pageCount(3, 0)", () => {
  assert.throws(() => pageCount(3, 0), RangeError);
});
