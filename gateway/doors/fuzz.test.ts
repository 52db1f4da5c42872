import { expect, it } from '@jest/globals';
import { fuzzDoors } from '../../test/fuzz/doors.js';

// `scripts/fuzz-doors` does the same 50 times as long: docs/results/p11.md.

it('2,000 requests of every kind: nothing forged or stale is accepted, and nothing breaks a door', async () => {
  const counts = await fuzzDoors({ requests: 2_000, seed: 11 });
  const sum = (of: 'forged' | 'stale' | 'accepted' | 'broken') =>
    [...counts.values()].reduce((total, door) => total + door[of], 0);
  expect({ accepted: sum('accepted'), broken: sum('broken') }).toEqual({ accepted: 0, broken: 0 });
  expect(sum('forged')).toBeGreaterThan(700);
  expect(sum('stale')).toBeGreaterThan(100);
  // Each door was tried in every way, and works.
  for (const [door, { forged, signals, quarantined }] of counts) {
    expect([door, forged > 10, signals > 5, quarantined > 5]).toEqual([door, true, true, true]);
  }
});
