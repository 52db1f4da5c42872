import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isOpen, nextOpening } from '../src/opening-hours.js';

// 2025-03-10 is a Monday.
const at = (day: number, time: string) => new Date(`2025-03-${day}T${time}:00Z`);

describe('a depot', () => {
  it('opens at eight on working days', () => {
    assert.equal(isOpen(at(10, '07:59')), false);
    assert.equal(isOpen(at(10, '08:00')), true);
  });

  it('closes at six on working days', () => {
    assert.equal(isOpen(at(14, '17:59')), true);
    assert.equal(isOpen(at(14, '18:00')), false);
  });

  it('has short hours on Saturday', () => {
    assert.equal(isOpen(at(15, '12:59')), true);
    assert.equal(isOpen(at(15, '13:00')), false);
  });

  it('stays closed on Sunday', () => {
    assert.equal(isOpen(at(16, '10:00')), false);
  });

  it('takes a parcel at once while it is open', () => {
    assert.deepEqual(nextOpening(at(11, '10:30')), at(11, '10:30'));
  });

  it('takes a parcel the same morning before it opens', () => {
    assert.deepEqual(nextOpening(at(11, '06:00')), at(11, '08:00'));
  });

  it('takes a parcel of Saturday afternoon on Monday', () => {
    assert.deepEqual(nextOpening(at(15, '15:00')), at(17, '08:00'));
  });
});
