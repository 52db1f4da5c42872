import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shippingCost } from '../free-shipping.js';

test("shippingCost(50, 30)", () => {
  assert.deepEqual(shippingCost(50, 30), 0);
});
test("shippingCost(51, 3)", () => {
  assert.deepEqual(shippingCost(51, 3), 0);
});
test("shippingCost(0, 10)", () => {
  assert.deepEqual(shippingCost(0, 10), 4);
});
test("shippingCost(0, 11)", () => {
  assert.deepEqual(shippingCost(0, 11), 6);
});
