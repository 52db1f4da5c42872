import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uniqueTags } from '../unique-tags.js';

test("uniqueTags(['a', 'A', 'b'])", () => {
  assert.deepEqual(uniqueTags(['a', 'A', 'b']), ["a","b"]);
});
test("uniqueTags([])", () => {
  assert.deepEqual(uniqueTags([]), []);
});
test("uniqueTags(['x', 'y'])", () => {
  assert.deepEqual(uniqueTags(['x', 'y']), ["x","y"]);
});
