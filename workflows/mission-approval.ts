import { executeChild, ParentClosePolicy } from '@temporalio/workflow';
import type { Approval, ApprovalQuestion } from '../schemas/approval.js';
import { workflowId } from '../schemas/names.js';
import type { approval } from './approval.js';
import type { MissionContext } from './mission-context.js';

type Asked = Omit<ApprovalQuestion, 'id' | 'item' | 'planHash' | 'risk' | 'requester'>;

/** Puts a question to people, as a workflow of its own, and keeps the answer. */
export async function askApproval({ state, input, open }: MissionContext, asked: Asked): Promise<Approval> {
  const n = state.data.approvals.length + 1;
  const question: ApprovalQuestion = {
    ...asked,
    id: `${state.item.key}/${n}`,
    item: state.item.key,
    planHash: state.data.planHash,
    risk: state.risk(),
    ...(state.item.reporter && { requester: state.item.reporter }),
  };
  const id = workflowId.approval(state.item.key, n);
  open.add(id);
  const answer = await executeChild<typeof approval>('approval', {
    workflowId: id,
    args: [{ question, source: state.item.source, attempt: input.attempt }],
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    staticSummary:
      question.action === 'merge'
        ? `May ${state.item.key} be merged? Risk ${question.risk}`
        : `May ${state.item.key} cost more?`,
  }).finally(() => open.delete(id));
  state.data.approvals.push(answer);
  return answer;
}
