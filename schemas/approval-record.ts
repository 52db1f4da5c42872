import { z } from 'zod';
import type { ApprovalQuestion } from './approval.js';
import { ApprovalAction } from './blueprint.js';
import { SourceActor } from './people.js';

// What a door that has verified a person says to a question, and what the gateway makes of it: one signed record.

/** `ask-back`: `reason` is the question. `hand-over`: `to` says to whom. */
export const Decision = z.enum(['approve', 'reject', 'ask-back', 'hand-over']);
export type Decision = z.infer<typeof Decision>;

export const ApprovalVia = z.enum(['slack', 'linear', 'jira', 'github', 'gitea', 'cli', 'api']);
export type ApprovalVia = z.infer<typeof ApprovalVia>;

/** What the person saw, and so all that the answer can be about. Buttons carry exactly this. */
export const ApprovalBinding = z.strictObject({
  question: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\/[1-9]\d{0,5}$/, 'expected `<item>/<n>`')
    .describe('Id of the question'),
  action: z.enum([...ApprovalAction.options, 'open-incident']),
  head: z.string().min(1).max(200),
  planHash: z.string().max(200),
});
export type ApprovalBinding = Readonly<z.infer<typeof ApprovalBinding>>;

export function bindingOf({ id, action, head, planHash }: ApprovalQuestion): ApprovalBinding {
  return { question: id, action, head, planHash };
}

/** Built by a door, of a request that it has verified. */
export const ApprovalAnswerDraft = z.strictObject({
  ...ApprovalBinding.shape,
  decision: Decision,
  reason: z.string().max(4000),
  to: z.union([z.strictObject({ person: z.string() }), z.strictObject({ team: z.string() })]).optional(),
  via: ApprovalVia,
  actor: SourceActor.describe('By the stable id of the source, never by a name'),
});
export type ApprovalAnswerDraft = Readonly<z.infer<typeof ApprovalAnswerDraft>>;

export const ApprovalRecord = z.strictObject({
  ...ApprovalAnswerDraft.shape,
  mission: z.string().describe('Workflow id'),
  at: z.iso.datetime().describe('When the gateway signed it'),
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
  keyId: z.string().describe('Of the key that signed it'),
  signature: z.base64().describe('Ed25519, over `signedContent`'),
});
export type ApprovalRecord = Readonly<z.infer<typeof ApprovalRecord>>;

/** Exactly what is signed: every field, in one order, so that no two records have the same. */
export function signedContent(record: Omit<ApprovalRecord, 'signature'>): string {
  const { question, mission, action, decision, head, planHash, reason, to, via, actor, at, nonce, keyId } = record;
  return JSON.stringify([
    'signalbox approval 1',
    ...[question, mission, action, decision, head, planHash, reason],
    ...[to && 'person' in to ? to.person : null, to && 'team' in to ? to.team : null],
    ...[via, actor.source, actor.id, at, nonce, keyId],
  ]);
}
