import type { ChainId } from '../activities/ports-records.js';
import type { Signal } from '../schemas/signal.js';
import type { TriageStatus } from './messages.js';

/** Deliveries remembered to recognise a redelivery; far more than a provider repeats within its window. */
const REMEMBERED = 500;

/** Answers given at the CLI: what is kept goes through every continue-as-new. */
const ANSWERS = 20;
const ANSWER_CHARACTERS = 8_000;

export interface TriageStateData {
  readonly seen: string[];
  queue: Signal[];
  answers: string[];
  folded: number;
  missions: number;
  stage: TriageStatus['stage'];
  because: string;
  since: string;
  item?: string;
  missing: string[];
  /** The comment that asks the reporter, as it was written. */
  question?: { readonly body: string; readonly effectKey: string };
  /** The signal that is worked on. */
  signal?: Signal;
  /** The mission that was started last, when the run that started it has continued as new. */
  watched?: ChainId;
  /** A comment arrived, or an answer was given, since the item was last read. */
  answered: boolean;
  /** The reporter was reminded of what was asked. */
  reminded?: true;
  /** Why it was cancelled; gone when that has been carried out. */
  cancelled?: string;
}

/** Plain data and the rules on it; the workflow file wires and waits. */
export class TriageState {
  readonly data: TriageStateData;
  readonly #dedupeKey: string;

  constructor(dedupeKey: string, data?: TriageStateData) {
    this.#dedupeKey = dedupeKey;
    this.data = data ?? {
      seen: [],
      queue: [],
      answers: [],
      folded: 0,
      missions: 0,
      stage: 'assessing',
      because: 'received',
      since: new Date().toISOString(),
      missing: [],
      answered: false,
    };
  }

  receive(signal: Signal): void {
    const { data } = this;
    const keys = [`id:${signal.id}`, `body:${signal.bodyhash}`];
    if (keys.some((key) => data.seen.includes(key))) {
      data.folded++;
      return;
    }
    data.seen.push(...keys);
    data.seen.splice(0, data.seen.length - REMEMBERED);
    if (signal.type === 'ticket.commented') data.answered = true;
    else if ((data.stage === 'running' && !data.watched) || data.stage === 'asking') {
      // Labelled again while it is worked on: the same work. While we ask, it may bring the answer with it.
      data.folded++;
      if (data.stage === 'asking') data.answered = true;
    } else if (data.queue.length > 0) {
      // One that waits is enough: when it is taken, the item is read as it is then.
      data.folded++;
    } else data.queue.push(signal);
  }

  answer(text: string): void {
    this.data.answers = [...this.data.answers, text.slice(0, ANSWER_CHARACTERS)].slice(-ANSWERS);
    this.data.answered = true;
  }

  answers(): readonly string[] {
    return this.data.answers;
  }

  asked(missing: string[]): void {
    this.data.missing = missing;
    this.enter('asking', missing.join('; '));
  }

  /** What was given first, which is what was asked. */
  firstQuestion(question: NonNullable<TriageStateData['question']>): NonNullable<TriageStateData['question']> {
    this.data.question ??= question;
    return this.data.question;
  }

  answered(): boolean {
    return this.data.answered;
  }

  hasWork(): boolean {
    return this.data.queue.length > 0;
  }

  /** It is at work on it until it leaves it. */
  take(): Signal | undefined {
    const signal = this.data.queue.shift();
    if (signal) this.data.signal = signal;
    return signal;
  }

  /** Of the run before, when it continued as new in the middle of its work. */
  atWork(): Signal | undefined {
    return this.data.signal;
  }

  leave(): void {
    delete this.data.signal;
    delete this.data.watched;
  }

  /** Signals that came before the mission was seen to run still are about the same work. */
  stillRuns(seen: readonly Signal[]): void {
    this.data.queue = this.data.queue.filter((signal) => !seen.includes(signal));
    this.data.folded += seen.length;
  }

  waiting(): readonly Signal[] {
    return [...this.data.queue];
  }

  /** Number of this mission among those of the item, from 1. */
  startMission(item: string): number {
    this.data.item = item;
    this.data.missing = [];
    this.enter('running', `mission ${item}`);
    // Signals that came while the item was assessed are about the same work.
    this.data.folded += this.data.queue.length;
    this.data.queue = [];
    return ++this.data.missions;
  }

  /** Whatever waits was said before the order, and goes with it. */
  cancel(because: string): void {
    const { data } = this;
    data.cancelled = because;
    data.folded += data.queue.length;
    data.queue = [];
  }

  isCancelled(): boolean {
    return this.data.cancelled !== undefined;
  }

  /** What was cancelled is over now, unless a mission has an outcome of its own. */
  cancelled(): void {
    const { data } = this;
    if (data.cancelled === undefined) return;
    if (data.stage !== 'done') this.enter('ignored', data.cancelled);
    data.missing = [];
    delete data.cancelled;
  }

  enter(stage: TriageStatus['stage'], because: string): void {
    Object.assign(this.data, { stage, because, since: new Date().toISOString() });
    // From here on, and not from the question on: what comes while the item is read would be missed.
    if (stage === 'assessing') this.data.answered = false;
  }

  status(): TriageStatus {
    const { stage, because, item, missing, folded, since } = this.data;
    return {
      dedupeKey: this.#dedupeKey,
      stage,
      because,
      ...(item !== undefined && { item }),
      missing,
      folded,
      ...(stage === 'asking' && { waitingOn: { who: 'the reporter', what: because, since } }),
    };
  }
}
