import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shippingCost } from '../free-shipping.js';

test("shippingCost(50, 1)", () => {
  assert.deepEqual(shippingCost(50, 1), 0);
});
test("shippingCost(49, 1)", () => {
  assert.deepEqual(shippingCost(49, 1), 4);
});
test("shippingCost(60, 20)", () => {
  assert.deepEqual(shippingCost(60, 20), 0);
});
test("shippingCost(10, 12)", () => {
  assert.deepEqual(shippingCost(10, 12), 8);
});
