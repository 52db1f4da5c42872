import type { Cost, Price, Usage } from './money.js';

// Reckoning with money. Pure and without zod: it also runs in the workflow sandbox.

export const NO_USAGE: Usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

export const NO_COST: Cost = { usd: 0, usage: NO_USAGE };

export function tokensOf({ input, output, cacheRead, cacheWrite }: Usage): number {
  return input + output + cacheRead + cacheWrite;
}

/** Null when the price is unknown and anything was used. */
export function usdOf(usage: Usage, price: Price | null): number | null {
  if (tokensOf(usage) === 0) return 0;
  if (price === null) return null;
  const micro =
    usage.input * price.input +
    usage.output * price.output +
    usage.cacheRead * price.cacheRead +
    usage.cacheWrite * price.cacheWrite;
  return roundUsd(micro / 1_000_000);
}

/** The most that a call can cost: its whole input written to the cache, its output as long as it may be. */
export function worstCase(inputTokens: number, maxOutputTokens: number, price: Price | null): Cost {
  const usage = { ...NO_USAGE, cacheWrite: inputTokens, output: maxOutputTokens };
  return { usd: usdOf(usage, price && { ...price, cacheWrite: Math.max(price.cacheWrite, price.input) }), usage };
}

export function addCost(one: Cost, other: Cost): Cost {
  return {
    usd: one.usd === null || other.usd === null ? null : roundUsd(one.usd + other.usd),
    usage: {
      input: one.usage.input + other.usage.input,
      output: one.usage.output + other.usage.output,
      cacheRead: one.usage.cacheRead + other.usage.cacheRead,
      cacheWrite: one.usage.cacheWrite + other.usage.cacheWrite,
    },
  };
}

export function subtractCost(one: Cost, other: Cost): Cost {
  const usage = (key: keyof Usage) => one.usage[key] - other.usage[key];
  return {
    usd: one.usd === null || other.usd === null ? null : roundUsd(one.usd - other.usd),
    usage: {
      input: usage('input'),
      output: usage('output'),
      cacheRead: usage('cacheRead'),
      cacheWrite: usage('cacheWrite'),
    },
  };
}

/** Sums of many small amounts must not drift: a millionth of a dollar is the smallest unit. */
export function roundUsd(usd: number): number {
  return Math.round(usd * 1_000_000) / 1_000_000;
}

export function describeUsd(usd: number | null): string {
  return usd === null ? 'cost unknown' : `$${usd < 1 ? usd.toFixed(4) : usd.toFixed(2)}`;
}
