import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invoiceTotal, netTotal } from '../invoice-total.js';

test("netTotal([{ price: 1, quantity: 10, tax: 0 }, { price: 5, quantity: 1, tax: 1 }])", () => {
  assert.deepEqual(netTotal([{ price: 1, quantity: 10, tax: 0 }, { price: 5, quantity: 1, tax: 1 }]), 15);
});
