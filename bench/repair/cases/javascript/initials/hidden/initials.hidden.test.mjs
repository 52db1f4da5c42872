import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initials } from '../initials.js';

test("initials('grace', 'hopper')", () => {
  assert.deepEqual(initials('grace', 'hopper'), "GH");
});
test("initials('', 'z')", () => {
  assert.deepEqual(initials('', 'z'), "Z");
});
