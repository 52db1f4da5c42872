import { ActivityFailure, isCancellation, log } from '@temporalio/workflow';
import type { ApprovalInput } from './approval.js';
import type { Answers } from './approval-answers.js';
import type { ApprovalNewsroom } from './approval-news.js';
import { vendorReads } from './steps.js';

/**
 * Answers to what was asked back, as comments where it was asked. A signal is a wake-up: what counts is read again at
 * the source. Nobody waits for it: what can't be read now is read at the next comment or reminder.
 */
export class ApprovalTalk {
  readonly #input: ApprovalInput;
  readonly #answers: Answers;
  readonly #newsroom: ApprovalNewsroom;
  #reading = false;
  #again = false;

  constructor(input: ApprovalInput, answers: Answers, newsroom: ApprovalNewsroom) {
    this.#input = input;
    this.#answers = answers;
    this.#newsroom = newsroom;
  }

  /** Looks whether somebody has answered there. What was asked before this was kept where it is shown has none. */
  listen(): void {
    this.#again = true;
    if (this.#reading || !this.#answers.openTalk()?.shown) return;
    this.#reading = true;
    void this.#read()
      .catch((error: unknown) => {
        if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
        log.warn('the ticket could not be read', { error });
      })
      .finally(() => {
        this.#reading = false;
      });
  }

  async #read(): Promise<void> {
    const { question, source } = this.#input;
    while (this.#again) {
      this.#again = false;
      const asked = this.#answers.openTalk();
      if (!asked?.shown || this.#answers.closing) return;
      const heard = this.#answers.talk.flatMap((one) => one.heard ?? []);
      const summary = `${question.id}: is there an answer on the ticket?`;
      const reply = await vendorReads.readReply.executeWithOptions({ summary }, [{ question, source, asked, heard }]);
      if (!reply || this.#answers.closing || this.#answers.openTalk() !== asked) continue;
      this.#answers.reply(reply.text, reply.by, reply.comment);
      this.#newsroom.heard();
      // There may be more that was asked.
      this.#again = true;
    }
  }
}
