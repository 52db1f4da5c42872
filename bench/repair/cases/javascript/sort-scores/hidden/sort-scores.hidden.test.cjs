const test = require('node:test');
const assert = require('node:assert/strict');
const { topScores } = require('../sort-scores.cjs');

test("topScores([5, 50, 500, 6], 3)", () => {
  assert.deepEqual(topScores([5, 50, 500, 6], 3), [500,50,6]);
});
test("topScores([9, 8], 0)", () => {
  assert.deepEqual(topScores([9, 8], 0), []);
});
