import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { currentStatus, type ShipmentEvent, withoutDuplicates } from '../src/events.js';

const collected: ShipmentEvent = { shipment: 'P1', status: 'collected', at: '2025-03-11T08:00:00Z' };
const moving: ShipmentEvent = { shipment: 'P1', status: 'in-transit', at: '2025-03-11T12:00:00Z' };
const delivered: ShipmentEvent = { shipment: 'P1', status: 'delivered', at: '2025-03-12T09:30:00Z' };

describe('duplicate events', () => {
  it('are recorded only once when the carrier sends an event again', () => {
    assert.deepEqual(withoutDuplicates([collected, { ...collected }]), [collected]);
  });

  it('are dropped wherever they stand, and the order stays', () => {
    const events = [collected, moving, { ...collected }, delivered, { ...moving }, { ...collected }];
    assert.deepEqual(withoutDuplicates(events), [collected, moving, delivered]);
  });

  it('are not confused with the same status at another time', () => {
    const again = { ...moving, at: '2025-03-11T18:00:00Z' };
    assert.deepEqual(withoutDuplicates([moving, again]), [moving, again]);
  });

  it('are not confused with another status at the same time', () => {
    const sameTime: ShipmentEvent = { ...moving, at: collected.at };
    assert.deepEqual(withoutDuplicates([collected, sameTime]), [collected, sameTime]);
  });

  it('are not confused with the event of another shipment', () => {
    const other = { ...collected, shipment: 'P2' };
    assert.deepEqual(withoutDuplicates([collected, other]), [collected, other]);
  });

  it('are none when nothing happened', () => {
    assert.deepEqual(withoutDuplicates([]), []);
  });
});

describe('the current status', () => {
  it('is unknown before the first event', () => {
    assert.equal(currentStatus([]), undefined);
  });

  it('is that of the latest event', () => {
    assert.equal(currentStatus([collected, moving]), 'in-transit');
  });

  it('does not go back when an old event arrives late', () => {
    assert.equal(currentStatus([collected, delivered, moving]), 'delivered');
  });
});
