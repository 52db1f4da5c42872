import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  patched,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { Approval, ApprovalQuestion, ApprovalTerms } from '../schemas/approval.js';
import type { ApprovalRecord } from '../schemas/approval-record.js';
import { durationMs } from '../schemas/duration.js';
import type { ItemSource } from '../schemas/work-item.js';
import { Answers, type AnswersData } from './approval-answers.js';
import { ApprovalNewsroom, type News } from './approval-news.js';
import { approvalDetails } from './approval-story.js';
import { ApprovalTalk } from './approval-talk.js';
import { unlessHalted, workingTime } from './halts.js';
import { historyIsLong } from './history-length.js';
import {
  type ApprovalStatus,
  answerApproval,
  approvalStale,
  approvalStatus,
  approvalTouched,
  approvalWaitsFor,
  type LegacyAnswer,
  replyApproval,
} from './messages-standing.js';
import { refusal } from './refusal.js';
import { answerSteps } from './steps.js';
import { versioned } from './versioning.js';

export interface ApprovalInput {
  readonly question: ApprovalQuestion;
  readonly source: ItemSource;
  /** Makes the effect keys of two missions on one item different. */
  readonly attempt: number;
  /** Who may answer. Missing in what was asked before there was a policy: anybody who is known may then. */
  readonly terms?: ApprovalTerms;
  /** Of the run before, when continued as new. */
  readonly state?: ApprovalState;
  /** Events after which to continue as new; the server's own suggestion always counts. */
  readonly historyLimit?: number;
}

/** Of a question that nobody has decided yet: plain data that continue-as-new carries. */
interface ApprovalState {
  readonly askedAt: string;
  /** Until its deadline. */
  readonly leftMs: number;
  readonly reminders: number;
  /** Steps of the escalation that were reached. */
  readonly escalated?: number;
  readonly answers?: AnswersData;
  /** News told so far. */
  readonly told?: number;
}

const BUILT_IN: ApprovalTerms = { rules: [], escalation: [] };

// It waits for a person, for days: it moves on to new code.
versioned('AUTO_UPGRADE', approval);

