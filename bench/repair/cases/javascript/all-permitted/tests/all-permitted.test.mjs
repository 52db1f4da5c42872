import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allPermitted } from '../all-permitted.js';

test("allPermitted(['read'], ['read'])", () => {
  assert.deepEqual(allPermitted(['read'], ['read']), true);
});
test("allPermitted(['read', 'write'], ['read'])", () => {
  assert.deepEqual(allPermitted(['read', 'write'], ['read']), false);
});
test("allPermitted([], [])", () => {
  assert.deepEqual(allPermitted([], []), true);
});
