import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slug } from '../slug.js';

test("slug('  X Y Z ')", () => {
  assert.deepEqual(slug('  X Y Z '), "x-y-z");
});
test("slug('ABC')", () => {
  assert.deepEqual(slug('ABC'), "abc");
});
