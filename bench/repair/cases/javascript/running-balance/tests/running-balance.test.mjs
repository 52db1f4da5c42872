import assert from 'node:assert/strict';
import { test } from 'node:test';
import { balance } from '../running-balance.js';

test("balance(10, [{ kind: 'debit', amount: 4 }])", () => {
  assert.deepEqual(balance(10, [{ kind: 'debit', amount: 4 }]), 6);
});
test("balance(0, [{ kind: 'credit', amount: 4 }])", () => {
  assert.deepEqual(balance(0, [{ kind: 'credit', amount: 4 }]), 4);
});
test("balance(5, [])", () => {
  assert.deepEqual(balance(5, []), 5);
});
