import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '../parse-duration.js';

test("seconds('5s')", () => {
  assert.deepEqual(seconds('5s'), 5);
});
test("seconds('2m')", () => {
  assert.deepEqual(seconds('2m'), 120);
});
test("seconds('1h30m')", () => {
  assert.deepEqual(seconds('1h30m'), 5400);
});
test("seconds('1d')", () => {
  assert.deepEqual(seconds('1d'), 86400);
});
