import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visible } from '../feature-flag.js';

test("visible({ published: true }, { admin: false })", () => {
  assert.deepEqual(visible({ published: true }, { admin: false }), true);
});
test("visible({ published: false }, { admin: false })", () => {
  assert.deepEqual(visible({ published: false }, { admin: false }), false);
});
test("visible({ published: false }, { admin: true })", () => {
  assert.deepEqual(visible({ published: false }, { admin: true }), true);
});
