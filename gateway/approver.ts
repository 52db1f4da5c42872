import type { ApprovalAnswerDraft } from '../schemas/approval-record.js';
import type { ApprovalStatus } from '../workflows/messages.js';

// How doors hand in what a person answered: they verify who it is at their source, and nothing else.

/** What became of an answer, with a sentence for whoever gave it. */
export interface AnswerReceipt {
  /** False: it counts for nothing, and `said` is the reason. */
  readonly taken: boolean;
  readonly said: string;
  /** As the question is now; missing when nothing of it could be reached. */
  readonly state?: ApprovalStatus['state'];
}

export interface Approver {
  /** What is asked, as it is now; undefined when there is no such question. Throws when Temporal is away. */
  look(question: string): Promise<ApprovalStatus | undefined>;
  /**
   * Signs the answer and hands it to the question, which decides whether it counts. The caller has verified the actor,
   * and filled in what that person saw. Throws when Temporal is away: nothing was answered for sure then.
   */
  answer(draft: ApprovalAnswerDraft): Promise<AnswerReceipt>;
  /** The answer to what somebody asked back. It has no authority: it is shown to whoever decides. */
  reply(reply: {
    readonly question: string;
    readonly text: string;
    readonly by: ApprovalAnswerDraft['actor'];
  }): Promise<AnswerReceipt>;
}
