import { z } from 'zod';
import { BlobRef } from './blob-ref.js';
import { Estimate, Spend } from './budget.js';
import { Cost } from './money.js';

export const MissionResult = z.enum(['shipped', 'cannot-do', 'rejected', 'failed', 'cancelled']);
export type MissionResult = z.infer<typeof MissionResult>;

export const StageTime = z.strictObject({
  stage: z.string(),
  startedAt: z.string(),
  ms: z.number().nonnegative(),
  cost: Cost.optional().describe('Of the work that ended in it; undefined where there are no models'),
});
export type StageTime = Readonly<z.infer<typeof StageTime>>;

/** How a mission ended: one line of the ledger. */
export const Outcome = z.strictObject({
  item: z.string(),
  repo: z.string(),
  result: MissionResult,
  because: z.string(),
  mergeCommit: z.string().optional(),
  proof: BlobRef.optional(),
  proofMarkdown: BlobRef.optional(),
  planVersions: z.number().int().nonnegative(),
  spend: Spend,
  estimate: Estimate.optional().describe('Made before the last plan was started; undefined where there are no models'),
  stages: z.array(StageTime),
});
export type Outcome = Readonly<z.infer<typeof Outcome>>;
