import { z } from 'zod';
import { BlobRef } from './blob-ref.js';

export const TestCounts = z.strictObject({
  passed: z.number().int().nonnegative(),
  failed: z.number().int().nonnegative(),
  skipped: z.number().int().nonnegative(),
});
export type TestCounts = Readonly<z.infer<typeof TestCounts>>;

/** All tests of a report by how they ended; skipped ones are in neither list. */
export const Cases = z.strictObject({ passing: z.array(z.string()), failing: z.array(z.string()) });
export type Cases = z.infer<typeof Cases>;

/** What a gate decided about one tree. Only `pass` is a success; `unknown` is everything that could not be judged. */
export const Verdict = z.strictObject({
  gate: z.string(),
  tree: z.string(),
  outcome: z.enum(['pass', 'fail', 'unknown']),
  reason: z.string().describe('One line that says why'),
  exitCode: z.number().int().nullable(),
  counts: TestCounts.optional(),
  /** Tests that failed; the first of them, `cases` has all. */
  failing: z.array(z.string()).max(50),
  /** Tests that failed and passed on this tree, in runs of this gate. */
  flaky: z.array(z.string()).max(50).optional(),
  cases: BlobRef.optional().describe('All ids of tests, as JSON: {passing: [...], failing: [...]}'),
  log: BlobRef.optional(),
  report: BlobRef.optional(),
  durationMs: z.number().int().nonnegative(),
  cached: z.boolean(),
});
export type Verdict = Readonly<z.infer<typeof Verdict>>;
