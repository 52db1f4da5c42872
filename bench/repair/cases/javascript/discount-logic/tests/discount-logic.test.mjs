import assert from 'node:assert/strict';
import { test } from 'node:test';
import { discount } from '../discount-logic.js';

test("discount(10, false)", () => {
  assert.deepEqual(discount(10, false), 50);
});
test("discount(70, false)", () => {
  assert.deepEqual(discount(70, false), 50);
});
test("discount(25, true)", () => {
  assert.deepEqual(discount(25, true), 20);
});
test("discount(40, true)", () => {
  assert.deepEqual(discount(40, true), 0);
});
