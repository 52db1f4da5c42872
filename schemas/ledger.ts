import { z } from 'zod';
import { RoleName } from './agent.js';
import { Cost } from './money.js';

/** One attempt of one rung at one task: what the router learns from, and what cost reports add up. */
export const LedgerEntry = z.strictObject({
  /** Workflow id, run and rung: an attempt is counted once. */
  key: z.string(),
  /** ISO 8601. */
  at: z.string(),
  repo: z.string(),
  item: z.string(),
  node: z.string(),
  role: RoleName,
  /** Kind of work: `bug`, `feature`, `test`, `docs`, `plan`, `review`. */
  kind: z.string(),
  /** Name of the model card that did most of it; `repair` for the free rung. */
  model: z.string(),
  result: z.enum(['passed', 'failed', 'cannot-do']),
  cost: Cost,
  turns: z.number().int().nonnegative(),
  durationMs: z.number().nonnegative(),
});
export type LedgerEntry = Readonly<z.infer<typeof LedgerEntry>>;
