import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slug } from '../slug.js';

test("slug('Hello World')", () => {
  assert.deepEqual(slug('Hello World'), "hello-world");
});
test("slug('a b')", () => {
  assert.deepEqual(slug('a b'), "a-b");
});
