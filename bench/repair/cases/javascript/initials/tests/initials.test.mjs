import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initials } from '../initials.js';

test("initials('ada', 'lovelace')", () => {
  assert.deepEqual(initials('ada', 'lovelace'), "AL");
});
test("initials('x', 'y')", () => {
  assert.deepEqual(initials('x', 'y'), "XY");
});
