const test = require('node:test');
const assert = require('node:assert/strict');
const { quantities } = require('../cart-quantity.cjs');

test("quantities(['x', 'x', 'x'])", () => {
  assert.deepEqual(quantities(['x', 'x', 'x']), {"x":3});
});
