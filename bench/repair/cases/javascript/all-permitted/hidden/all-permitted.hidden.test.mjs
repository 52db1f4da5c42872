import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allPermitted } from '../all-permitted.js';

test("allPermitted(['a', 'b', 'c'], ['a', 'b', 'c', 'd'])", () => {
  assert.deepEqual(allPermitted(['a', 'b', 'c'], ['a', 'b', 'c', 'd']), true);
});
test("allPermitted(['x'], [])", () => {
  assert.deepEqual(allPermitted(['x'], []), false);
});
