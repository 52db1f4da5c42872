import { z } from 'zod';
import { RiskLevel } from './blueprint.js';
import { Actor } from './signal.js';

/** What may wait for people. */
export const ApprovalAction = z.enum(['merge', 'raise-budget']);
export type ApprovalAction = z.infer<typeof ApprovalAction>;

/** What a person is asked, and exactly what the answer is bound to. */
export const ApprovalQuestion = z.strictObject({
  id: z.string().describe('`<item>/<n>`'),
  item: z.string(),
  action: ApprovalAction,
  title: z.string(),
  head: z.string().describe('What the answer is bound to: the head of the change, or the budget as it was'),
  planHash: z.string(),
  risk: RiskLevel,
  because: z.array(z.string()).min(1),
  recommendation: z.string(),
  changedFiles: z.array(z.string()),
  requester: Actor.optional(),
  reminderMs: z.number().int().positive(),
  deadlineMs: z.number().int().positive(),
});
export type ApprovalQuestion = Readonly<z.infer<typeof ApprovalQuestion>>;

/** One recorded answer. `head` is what the person saw: an answer to another head counts for nothing. */
export const ApprovalAnswer = z.strictObject({
  decision: z.enum(['approve', 'reject']),
  head: z.string(),
  by: Actor,
  reason: z.string().max(4000).default(''),
});
export type ApprovalAnswer = Readonly<z.infer<typeof ApprovalAnswer>>;

export const Approval = z.strictObject({
  question: ApprovalQuestion,
  outcome: z.enum(['approved', 'rejected', 'expired', 'stale', 'cancelled']),
  by: Actor.optional(),
  reason: z.string(),
  askedAt: z.string(),
  answeredAt: z.string(),
  reminders: z.number().int().nonnegative(),
});
export type Approval = Readonly<z.infer<typeof Approval>>;
