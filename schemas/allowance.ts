import { roundUsd } from './cost.js';
import type { Allowance } from './tranche.js';

// Reckoning with allowances. Pure and without zod: it also runs in the workflow sandbox.

export const NO_ALLOWANCE: Allowance = { usd: 0, tokens: 0 };

export function plus(one: Allowance, other: Allowance): Allowance {
  return { usd: roundUsd(one.usd + other.usd), tokens: one.tokens + other.tokens };
}

export function minus(one: Allowance, other: Allowance): Allowance {
  return { usd: roundUsd(one.usd - other.usd), tokens: one.tokens - other.tokens };
}

export function most(one: Allowance, other: Allowance): Allowance {
  return { usd: Math.max(one.usd, other.usd), tokens: Math.max(one.tokens, other.tokens) };
}

export function least(one: Allowance, other: Allowance): Allowance {
  return { usd: Math.min(one.usd, other.usd), tokens: Math.min(one.tokens, other.tokens) };
}

/** Both of it. */
export function covers(one: Allowance, wanted: Allowance): boolean {
  return one.usd >= wanted.usd && one.tokens >= wanted.tokens;
}
