import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roman } from '../roman.js';

test("roman(8)", () => {
  assert.deepEqual(roman(8), "VIII");
});
test("roman(39)", () => {
  assert.deepEqual(roman(39), "XXXIX");
});
