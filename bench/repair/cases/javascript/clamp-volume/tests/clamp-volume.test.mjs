import assert from 'node:assert/strict';
import { test } from 'node:test';
import { volume } from '../clamp-volume.js';

test("volume(50, 10)", () => {
  assert.deepEqual(volume(50, 10), 60);
});
test("volume(95, 10)", () => {
  assert.deepEqual(volume(95, 10), 100);
});
test("volume(100, 1)", () => {
  assert.deepEqual(volume(100, 1), 100);
});
