import { z } from 'zod';
import { Approval } from './approval.js';
import { BlobRef } from './blob-ref.js';
import { Change } from './change.js';
import { Finding } from './finding.js';
import { Plan } from './plan.js';
import { Verdict } from './verdict.js';
import { WorkItem } from './work-item.js';

/** What hold-out scenarios said of a tree: numbers, never what they are about. */
export const Satisfaction = z.strictObject({
  tree: z.string(),
  outcome: z.enum(['pass', 'fail', 'unknown']),
  reason: z.string(),
  log: BlobRef.optional(),
});
export type Satisfaction = Readonly<z.infer<typeof Satisfaction>>;

/** The bundle that shows a change works, bound to its head commit. */
export const Proof = z.strictObject({
  version: z.literal(1),
  item: WorkItem,
  blueprint: BlobRef,
  change: Change,
  plan: Plan,
  /** Tests that define the fix: failing on the base, passing on the head. */
  failingBefore: z.array(z.string()),
  passingAfter: z.array(z.string()),
  /** Failing before and still failing: not part of this change, and named so that nobody takes them for green. */
  knownFailures: z.array(z.string()),
  base: z.array(Verdict),
  head: z.array(Verdict),
  batch: z
    .strictObject({ tree: z.string(), items: z.array(z.string()) })
    .optional()
    .describe('The verdicts of the head are of this tree: the changes of these items on each other, in order'),
  findings: z.array(Finding),
  approvals: z.array(Approval),
  confidence: z.enum(['high', 'low']),
  satisfaction: Satisfaction.optional().describe('Where the operator keeps hold-out scenarios'),
  tasks: z.array(
    z.strictObject({ node: z.string(), summary: z.string(), tried: z.number().int(), evidence: BlobRef.optional() }),
  ),
});
export type Proof = Readonly<z.infer<typeof Proof>>;
