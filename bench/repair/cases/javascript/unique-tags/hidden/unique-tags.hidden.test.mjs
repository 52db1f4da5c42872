import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uniqueTags } from '../unique-tags.js';

test("uniqueTags(['q', 'w', 'Q', 'W', 'q'])", () => {
  assert.deepEqual(uniqueTags(['q', 'w', 'Q', 'W', 'q']), ["q","w"]);
});
