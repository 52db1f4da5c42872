import type { Lens } from '../schemas/blueprint.js';
import type { Finding } from '../schemas/finding.js';
import type { Judgement, MissingLens, OpenFinding, ReviewedCommits, ReviewResult } from '../schemas/review.js';
import type { FindingAnswer } from '../schemas/role-output.js';

/** What the author said last, then what the reviewer made of it. Only the last two are settled. */
export type FindingStatus = 'open' | 'fixed' | 'disputed' | 'upheld' | 'resolved' | 'withdrawn';

export interface LedgerFinding {
  finding: Finding;
  /** In which it was first raised. */
  readonly round: number;
  status: FindingStatus;
  answer?: Pick<FindingAnswer, 'answer' | 'reason'>;
  judgement?: Pick<Judgement, 'state' | 'why'>;
  /** Times that it was upheld after a dispute. */
  disputesLost: number;
  /** It was settled once, and raised again. */
  cameBack: boolean;
}

/** Plain data that continue-as-new carries. */
export interface FindingsState {
  rounds: number;
  readonly findings: LedgerFinding[];
  missing: readonly MissingLens[];
  reviewed: ReviewedCommits;
  /** By round: new findings on lines that had been reviewed before and have not changed since. */
  readonly late: number[];
}

export type ReviewDecision =
  | { readonly state: 'converged'; readonly because: string }
  /** `author`: findings wait for an answer. `reviewers`: only judgements are missing, and nothing is left to answer. */
  | { readonly state: 'again'; readonly waitsFor: 'author' | 'reviewers'; readonly because: string }
  | { readonly state: 'escalate'; readonly because: string };

/** A finding that its reviewer upholds this often against a dispute is a difference of opinion: people have those out. */
const DISPUTES = 2;

/**
 * The findings at or over the bar, from round to round. A finding leaves it in one way only: its author answers it, and
 * the lens that raised it agrees. Everything else stays for the next round, and after the last one for a person.
 */
export class FindingsLedger {
  readonly state: FindingsState;

  constructor(state: FindingsState) {
    this.state = state;
  }

  static start(): FindingsState {
    return { rounds: 0, findings: [], missing: [], reviewed: {}, late: [] };
  }

  /** What the author has to answer, with the reviewer's reason where a finding was upheld. */
  open(): Finding[] {
    return this.state.findings
      .filter(({ status }) => status === 'open' || status === 'upheld')
      .map(({ finding, status, judgement }) =>
        status === 'upheld' && judgement
          ? { ...finding, message: `${finding.message} (upheld: ${judgement.why})` }
          : finding,
      );
  }

  /** For the next round: what is to be judged, and from which commit on each lens has to read. */
  forReview(answers: readonly FindingAnswer[]): {
    readonly open: readonly OpenFinding[];
    readonly since: ReviewedCommits;
  } {
    const open = this.#unsettled().map((entry) => {
      const answer = answerOf(entry, answers);
      return { finding: entry.finding, ...(answer && { answer }) };
    });
    return { open, since: this.state.reviewed };
  }

  /** A round: the answers that its reviewers were given, and what they made of them. */
  apply(result: ReviewResult, answers: readonly FindingAnswer[]): void {
    const { state } = this;
    const round = ++state.rounds;
    const settledBefore = new Set(state.findings.filter(isSettled).map(({ finding }) => finding.id));
    for (const entry of this.#unsettled()) {
      const answer = answerOf(entry, answers);
      if (answer) judge(entry, answer, result.earlier);
    }
    let late = 0;
    for (const finding of result.findings.filter(({ severity }) => severity === 'blocker')) {
      const known = state.findings.find(({ finding: { id } }) => id === finding.id);
      if (known) raiseAgain(known, finding, settledBefore.has(finding.id));
      else {
        state.findings.push({ finding, round, status: 'open', disputesLost: 0, cameBack: false });
        if (result.late.includes(finding.id)) late++;
      }
    }
    state.late.push(late);
    state.missing = result.missing;
    const reviewed = Object.fromEntries(result.reviewed.map((lens) => [lens, result.commit]));
    state.reviewed = { ...state.reviewed, ...reviewed };
  }

  /** `rounds` is the most that there may be of them: after it this is never `again`. */
  decision(rounds: number): ReviewDecision {
    const { state } = this;
    const unsettled = this.#unsettled();
    if (state.rounds > 0 && unsettled.length === 0 && state.missing.length === 0) {
      const count = state.findings.length;
      return { state: 'converged', because: count === 0 ? 'nothing was found' : `all ${count} findings are settled` };
    }
    const because = this.#stuck(rounds);
    if (because !== undefined) return { state: 'escalate', because };
    return { state: 'again', waitsFor: this.open().length > 0 ? 'author' : 'reviewers', because: this.#left() };
  }

  /** What a person has to decide: every finding that is not settled, with both sides, and every lens that is missing. */
  forPeople(): Finding[] {
    return [...this.#unsettled().map(withBothSides), ...this.state.missing.map(notReviewed)];
  }

  #stuck(rounds: number): string | undefined {
    const unsettled = this.#unsettled();
    const back = unsettled.find(({ cameBack }) => cameBack);
    if (back) return `it goes round in circles: a finding that was settled came back, ${describe(back)}`;
    const lost = unsettled.find(({ disputesLost }) => disputesLost >= DISPUTES);
    if (lost) return `author and reviewer don't agree: upheld ${DISPUTES} times, ${describe(lost)}`;
    const [before = 0, now = 0] = this.state.late.slice(-2);
    if (before > 0 && now >= before) {
      return `it does not converge: ${now} new findings on unchanged lines, ${before} the round before`;
    }
    return this.state.rounds >= rounds ? `${this.state.rounds} rounds are used up: ${this.#left()}` : undefined;
  }

  #left(): string {
    const open = this.#unsettled().map(describe);
    const missing = this.state.missing.map(({ lens, why }) => `no report on ${lens} (${why})`);
    return [...open, ...missing].join('; ') || 'nothing was reviewed';
  }

  #unsettled(): LedgerFinding[] {
    return this.state.findings.filter((entry) => !isSettled(entry));
  }
}

