import assert from 'node:assert/strict';
import { test } from 'node:test';
import { balanced } from '../balanced.js';

test("balanced(']]')", () => {
  assert.deepEqual(balanced(']]'), false);
});
