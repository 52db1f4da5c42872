import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { ApprovalQuestion } from '../../schemas/approval.js';
import { type ApprovalRecord, bindingOf } from '../../schemas/approval-record.js';
import type { IncidentStatus } from '../../schemas/incident.js';
import { incidentBinding } from '../../schemas/incident-question.js';
import { workflowId } from '../../schemas/names.js';
import { type ApprovalStatus, answerApproval, approvalStatus } from '../../workflows/messages-standing.js';
import { eventually } from '../eventually.js';

/** What people are asked. A mission says that it waits just before the question is there. */
export async function questionOf(client: Client, item: string, n = 1): Promise<ApprovalQuestion> {
  const handle = client.workflow.getHandle(workflowId.approval(item, n));
  const { question } = await eventually(
    () => handle.query(approvalStatus),
    () => true,
  );
  return question;
}

/** As the gateway makes it, but for the signature: whether that is right is an activity's to say, here a stub. */
export function recordFor(question: ApprovalQuestion, change: Partial<ApprovalRecord> = {}): ApprovalRecord {
  return {
    ...{
      ...bindingOf(question),
      decision: 'approve',
      reason: '',
      via: 'cli',
      actor: { source: 'cli', id: 'operator' },
    },
    ...{ mission: workflowId.mission(question.item), at: new Date().toISOString() },
    ...{ nonce: randomBytes(16).toString('hex'), keyId: 'k', signature: 'c2lnbmVk' },
    ...change,
  };
}

/** The same to the question of an incident, as it is asked now. */
export function incidentAnswer(status: IncidentStatus, open: boolean, reason = ''): ApprovalRecord {
  return {
    ...{ ...incidentBinding(status), decision: open ? 'approve' : 'reject', reason, via: 'cli', mission: status.id },
    ...{ actor: { source: 'cli', id: 'operator' }, at: new Date().toISOString() },
    ...{ nonce: randomBytes(16).toString('hex'), keyId: 'k', signature: 'c2lnbmVk' },
  };
}

export function answer(
  client: Client,
  question: ApprovalQuestion,
  change: Partial<ApprovalRecord> = {},
): Promise<ApprovalStatus> {
  return client.workflow
    .getHandle(`approval/${question.id}`)
    .executeUpdate(answerApproval, { args: [recordFor(question, change)] });
}
