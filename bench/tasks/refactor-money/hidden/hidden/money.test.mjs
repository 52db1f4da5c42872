import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { invoiceLine } from '../src/invoice.mjs';
import { formatMoney } from '../src/money.mjs';
import { receiptTotal } from '../src/receipt.mjs';

test('amounts', () => {
  assert.equal(formatMoney(1205, 'EUR'), 'EUR 12.05');
  assert.equal(formatMoney(-5, 'EUR'), '-EUR 0.05');
  assert.equal(formatMoney(-1205, 'CHF'), '-CHF 12.05');
  assert.equal(formatMoney(0, 'EUR'), 'EUR 0.00');
});

test('invoices and receipts write them so', () => {
  assert.equal(invoiceLine({ text: 'Discount', cents: -150, currency: 'EUR' }), 'Discount: -EUR 1.50');
  assert.equal(receiptTotal([{ cents: 100 }, { cents: -105 }], 'EUR'), 'Total -EUR 0.05');
});

test('in one place', () => {
  for (const file of ['invoice', 'receipt']) {
    const text = readFileSync(new URL(`../src/${file}.mjs`, import.meta.url), 'utf8');
    assert.match(text, /formatMoney/);
    assert.doesNotMatch(text, /padStart|% 100/);
  }
});
