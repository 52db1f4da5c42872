import { z } from 'zod';
import { Usage } from './money.js';

/** What was spent. The free rung spends candidates and time; money is in US dollars, null when a price is unknown. */
export const Spend = z.strictObject({
  usd: z.number().nonnegative().nullable(),
  usage: Usage.optional().describe('Tokens; undefined where there are no models'),
  candidates: z.number().int().nonnegative(),
  iterations: z.number().int().nonnegative(),
  activeMs: z.number().nonnegative(),
});
export type Spend = Readonly<z.infer<typeof Spend>>;

/** What a plan is expected to cost, made before anything of it is started. */
export const Estimate = z.strictObject({
  usd: z.number().nonnegative().nullable().describe('Null: a price is unknown'),
  highUsd: z.number().nonnegative().nullable().describe('Seldom more than this'),
  tokens: z.number().int().nonnegative(),
  because: z.string(),
});
export type Estimate = Readonly<z.infer<typeof Estimate>>;

/** Caps of one task, from the blueprint's limits. */
export const Budget = z.strictObject({
  iterations: z.number().int().positive(),
  wallMs: z.number().positive(),
  candidates: z.number().int().positive(),
  seconds: z.number().positive(),
});
export type Budget = Readonly<z.infer<typeof Budget>>;
