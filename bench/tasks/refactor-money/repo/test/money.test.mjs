import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invoiceLine } from '../src/invoice.mjs';
import { receiptTotal } from '../src/receipt.mjs';

test('an invoice line', () => {
  assert.equal(invoiceLine({ text: 'Parcel', cents: 1205, currency: 'EUR' }), 'Parcel: EUR 12.05');
  assert.equal(invoiceLine({ text: 'Discount', cents: -5, currency: 'EUR' }), 'Discount: -EUR 0.05');
});

test('the total of a receipt', () => {
  assert.equal(receiptTotal([{ cents: 1205 }, { cents: 95 }], 'EUR'), 'Total EUR 13.00');
});
