import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastWord } from '../last-word.js';

test("lastWord('a b c')", () => {
  assert.deepEqual(lastWord('a b c'), "c");
});
test("lastWord('one')", () => {
  assert.deepEqual(lastWord('one'), "one");
});
