import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invoiceTotal, netTotal } from '../invoice-total.js';

test("netTotal([{ price: 2, quantity: 3, tax: 0.5 }])", () => {
  assert.deepEqual(netTotal([{ price: 2, quantity: 3, tax: 0.5 }]), 6);
});
test("netTotal([])", () => {
  assert.deepEqual(netTotal([]), 0);
});
test("invoiceTotal([{ price: 2, quantity: 3, tax: 0.5 }])", () => {
  assert.deepEqual(invoiceTotal([{ price: 2, quantity: 3, tax: 0.5 }]), 9);
});
