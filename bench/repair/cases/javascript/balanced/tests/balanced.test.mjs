import assert from 'node:assert/strict';
import { test } from 'node:test';
import { balanced } from '../balanced.js';

test("balanced('()')", () => {
  assert.deepEqual(balanced('()'), true);
});
test("balanced('[]')", () => {
  assert.deepEqual(balanced('[]'), true);
});
test("balanced('(]')", () => {
  assert.deepEqual(balanced('(]'), false);
});
test("balanced(')(')", () => {
  assert.deepEqual(balanced(')('), false);
});
test("balanced('([)]')", () => {
  assert.deepEqual(balanced('([)]'), false);
});
test("balanced('([])')", () => {
  assert.deepEqual(balanced('([])'), true);
});
test("balanced('((')", () => {
  assert.deepEqual(balanced('(('), false);
});
test("balanced('a(b)c')", () => {
  assert.deepEqual(balanced('a(b)c'), true);
});
