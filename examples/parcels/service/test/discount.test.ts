import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { discounted, volumeDiscount } from '../src/discount.js';

describe('volume discount', () => {
  it('is none below the first threshold', () => {
    assert.equal(volumeDiscount(1), 0);
    assert.equal(volumeDiscount(9), 0);
  });

  it('applies from exactly the threshold of ten parcels', () => {
    assert.equal(volumeDiscount(10), 5);
  });

  it('stays the same between two thresholds', () => {
    assert.equal(volumeDiscount(11), 5);
    assert.equal(volumeDiscount(49), 5);
  });

  it('rises at exactly the threshold of fifty parcels', () => {
    assert.equal(volumeDiscount(50), 12);
  });

  it('does not rise any further', () => {
    assert.equal(volumeDiscount(51), 12);
    assert.equal(volumeDiscount(5000), 12);
  });

  it('follows the tiers of a contract', () => {
    const tiers = [{ from: 100, percent: 20 }];
    assert.equal(volumeDiscount(99, tiers), 0);
    assert.equal(volumeDiscount(101, tiers), 20);
  });
});

describe('a discounted price', () => {
  it('is the price less the percentage', () => {
    assert.equal(discounted(1000, 5), 950);
    assert.equal(discounted(1000, 0), 1000);
  });

  it('is rounded to the nearest cent', () => {
    assert.equal(discounted(529, 5), 503);
    assert.equal(discounted(529, 12), 466);
  });
});
