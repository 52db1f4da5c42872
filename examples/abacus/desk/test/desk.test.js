import assert from 'node:assert/strict';
import { it } from 'node:test';
import { percentOff } from '../src/discount.js';
import { largest } from '../src/lists.js';
import { firstOn } from '../src/pages.js';
import { tax } from '../src/tax.js';
import { amount } from '../src/text.js';

it('desk: a discount applies from its threshold on', () => {
  assert.equal(percentOff(10), 5);
  assert.equal(percentOff(50), 12);
});

it('desk: there is no discount below the threshold', () => {
  assert.equal(percentOff(1), 0);
  assert.equal(percentOff(9), 0);
  assert.equal(percentOff(11), 5);
  assert.equal(percentOff(49), 5);
  assert.equal(percentOff(51), 12);
});

it('desk: a page begins where the one before it ended', () => {
  assert.equal(firstOn(2, 3), 3);
  assert.equal(firstOn(3, 3), 6);
  assert.equal(firstOn(2, 10), 10);
});

it('desk: the first page begins at the first item', () => {
  assert.equal(firstOn(1, 3), 0);
});

it('desk: the largest of some numbers', () => {
  assert.equal(largest([2, 7, 5]), 7);
  assert.equal(largest([]), undefined);
});

it('desk: an amount has two decimals', () => {
  assert.equal(amount(1250), '12.50');
});

it('desk: tax is 19 percent', () => {
  assert.equal(tax(1000), 190);
});
