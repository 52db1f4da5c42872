import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastWord } from '../last-word.js';

test("lastWord('hello there ')", () => {
  assert.deepEqual(lastWord('hello there '), "there");
});
test("lastWord('')", () => {
  assert.deepEqual(lastWord(''), "");
});
