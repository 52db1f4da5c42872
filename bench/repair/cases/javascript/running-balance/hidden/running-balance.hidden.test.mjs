import assert from 'node:assert/strict';
import { test } from 'node:test';
import { balance } from '../running-balance.js';

test("balance(100, [{ kind: 'debit', amount: 1 }, { kind: 'credit', amount: 2 }, { kind: 'debit', amount: 3 }])", () => {
  assert.deepEqual(balance(100, [{ kind: 'debit', amount: 1 }, { kind: 'credit', amount: 2 }, { kind: 'debit', amount: 3 }]), 98);
});
