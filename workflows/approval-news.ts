import { condition } from '@temporalio/workflow';
import type { ApprovalNews, ApprovalView } from '../activities/approvals.js';
import type { AskedBack } from '../schemas/approval.js';
import type { ApprovalInput } from './approval.js';
import { answeredComment, escalationComment, questionComment, reminderComment, talkComment } from './approval-story.js';
import type { ApprovalStatus } from './messages-standing.js';
import { announceSteps, steps, vendorSteps } from './steps.js';
import { thisExecution } from './this-execution.js';

export type News = ApprovalNews['news'];

/** A place that does not answer holds the mission up no longer than this. */
const LAST_WORD_MS = 10_000;

/** Tells people: on the ticket, and wherever else a question is shown. Nobody's answer waits for any of it. */
export class ApprovalNewsroom {
  told: number;
  readonly #input: ApprovalInput;
  readonly #status: () => ApprovalStatus;
  readonly #effects: string;
  readonly #ticket = new Lane();
  readonly #elsewhere = new Lane();

  constructor(input: ApprovalInput, status: () => ApprovalStatus) {
    this.#input = input;
    this.#status = status;
    this.told = input.state?.told ?? 0;
    this.#effects = `approval/${input.question.id}/${input.attempt}/${thisExecution()}`;
  }

  /** Everything that was to be told has been. */
  get isQuiet(): boolean {
    return this.#ticket.isEmpty && this.#elsewhere.isEmpty;
  }

  ask(): Promise<void> {
    const { question } = this.#input;
    this.#announce('asked');
    return this.#write('question', (view) => questionComment(question, view));
  }

  remind(n: number): Promise<void> {
    this.#announce('reminded');
    const body = reminderComment(this.#input.question, n);
    return this.#write(`reminder ${n}`, () => body);
  }

  escalated(n: number): Promise<void> {
    this.#announce('escalated');
    return this.#write(`escalation ${n}`, (view) => escalationComment(this.#input.question, view?.who ?? ''));
  }

  /** What people say to each other about it. Returns by which effects it is shown. */
  tell(news: News, said: { readonly by: string; readonly text: string }): NonNullable<AskedBack['shown']> {
    const body = talkComment(this.#input.question, news, said);
    const part = `${news} ${this.told + 1}`;
    if (body !== undefined) this.#ticket.add(() => this.#comment(body, part));
    this.#announce(news);
    return { comment: `${this.#effects}/${part}`, message: `${this.#effects}/news ${this.told}/told` };
  }

  /** What somebody wrote on the ticket: there it stands already. */
  heard(): void {
    this.#announce('replied');
  }

  /** The end, in every place where it was asked: nobody need look at it any more. */
  async close(): Promise<void> {
    const { terms, question } = this.#input;
    if (!terms) return;
    const status = this.#status();
    if (status.by) this.#ticket.add(() => this.#comment(answeredComment(question, status), 'answer'));
    this.#announce('closed');
    await this.settle();
  }

  /** Waits a little until everything is told. */
  async settle(): Promise<void> {
    if (!this.isQuiet) await condition(() => this.isQuiet, LAST_WORD_MS);
  }

  /** Questions from before there were terms wait until the ticket has it. */
  async #write(part: string, body: (view: ApprovalView | undefined) => string): Promise<void> {
    if (!this.#input.terms) return this.#comment(body(undefined), part);
    this.#ticket.add(async () => this.#comment(body(await this.#view()), part));
  }

  async #view(): Promise<ApprovalView | undefined> {
    const { question, source, terms } = this.#input;
    if (!terms) return undefined;
    const asked = { question, source, terms, escalated: this.#status().escalated ?? 0 };
    const summary = `${question.id}: who is asked?`;
    return steps.describeApproval.executeWithOptions({ summary }, [asked]).catch(() => undefined);
  }

  async #comment(body: string, part: string): Promise<void> {
    const { question, source } = this.#input;
    await vendorSteps.comment.executeWithOptions({ summary: `${question.id}: ${part}` }, [
      { source: source.kind, item: question.item, body, effectKey: `${this.#effects}/${part}` },
    ]);
  }

  #announce(news: News): void {
    const { question, source, terms } = this.#input;
    if (!terms) return;
    const revision = ++this.told;
    const { state, askedAt, escalated = 0, given = [], talk = [], by, reason = '' } = this.#status();
    const deadline = new Date(Date.parse(askedAt) + question.deadlineMs).toISOString();
    const summary = `${question.id}: ${news}`;
    this.#elsewhere.add(() =>
      announceSteps.announceApproval.executeWithOptions({ summary }, [
        {
          ...{ question, source, terms, escalated, state, news, revision, askedAt, deadline, talk, reason },
          effectKey: `${this.#effects}/news ${revision}`,
          given: given.map(({ name }) => name),
          ...(by && { by: by.name ?? by.id }),
        },
      ]),
    );
  }
}

/** One after the other: an older piece of news must not overwrite a later one. What can't be told holds nothing up. */
class Lane {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  get isEmpty(): boolean {
    return this.#waiting === 0;
  }

  add(work: () => Promise<void>): void {
    this.#waiting++;
    this.#last = this.#last
      .then(work)
      .catch(() => undefined)
      .finally(() => {
        this.#waiting--;
      });
  }
}
