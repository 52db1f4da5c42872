import type { Verdict } from '../activities/triage-verdicts.js';
import type { Claim, Kin } from '../schemas/claim.js';
import { workflowId } from '../schemas/names.js';
import type { Signal } from '../schemas/signal.js';
import type { ItemOpinion } from '../schemas/triage-opinion.js';
import type { FoldedSource } from '../schemas/work-item.js';
import type { TriageStatus } from './messages-triage.js';
import type { TriageStateData } from './triage-data.js';

/** Deliveries remembered to recognise a redelivery; far more than a provider repeats within its window. */
const REMEMBERED = 500;

/** Answers given at the CLI: what is kept goes through every continue-as-new. */
const ANSWERS = 20;
const ANSWER_CHARACTERS = 8_000;

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
    const { data } = this;
    const signal = data.queue.shift() ?? (data.correction && data.last);
    if (signal) {
      data.signal = signal;
      data.last = signal;
      data.receivedAt = new Date().toISOString();
    }
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

  /** Nobody has decided about it. */
  isOpen(): boolean {
    return this.data.stage === 'assessing' || this.data.stage === 'asking';
  }

  heard(opinion: ItemOpinion): void {
    this.data.opinions = [...(this.data.opinions ?? []), opinion];
  }

  /** It waits for a person. */
  proposed(verdict: Verdict): void {
    const { data } = this;
    data.proposal = verdict;
    data.claim = this.#claimOf(verdict);
    data.stood = verdict.stood;
    this.asked([`${verdict.kind}: a model proposes it: ${verdict.because}`]);
  }

  /** It is carried out. */
  settled(verdict: Verdict): void {
    const { data } = this;
    data.missing = [];
    data.claim = this.#claimOf(verdict);
    data.stood = verdict.stood;
    delete data.proposal;
  }

  /** Nobody leads by it: it is what a person's correction is about. */
  #claimOf({ claim }: Verdict): Claim {
    return { ...claim, key: this.#dedupeKey, triage: workflowId.triage(this.#dedupeKey), mayLead: false };
  }

  /** A person wants it worked on after all. */
  reopen(): void {
    const { data } = this;
    if (data.last && data.queue.length === 0) data.queue.push(data.last);
  }

  /** Whether there is work that takes another item in: what leads is read, or its mission runs. */
  takesIn(): boolean {
    return this.data.stage === 'assessing' || this.data.stage === 'running';
  }

  takeIn(folded: FoldedSource): void {
    const { alsoFrom = [] } = this.data;
    if (!alsoFrom.some((one) => isSame(one, folded))) this.data.alsoFrom = [...alsoFrom, folded];
  }

  letGo(folded: Pick<FoldedSource, 'kind' | 'item'>): void {
    const { data } = this;
    const { alsoFrom = [] } = data;
    const at = alsoFrom.findIndex((one) => isSame(one, folded));
    if (at < 0) return;
    data.alsoFrom = alsoFrom.filter((_, n) => n !== at);
    if (at < (data.told ?? 0)) data.told = (data.told ?? 0) - 1;
  }

  /** The next one that its mission has not heard of. */
  untold(): FoldedSource | undefined {
    const { alsoFrom, told = 0, missionThere } = this.data;
    const next = missionThere ? alsoFrom?.[told] : undefined;
    if (next) this.data.told = told + 1;
    return next;
  }

  followInto(into: Kin): void {
    this.data.into = into;
    this.enter('folded', `folded into ${into.item}: ${into.because}`);
  }

  /** What it followed has ended before it could take it in, or a person has said that it is another fault. */
  unfolded(): void {
    const { data } = this;
    delete data.into;
    if (data.stage === 'folded' && data.last && data.queue.length === 0) data.queue.push(data.last);
  }

  /** Its work is over: who follows from now on follows somebody else. */
  settle(): void {
    const { data } = this;
    delete data.leads;
    delete data.alsoFrom;
    delete data.told;
    delete data.missionThere;
  }

  correct(correction: NonNullable<TriageStateData['correction']>): void {
    this.data.correction = correction;
    // Whoever waits for an answer goes on, and finds the correction.
    if (this.data.stage === 'asking') this.data.answered = true;
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
    const { stage, because, item, missing, folded, since, alsoFrom, near, into, parts, proposal } = this.data;
    return {
      dedupeKey: this.#dedupeKey,
      stage,
      because,
      ...(item !== undefined && { item }),
      ...(alsoFrom && { alsoFrom: alsoFrom.map(({ kind, item: key }) => `${kind}/${key}`) }),
      ...(near && near.length > 0 && { near }),
      ...(stage === 'folded' && into && { into }),
      ...(stage === 'split' && parts && { parts }),
      ...(stage === 'asking' && proposal && { proposal: { kind: proposal.kind, because: proposal.because } }),
      missing,
      folded,
      ...(stage === 'asking' && {
        waitingOn: { who: proposal ? 'a person who may say yes' : 'the reporter', what: because, since },
      }),
    };
  }
}

function isSame(one: Pick<FoldedSource, 'kind' | 'item'>, other: Pick<FoldedSource, 'kind' | 'item'>): boolean {
  return one.kind === other.kind && one.item === other.item;
}
