import { z } from 'zod';
import { BlobRef } from './blob-ref.js';
import { TestId } from './repair.js';

export const TestCounts = z.strictObject({
  passed: z.number().int().nonnegative(),
  failed: z.number().int().nonnegative(),
  skipped: z.number().int().nonnegative(),
});
export type TestCounts = Readonly<z.infer<typeof TestCounts>>;

/** What a gate decided about one tree. Only `pass` is a success; `unknown` is everything that could not be judged. */
export const Verdict = z.strictObject({
  gate: z.string(),
  tree: z.string(),
  outcome: z.enum(['pass', 'fail', 'unknown']),
  reason: z.string().describe('One line that says why'),
  exitCode: z.number().int().nullable(),
  counts: TestCounts.optional(),
  /** Tests that failed; capped, the log has the rest. */
  failing: z.array(TestId).max(500),
  passing: BlobRef.optional().describe('Ids of the tests that passed, as a JSON array'),
  log: BlobRef.optional(),
  report: BlobRef.optional(),
  durationMs: z.number().int().nonnegative(),
  cached: z.boolean(),
});
export type Verdict = Readonly<z.infer<typeof Verdict>>;
