import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryDelay } from '../retry-delay.js';

test("retryDelay(0)", () => {
  assert.deepEqual(retryDelay(0), 200);
});
test("retryDelay(1)", () => {
  assert.deepEqual(retryDelay(1), 400);
});
test("retryDelay(3)", () => {
  assert.deepEqual(retryDelay(3), 1600);
});
test("retryDelay(9)", () => {
  assert.deepEqual(retryDelay(9), 10000);
});
