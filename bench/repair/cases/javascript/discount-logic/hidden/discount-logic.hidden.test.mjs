import assert from 'node:assert/strict';
import { test } from 'node:test';
import { discount } from '../discount-logic.js';

test("discount(12, false)", () => {
  assert.deepEqual(discount(12, false), 0);
});
test("discount(65, false)", () => {
  assert.deepEqual(discount(65, false), 0);
});
test("discount(66, true)", () => {
  assert.deepEqual(discount(66, true), 50);
});
test("discount(29, false)", () => {
  assert.deepEqual(discount(29, false), 0);
});