function isSettled({ status }: LedgerFinding): boolean {
  return status === 'resolved' || status === 'withdrawn';
}

/** Two answers to one finding are none: nobody knows which one is meant. An answer that nobody judged still stands. */
function answerOf(entry: LedgerFinding, answers: readonly FindingAnswer[]): LedgerFinding['answer'] {
  const own = answers.filter(({ finding }) => finding === entry.finding.id);
  const [first] = own;
  if (first) return own.length === 1 ? { answer: first.answer, reason: first.reason } : undefined;
  return entry.status === 'fixed' || entry.status === 'disputed' ? entry.answer : undefined;
}

function judge(entry: LedgerFinding, answer: NonNullable<LedgerFinding['answer']>, all: readonly Judgement[]): void {
  entry.answer = answer;
  entry.status = answer.answer;
  const own = all.filter(({ finding }) => finding === entry.finding.id);
  const judgement = own.find(({ state }) => state === 'upheld') ?? own[0];
  if (!judgement) return;
  entry.judgement = { state: judgement.state, why: judgement.why };
  if (judgement.state === 'upheld') uphold(entry);
  else entry.status = judgement.state;
}

function uphold(entry: LedgerFinding): void {
  if (entry.answer?.answer === 'disputed') entry.disputesLost++;
  entry.status = 'upheld';
}

/** Whoever raises it again upholds it, whatever else was said in the same round. */
function raiseAgain(entry: LedgerFinding, finding: Finding, wasSettled: boolean): void {
  entry.finding = finding;
  if (wasSettled) {
    entry.status = 'open';
    entry.cameBack = true;
  } else if (entry.status !== 'open' && entry.status !== 'upheld') {
    entry.judgement = { state: 'upheld', why: 'it was raised again' };
    uphold(entry);
  }
}

function describe({ finding: { path, line, message } }: LedgerFinding): string {
  return `${path}${line === undefined ? '' : `:${line}`} ${message}`;
}

function withBothSides({ finding, answer, judgement }: LedgerFinding): Finding {
  const author = answer ? `${answer.answer}, ${answer.reason}` : 'no answer';
  const reviewer = judgement ? `${judgement.state}, ${judgement.why}` : 'no judgement';
  return {
    ...finding,
    severity: 'person',
    message: `${finding.message} [the author: ${author}] [the reviewer: ${reviewer}]`,
  };
}

function notReviewed({ lens, why }: MissingLens): Finding {
  const message = `was not reviewed for ${lens}: ${why}`;
  return { id: idOf(lens), rule: `model-${lens}`, severity: 'person', path: '.', message, risk: 'high' };
}

/** There is one of it per lens, and no hash in workflow code: its name in hexadecimal. */
function idOf(lens: Lens): string {
  const digits = [...lens].map((letter) => letter.charCodeAt(0).toString(16));
  return digits.join('').slice(0, 16).padEnd(16, '0');
}
