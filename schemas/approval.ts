import { z } from 'zod';
import { ApprovalAction, ApprovalRule, Escalation, RiskLevel } from './blueprint.js';
import { Actor } from './signal.js';

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
  proof: z.array(z.string()).optional().describe('What says that it works, one line each'),
  onNoAnswer: z.string().optional().describe('What happens when nobody answers in time'),
  reminderMs: z.number().int().positive(),
  deadlineMs: z.number().int().positive(),
});
export type ApprovalQuestion = Readonly<z.infer<typeof ApprovalQuestion>>;

/** Who may answer a question: the policy of the base, and the change that it is asked about. */
export const ApprovalTerms = z.strictObject({
  rules: z.array(ApprovalRule),
  escalation: z.array(Escalation),
  change: z
    .strictObject({ repo: z.string(), branch: z.string(), base: z.string(), head: z.string() })
    .optional()
    .describe('By commits; missing where the question is not about one'),
});
export type ApprovalTerms = Readonly<z.infer<typeof ApprovalTerms>>;

/** A yes that counts. */
export const GivenApproval = z.strictObject({
  person: z.string().describe('Key'),
  name: z.string(),
  via: z.string(),
  at: z.string(),
  reason: z.string(),
  rules: z.array(z.number().int()).describe('Rules of the policy for which it counts; -1: the built-in one'),
  signature: z.string().describe('Of the record'),
});
export type GivenApproval = Readonly<z.infer<typeof GivenApproval>>;

/** Between whoever decides and whoever knows. */
export const AskedBack = z.strictObject({
  by: z.string(),
  text: z.string(),
  reply: z.string().optional(),
  repliedBy: z.string().optional(),
  person: z.string().optional().describe('Key of whoever asked'),
  shown: z
    .strictObject({ comment: z.string(), message: z.string() })
    .optional()
    .describe('Keys of the effects by which it was asked: a comment on the ticket, or a message in its thread'),
  heard: z.string().optional().describe('Id of the comment at the source that answers it'),
});
export type AskedBack = Readonly<z.infer<typeof AskedBack>>;

export const Approval = z.strictObject({
  question: ApprovalQuestion,
  outcome: z.enum(['approved', 'rejected', 'expired', 'stale', 'cancelled']),
  by: Actor.optional(),
  reason: z.string(),
  askedAt: z.string(),
  answeredAt: z.string(),
  reminders: z.number().int().nonnegative(),
  given: z.array(GivenApproval).optional(),
  talk: z.array(AskedBack).optional(),
});
export type Approval = Readonly<z.infer<typeof Approval>>;
