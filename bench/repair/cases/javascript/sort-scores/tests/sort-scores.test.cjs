const test = require('node:test');
const assert = require('node:assert/strict');
const { topScores } = require('../sort-scores.cjs');

test("topScores([3, 10, 2], 2)", () => {
  assert.deepEqual(topScores([3, 10, 2], 2), [10,3]);
});
test("topScores([1], 1)", () => {
  assert.deepEqual(topScores([1], 1), [1]);
});
test("topScores([], 3)", () => {
  assert.deepEqual(topScores([], 3), []);
});
