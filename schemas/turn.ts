import { z } from 'zod';
import { BlobRef } from './blob-ref.js';
import { Finding } from './finding.js';
import { Cost } from './money.js';
import { Verdict } from './verdict.js';

/** One Plan-Act-Critique iteration of a task. */
export const Turn = z.strictObject({
  n: z.number().int().positive(),
  rung: z.enum(['repair', 'gates', 'tester', 'small', 'strong']),
  plan: z.string(),
  act: z.strictObject({
    summary: z.string(),
    tried: z.number().int().nonnegative(),
    tree: z.string().optional(),
    evidence: BlobRef.optional(),
  }),
  critique: z.strictObject({
    decision: z.enum(['done', 'again', 'cannot-do', 'failed']),
    because: z.string(),
    verdicts: z.array(Verdict),
    findings: z.array(Finding),
  }),
});
export type Turn = Readonly<z.infer<typeof Turn>>;

/** How a task ended. */
export const TaskResult = z.strictObject({
  node: z.string(),
  state: z.enum(['passed', 'failed', 'cannot-do']),
  because: z.string(),
  commit: z.string().optional().describe('With the work so far, kept in the depot, also when it did not pass'),
  tree: z.string().optional(),
  confidence: z.enum(['high', 'low']).optional(),
  question: z.string().optional(),
  turns: z.array(Turn),
  evidence: BlobRef.optional(),
  cost: Cost.optional().describe('Of its model calls; undefined where there are no models'),
  notes: z.array(z.string()).optional().describe("For the mission's memory"),
  findings: z.array(Finding).optional().describe('Of the review by models, for the person who decides on the merge'),
  split: z.array(z.string()).optional().describe('The parts that it should have been'),
  final: z.boolean().optional().describe('No other plan can help: out of money, no model that may be used'),
  durationMs: z.number(),
});
export type TaskResult = Readonly<z.infer<typeof TaskResult>>;
