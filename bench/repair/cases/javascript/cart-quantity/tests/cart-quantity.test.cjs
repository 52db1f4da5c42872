const test = require('node:test');
const assert = require('node:assert/strict');
const { quantities } = require('../cart-quantity.cjs');

test("quantities(['a', 'b', 'a'])", () => {
  assert.deepEqual(quantities(['a', 'b', 'a']), {"a":2,"b":1});
});
test("quantities([])", () => {
  assert.deepEqual(quantities([]), {});
});
