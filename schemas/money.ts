import { z } from 'zod';

// What model calls cost; `cost.ts` reckons with it.

/** US dollars per million tokens. */
export const Price = z.strictObject({
  input: z.number().nonnegative(),
  output: z.number().nonnegative(),
  cacheRead: z.number().nonnegative(),
  cacheWrite: z.number().nonnegative(),
});
export type Price = Readonly<z.infer<typeof Price>>;

/** Tokens as the provider counted them. `input` excludes what was read from or written to its cache. */
export const Usage = z.strictObject({
  input: z.number().int().nonnegative(),
  output: z.number().int().nonnegative(),
  cacheRead: z.number().int().nonnegative(),
  cacheWrite: z.number().int().nonnegative(),
});
export type Usage = Readonly<z.infer<typeof Usage>>;

/** Money and tokens together: `usd` is null as soon as a part of it has an unknown price, and never 0 for that. */
export const Cost = z.strictObject({ usd: z.number().nonnegative().nullable(), usage: Usage });
export type Cost = Readonly<z.infer<typeof Cost>>;
