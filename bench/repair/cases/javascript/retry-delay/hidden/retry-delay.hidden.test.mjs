import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryDelay } from '../retry-delay.js';

test("retryDelay(2)", () => {
  assert.deepEqual(retryDelay(2), 800);
});
test("retryDelay(4)", () => {
  assert.deepEqual(retryDelay(4), 3200);
});
test("retryDelay(5)", () => {
  assert.deepEqual(retryDelay(5), 6400);
});
test("retryDelay(6)", () => {
  assert.deepEqual(retryDelay(6), 10000);
});
