const { statSync } = require('node:fs');

// The tests that take minutes come first, or the last one of them would run alone at the end; then the largest files.

const LONG = [
  'test/chaos.test.ts',
  'test/workflows/halt-anywhere.test.ts',
  'test/e2e/agent-crash.test.ts',
  'test/effects/effects.test.ts',
  'test/effects/late-writers.test.ts',
  'test/runaways/runaways.test.ts',
  'test/replay-planted.test.ts',
  'test/p12.test.ts',
];

module.exports = class Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const place = LONG.findIndex((file) => path.endsWith(file));
      return place < 0 ? LONG.length : place;
    };
    const size = ({ path }) => statSync(path).size;
    return [...tests].sort((one, other) => rank(one) - rank(other) || size(other) - size(one));
  }

  cacheResults() {}

  allFailedTests(tests) {
    return tests;
  }

  shard({ tests }) {
    return tests;
  }
};
