import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roman } from '../roman.js';

test("roman(1)", () => {
  assert.deepEqual(roman(1), "I");
});
test("roman(3)", () => {
  assert.deepEqual(roman(3), "III");
});
test("roman(4)", () => {
  assert.deepEqual(roman(4), "IV");
});
test("roman(9)", () => {
  assert.deepEqual(roman(9), "IX");
});
test("roman(14)", () => {
  assert.deepEqual(roman(14), "XIV");
});
test("roman(26)", () => {
  assert.deepEqual(roman(26), "XXVI");
});
