import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visible } from '../feature-flag.js';

test("visible({ published: true }, { admin: true })", () => {
  assert.deepEqual(visible({ published: true }, { admin: true }), true);
});
