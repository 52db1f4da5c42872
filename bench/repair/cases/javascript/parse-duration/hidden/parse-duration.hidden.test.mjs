import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '../parse-duration.js';

test("seconds('3h')", () => {
  assert.deepEqual(seconds('3h'), 10800);
});
test("seconds('2d4s')", () => {
  assert.deepEqual(seconds('2d4s'), 172804);
});
