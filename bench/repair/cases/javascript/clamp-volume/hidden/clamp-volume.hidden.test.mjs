import assert from 'node:assert/strict';
import { test } from 'node:test';
import { volume } from '../clamp-volume.js';

test("volume(99, 1)", () => {
  assert.deepEqual(volume(99, 1), 100);
});
test("volume(0, 500)", () => {
  assert.deepEqual(volume(0, 500), 100);
});
test("volume(99, 2)", () => {
  assert.deepEqual(volume(99, 2), 100);
});
