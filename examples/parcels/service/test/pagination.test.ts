import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pageOf, pageRequest } from '../src/pagination.js';

const SHIPMENTS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

describe('pagination of shipments', () => {
  it('shows as many on the first page as were asked for', () => {
    assert.deepEqual(pageOf(SHIPMENTS, { page: 1, size: 3 }).items, ['a', 'b', 'c']);
    assert.deepEqual(pageOf(SHIPMENTS, { page: 1, size: 5 }).items, ['a', 'b', 'c', 'd', 'e']);
  });

  it('starts the second page after the last shipment of the first', () => {
    assert.deepEqual(pageOf(SHIPMENTS, { page: 2, size: 3 }).items, ['d', 'e', 'f']);
    assert.deepEqual(pageOf(SHIPMENTS, { page: 2, size: 2 }).items, ['c', 'd']);
  });

  it('leaves what remains for the last page', () => {
    assert.deepEqual(pageOf(SHIPMENTS, { page: 3, size: 3 }).items, ['g']);
    assert.deepEqual(pageOf(SHIPMENTS, { page: 2, size: 5 }).items, ['f', 'g']);
  });

  it('shows every shipment exactly once over all pages', () => {
    for (const size of [1, 2, 3, 4, 7]) {
      const { pages } = pageOf(SHIPMENTS, { page: 1, size });
      const shown = Array.from({ length: pages }, (_, index) => pageOf(SHIPMENTS, { page: index + 1, size }).items);
      assert.deepEqual(shown.flat(), SHIPMENTS, `with ${size} on a page`);
    }
  });

  it('counts a page that is not full', () => {
    assert.equal(pageOf(SHIPMENTS, { page: 1, size: 3 }).pages, 3);
    assert.equal(pageOf(SHIPMENTS, { page: 1, size: 7 }).pages, 1);
  });

  it('answers a page past the end with the last one', () => {
    assert.equal(pageOf(SHIPMENTS, { page: 9, size: 3 }).page, 3);
  });

  it('has one empty page when there is nothing to show', () => {
    assert.deepEqual(pageOf([], { page: 1, size: 20 }), { items: [], page: 1, pages: 1, total: 0 });
  });
});

describe('the page that a query asks for', () => {
  it('is the first one with twenty shipments when it names none', () => {
    assert.deepEqual(pageRequest(new URLSearchParams()), { page: 1, size: 20 });
  });

  it('is the one it names', () => {
    assert.deepEqual(pageRequest(new URLSearchParams('page=3&size=50')), { page: 3, size: 50 });
  });

  it('never has more than a hundred shipments', () => {
    assert.equal(pageRequest(new URLSearchParams('size=5000')).size, 100);
  });

  it('falls back to the default for what is not a whole number', () => {
    assert.deepEqual(pageRequest(new URLSearchParams('page=-1&size=many')), { page: 1, size: 20 });
  });
});