/** Asks people, reminds them, takes answers that are bound to what they saw and verified, and fails closed. */
export async function approval(input: ApprovalInput): Promise<Approval> {
  const { question, source, terms = BUILT_IN } = input;
  const askedAt = input.state?.askedAt ?? new Date().toISOString();
  const answers = new Answers(input.state?.answers);
  let reminders = input.state?.reminders ?? 0;
  let escalated = input.state?.escalated ?? 0;
  const status = (): ApprovalStatus => ({
    ...{ question, state: answers.closing?.outcome ?? 'open', askedAt, reminders, escalated },
    ...{ given: answers.given, talk: answers.talk },
    ...(answers.heldBy !== undefined && { heldBy: answers.heldBy }),
    ...(answers.closing?.by && { by: answers.closing.by }),
    reason: answers.closing?.reason ?? '',
  });
  const record = (): Approval => ({
    question,
    outcome: answers.closing?.outcome ?? 'expired',
    reason: answers.closing?.reason ?? '',
    ...(answers.closing?.by && { by: answers.closing.by }),
    askedAt,
    answeredAt: new Date().toISOString(),
    reminders,
    ...(answers.given.length > 0 && { given: [...answers.given] }),
    ...(answers.talk.length > 0 && { talk: [...answers.talk] }),
  });
  const newsroom = new ApprovalNewsroom(input, status);
  const talk = new ApprovalTalk(input, answers, newsroom);

  setHandler(approvalStatus, status);
  setHandler(approvalTouched, () => talk.listen());
  setHandler(approvalStale, ({ head }) => {
    answers.closing ??= { outcome: 'stale', reason: `the change moved on to ${head}` };
  });
  setHandler(answerApproval, (answer) => (isRecord(answer) ? count(answer) : replayed(answer)), {
    validator: (answer) => refuse(answer, question, answers),
  });
  setHandler(
    replyApproval,
    ({ text, by }) => {
      answers.reply(text, by.name ?? by.id);
      newsroom.tell('replied', { text, by: by.name ?? by.id });
      return status();
    },
    {
      validator: ({ text }) => {
        if (answers.closing) throw refusal(`approval ${question.id} is ${answers.closing.outcome} already`);
        if (typeof text !== 'string' || text.trim() === '') throw refusal('text: expected the answer');
        if (answers.talk.every(({ reply }) => reply !== undefined)) throw refusal('nobody has asked anything back');
      },
    },
  );

  setHandler(approvalWaitsFor, async ({ person }) => {
    if (answers.closing || answers.given.some((one) => one.person === person)) return false;
    const asked = { question, source, terms, escalated, person };
    return answerSteps.mayAnswer.executeWithOptions({ summary: `${question.id}: does it wait for ${person}?` }, [
      asked,
    ]);
  });

  /** It counts when an activity says so: this code sees neither keys nor who people are. */
  async function count(answer: ApprovalRecord): Promise<ApprovalStatus> {
    const verdict = await answerSteps.verifyAnswer.executeWithOptions(
      { summary: `${question.id}: ${answer.decision} by ${answer.actor.source} ${answer.actor.id}` },
      [{ question, source, terms, escalated, record: answer, given: answers.given.map(({ person }) => person) }],
    );
    if (answers.closing) throw refusal(`approval ${question.id} is ${answers.closing.outcome} already`);
    if ('stale' in verdict) {
      answers.closing = { outcome: 'stale', reason: `the change moved on to ${verdict.stale}` };
      throw refusal(`head: the change moved on to ${verdict.stale}; you are asked anew about that`);
    }
    const refused = 'refused' in verdict ? verdict.refused : answers.take(answer, verdict);
    if (refused !== undefined) throw refusal(refused);
    const news = NEWS[answer.decision];
    if (news && !answers.closing) {
      const { name } = 'person' in verdict ? verdict.person : { name: '' };
      const text = answer.decision === 'hand-over' ? (answers.heldBy ?? '') : answer.reason;
      const shown = newsroom.tell(news, { text, by: name });
      // Those from before never looked at the ticket.
      if (news === 'asked-back' && patched('answers-on-the-ticket')) answers.showed(shown);
    }
    return status();
  }

  /** What was accepted before answers were signed: live, the validator refuses it. */
  function replayed({ decision, by, reason }: LegacyAnswer): ApprovalStatus {
    answers.closing = { outcome: decision === 'approve' ? 'approved' : 'rejected', reason, by };
    return status();
  }

  setCurrentDetails(approvalDetails(question, askedAt));
  try {
    if (!input.state) await newsroom.ask();
    else talk.listen();
    const deadline = workingTime() + (input.state?.leftMs ?? question.deadlineMs);
    const dueIn = () => {
      const next = terms.escalation[escalated];
      return next ? durationMs(next.after) - (question.deadlineMs - (deadline - workingTime())) : undefined;
    };
    while (!answers.closing && workingTime() < deadline) {
      const left = deadline - workingTime();
      const next = Math.min(question.reminderMs, left, Math.max(1, dueIn() ?? left));
      const answered = await condition(() => answers.closing !== undefined, next);
      if (!answered) await unlessHalted();
      if (!answered && !answers.closing && workingTime() < deadline) {
        if ((dueIn() ?? 1) <= 0) {
          escalated++;
          await newsroom.escalated(escalated);
        } else {
          reminders++;
          await newsroom.remind(reminders);
          // For a comment whose webhook was lost.
          talk.listen();
        }
      }
      if (!answers.closing && historyIsLong(input.historyLimit) && patched('approval-rests')) {
        await condition(allHandlersFinished);
        await newsroom.settle();
        // What was answered while the last reminder was sent is the end of it.
        const leftMs = deadline - workingTime();
        if (!answers.closing && newsroom.isQuiet) {
          const state = { askedAt, leftMs, reminders, escalated, answers: answers.data(), told: newsroom.told };
          await continueAsNew<typeof approval>({ ...input, state });
        }
      }
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
    answers.closing ??= { outcome: 'cancelled', reason: 'the mission was cancelled' };
  }
  answers.closing ??= { outcome: 'expired', reason: 'nobody answered before the deadline' };
  await CancellationScope.nonCancellable(() => newsroom.close());
  await condition(allHandlersFinished);
  return record();
}

const NEWS: Readonly<Partial<Record<ApprovalRecord['decision'], News>>> = {
  approve: 'counted',
  'ask-back': 'asked-back',
  'hand-over': 'handed-over',
};

function isRecord(answer: ApprovalRecord | LegacyAnswer): answer is ApprovalRecord {
  return 'signature' in answer;
}

/** What can be seen without asking anybody. The rest is the activity's to say. */
function refuse(answer: ApprovalRecord | LegacyAnswer, question: ApprovalQuestion, { closing }: Answers): void {
  if (closing) throw refusal(`approval ${question.id} is ${closing.outcome} already`);
  if (!isRecord(answer) || typeof answer.signature !== 'string' || typeof answer.nonce !== 'string') {
    throw refusal('an answer counts when the gateway has signed it; signalbox approve and reject go there');
  }
  if (answer.question !== question.id) throw refusal(`the answer is to another question than ${question.id}`);
  if (answer.head !== question.head) {
    throw refusal(`head: this question is about ${question.head}, the answer is about ${String(answer.head)}`);
  }
  if (typeof answer.actor?.id !== 'string') throw refusal('actor: expected who answers');
}
