import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { totalOf } from '../src/totals.js';

const domestic = { zone: 'domestic', billableGrams: 1000, netCents: 529, taxPercent: 19 };
const untaxed = { zone: 'export', billableGrams: 1000, netCents: 2689, taxPercent: 0 };

describe('the total of an order', () => {
  it('is nothing without parcels', () => {
    assert.deepEqual(totalOf([], 0), { netCents: 0, taxCents: 0, grossCents: 0 });
  });

  it('adds net prices and tax to the gross price', () => {
    assert.deepEqual(totalOf([domestic, untaxed], 0), { netCents: 3218, taxCents: 101, grossCents: 3319 });
  });

  it('takes the discount off before tax', () => {
    assert.deepEqual(totalOf([domestic], 5), { netCents: 503, taxCents: 96, grossCents: 599 });
  });

  it('rounds every parcel by itself', () => {
    assert.deepEqual(totalOf([domestic, domestic], 5), { netCents: 1006, taxCents: 192, grossCents: 1198 });
  });
});
