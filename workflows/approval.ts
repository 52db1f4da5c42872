import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  isCancellation,
  patched,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { Approval, ApprovalAnswer, ApprovalQuestion } from '../schemas/approval.js';
import { PERMANENT_FAILURES } from '../schemas/failures.js';
import type { ItemSource } from '../schemas/work-item.js';
import { unlessHalted, workingTime } from './halts.js';
import { historyIsLong } from './history-length.js';
import { answerApproval, approvalStale, approvalStatus } from './messages.js';
import { vendorSteps } from './steps.js';
import { approvalDetails, questionComment, reminderComment } from './story.js';
import { thisExecution } from './this-execution.js';
import { versioned } from './versioning.js';

export interface ApprovalInput {
  readonly question: ApprovalQuestion;
  readonly source: ItemSource;
  /** Makes the effect keys of two missions on one item different. */
  readonly attempt: number;
  /** Of the run before, when continued as new. */
  readonly state?: ApprovalState;
  /** Events after which to continue as new; the server's own suggestion always counts. */
  readonly historyLimit?: number;
}

/** Of a question that nobody has answered yet: plain data that continue-as-new carries. */
interface ApprovalState {
  readonly askedAt: string;
  /** Until its deadline. */
  readonly leftMs: number;
  readonly reminders: number;
}

type Closing = Pick<Approval, 'outcome' | 'reason' | 'by'>;

// It waits for a person, for days: it moves on to new code.
versioned('AUTO_UPGRADE', approval);

/** Asks people, reminds them, takes one answer bound to what they saw, and fails closed. */
export async function approval(input: ApprovalInput): Promise<Approval> {
  const { question, source, attempt } = input;
  const askedAt = input.state?.askedAt ?? new Date().toISOString();
  let closing: Closing | undefined;
  let reminders = input.state?.reminders ?? 0;
  const record = (): Approval => ({
    question,
    outcome: closing?.outcome ?? 'expired',
    reason: closing?.reason ?? '',
    ...(closing?.by && { by: closing.by }),
    askedAt,
    answeredAt: new Date().toISOString(),
    reminders,
  });

  setHandler(approvalStatus, () => ({ question, state: closing?.outcome ?? 'open', askedAt, reminders }));
  setHandler(approvalStale, ({ head }) => {
    closing ??= { outcome: 'stale', reason: `the change moved on to ${head}` };
  });
  setHandler(
    answerApproval,
    ({ decision, by, reason }) => {
      closing = { outcome: decision === 'approve' ? 'approved' : 'rejected', reason, by };
      return record();
    },
    { validator: (answer) => refuse(answer, question, closing) },
  );

  setCurrentDetails(approvalDetails(question, askedAt));
  const effects = `approval/${question.id}/${attempt}/${thisExecution()}`;
  const tell = (body: string, part: string) =>
    vendorSteps.comment.executeWithOptions({ summary: `${question.id}: ${part}` }, [
      { source: source.kind, item: question.item, body, effectKey: `${effects}/${part}` },
    ]);
  try {
    if (!input.state) await tell(questionComment(question), 'question');
    const deadline = workingTime() + (input.state?.leftMs ?? question.deadlineMs);
    while (!closing && workingTime() < deadline) {
      const left = deadline - workingTime();
      const answered = await condition(() => closing !== undefined, Math.min(question.reminderMs, left));
      if (!answered) await unlessHalted();
      if (!answered && !closing && workingTime() < deadline) {
        reminders++;
        await tell(reminderComment(question, reminders), `reminder ${reminders}`);
      }
      if (!closing && historyIsLong(input.historyLimit) && patched('approval-rests')) {
        await condition(allHandlersFinished);
        // What was answered while the last reminder was sent is the end of it.
        const leftMs = deadline - workingTime();
        if (!closing) await continueAsNew<typeof approval>({ ...input, state: { askedAt, leftMs, reminders } });
      }
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
    closing ??= { outcome: 'cancelled', reason: 'the mission was cancelled' };
  }
  closing ??= { outcome: 'expired', reason: 'nobody answered before the deadline' };
  await condition(allHandlersFinished);
  return record();
}

function refuse(answer: ApprovalAnswer, question: ApprovalQuestion, closing: Closing | undefined): void {
  const no = (message: string) => ApplicationFailure.nonRetryable(message, PERMANENT_FAILURES.BadInput);
  if (closing) throw no(`approval ${question.id} is ${closing.outcome} already`);
  if (answer.decision !== 'approve' && answer.decision !== 'reject') throw no('decision: expected approve or reject');
  if (typeof answer.by?.id !== 'string' || answer.by.id === '') throw no('by.id: expected who answers');
  if (answer.head !== question.head) {
    throw no(`head: this question is about ${question.head}, the answer is about ${String(answer.head)}`);
  }
  if (answer.decision === 'approve' && question.requester && answer.by.id === question.requester.id)
    throw no('by: whoever asked for the change cannot approve it');
}
