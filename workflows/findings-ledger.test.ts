import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Finding } from '../schemas/finding.js';
import type { Judgement, ReviewResult } from '../schemas/review.js';
import type { FindingAnswer } from '../schemas/role-output.js';
import { FindingsLedger } from './findings-ledger.js';

const idOf = (n: number) => n.toString(16).padStart(16, '0');

function finding(n: number, change: Partial<Finding> = {}): Finding {
  const message = `remark ${n}`;
  return {
    ...{ id: idOf(n), rule: 'model-correctness', severity: 'blocker', path: `src/${n}.ts`, line: n, message },
    risk: 'high',
    ...change,
  };
}

function round(change: Partial<ReviewResult> = {}): ReviewResult {
  return {
    ...{ round: 1, commit: 'c1', findings: [], late: [], earlier: [], risk: 'low', because: 'b' },
    ...{ reviewed: ['correctness'], missing: [], firstFindingMs: 1, notes: [] },
    cost: { usd: 0, usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 } },
    ...change,
  };
}

const answer = (n: number, said: FindingAnswer['answer'], reason = 'because'): FindingAnswer => ({
  finding: idOf(n),
  answer: said,
  reason,
});
const judged = (n: number, state: Judgement['state'], why = 'I looked'): Judgement => ({
  finding: idOf(n),
  state,
  why,
});

/** A ledger with these findings open after one round. */
function raised(...findings: readonly Finding[]): FindingsLedger {
  const ledger = new FindingsLedger(FindingsLedger.start());
  ledger.apply(round({ findings }), []);
  return ledger;
}

const statuses = ({ state }: FindingsLedger) => state.findings.map(({ status }) => status);

describe('the ledger of findings', () => {
  it('has converged when every lens reported and nothing at or over the bar was found', () => {
    const ledger = raised(finding(1, { severity: 'note' }));
    expect(ledger.decision(3)).toEqual({ state: 'converged', because: 'nothing was found' });
    expect(ledger.forPeople()).toEqual([]);
  });

  it('has not converged before anybody looked', () => {
    const ledger = new FindingsLedger(FindingsLedger.start());
    expect(ledger.decision(3)).toMatchObject({
      state: 'again',
      waitsFor: 'reviewers',
      because: 'nothing was reviewed',
    });
  });

  it('settles a finding when the author fixed it and the reviewer agrees', () => {
    const ledger = raised(finding(1), finding(2));
    expect(ledger.decision(3)).toMatchObject({ state: 'again', waitsFor: 'author' });
    const answers = [answer(1, 'fixed'), answer(2, 'disputed')];
    expect(ledger.forReview(answers)).toEqual({
      since: { correctness: 'c1' },
      open: [
        { finding: finding(1), answer: { answer: 'fixed', reason: 'because' } },
        { finding: finding(2), answer: { answer: 'disputed', reason: 'because' } },
      ],
    });
    ledger.apply(round({ earlier: [judged(1, 'resolved'), judged(2, 'withdrawn')] }), answers);
    expect(statuses(ledger)).toEqual(['resolved', 'withdrawn']);
    expect(ledger.decision(3)).toEqual({ state: 'converged', because: 'all 2 findings are settled' });
  });

  it('keeps a finding open that the author said nothing about, whatever the reviewer says', () => {
    const ledger = raised(finding(1));
    ledger.apply(round({ earlier: [judged(1, 'resolved')] }), []);
    expect(ledger.open()).toEqual([finding(1)]);
  });

  it('takes two answers to one finding for none, and answers to unknown findings for nothing', () => {
    const ledger = raised(finding(1));
    const answers = [answer(1, 'fixed'), answer(1, 'disputed'), answer(9, 'fixed')];
    expect(ledger.forReview(answers).open).toEqual([{ finding: finding(1) }]);
    ledger.apply(round({ earlier: [judged(1, 'resolved')] }), answers);
    expect(statuses(ledger)).toEqual(['open']);
  });

  it('takes the worse of two judgements of one finding', () => {
    const ledger = raised(finding(1));
    ledger.apply(round({ earlier: [judged(1, 'resolved'), judged(1, 'upheld')] }), [answer(1, 'fixed')]);
    expect(statuses(ledger)).toEqual(['upheld']);
  });

  it('tells the author why a finding was upheld', () => {
    const ledger = raised(finding(1));
    ledger.apply(round({ earlier: [judged(1, 'upheld', 'it still divides by zero')] }), [answer(1, 'fixed')]);
    expect(ledger.open()).toEqual([finding(1, { message: 'remark 1 (upheld: it still divides by zero)' })]);
    expect(ledger.decision(3)).toMatchObject({ state: 'again', waitsFor: 'author' });
  });

  it('goes on with an answer that nobody judged, without asking the author again', () => {
    const ledger = raised(finding(1));
    const missing = [{ lens: 'correctness', why: 'no money' }] as const;
    ledger.apply(round({ commit: 'c2', reviewed: [], missing }), [answer(1, 'fixed')]);
    expect(ledger.open()).toEqual([]);
    expect(ledger.decision(3)).toMatchObject({ state: 'again', waitsFor: 'reviewers' });
    // The lens has not seen c2: it reads from c1 on.
    expect(ledger.forReview([])).toEqual({
      since: { correctness: 'c1' },
      open: [{ finding: finding(1), answer: { answer: 'fixed', reason: 'because' } }],
    });
    ledger.apply(round({ commit: 'c2', earlier: [judged(1, 'resolved')] }), []);
    expect(ledger.decision(3).state).toBe('converged');
  });

  it('does not pass while a lens is missing', () => {
    const ledger = new FindingsLedger(FindingsLedger.start());
    ledger.apply(round({ missing: [{ lens: 'security', why: 'the model refused' }] }), []);
    expect(ledger.decision(2)).toMatchObject({ state: 'again', waitsFor: 'reviewers' });
    ledger.apply(round({ missing: [{ lens: 'security', why: 'the model refused' }] }), []);
    expect(ledger.decision(2)).toEqual({
      state: 'escalate',
      because: '2 rounds are used up: no report on security (the model refused)',
    });
    const [lost] = ledger.forPeople().map((each) => Finding.parse(each));
    expect(lost).toMatchObject({
      rule: 'model-security',
      severity: 'person',
      message: 'was not reviewed for security: the model refused',
    });
  });

  it('keeps upholding what is raised again in the round that was to settle it', () => {
    const ledger = raised(finding(1));
    const moved = finding(1, { line: 40 });
    ledger.apply(round({ findings: [moved], earlier: [judged(1, 'resolved')] }), [answer(1, 'fixed')]);
    expect(statuses(ledger)).toEqual(['upheld']);
    expect(ledger.open()).toMatchObject([{ line: 40 }]);
  });
});

describe('what a person decides', () => {
  it('a dispute in which author and reviewer both stay with what they said, with both sides', () => {
    const ledger = raised(finding(1));
    ledger.apply(round({ earlier: [judged(1, 'upheld')] }), [answer(1, 'disputed')]);
    expect(ledger.decision(9).state).toBe('again');
    ledger.apply(round({ earlier: [judged(1, 'upheld', 'zero is allowed')] }), [answer(1, 'disputed', 'never zero')]);
    expect(ledger.decision(9)).toMatchObject({
      state: 'escalate',
      because: expect.stringContaining("author and reviewer don't agree"),
    });
    expect(ledger.forPeople().map((each) => Finding.parse(each))).toEqual([
      finding(1, {
        severity: 'person',
        message: 'remark 1 [the author: disputed, never zero] [the reviewer: upheld, zero is allowed]',
      }),
    ]);
  });

  it('a finding that was settled and comes back', () => {
    const ledger = raised(finding(1));
    ledger.apply(round({ earlier: [judged(1, 'resolved')], findings: [finding(2)] }), [answer(1, 'fixed')]);
    ledger.apply(round({ earlier: [judged(2, 'resolved')], findings: [finding(1)] }), [answer(2, 'fixed')]);
    expect(ledger.decision(9)).toMatchObject({ state: 'escalate', because: expect.stringContaining('came back') });
  });

  it('new findings on lines that nobody has changed, round after round', () => {
    const ledger = raised(finding(1));
    const rounds = [2, 3].map((n) =>
      round({ findings: [finding(n)], late: [idOf(n)], earlier: [judged(n - 1, 'resolved')] }),
    );
    for (const [index, each] of rounds.entries()) ledger.apply(each, [answer(index + 1, 'fixed')]);
    expect(ledger.decision(9)).toEqual({
      state: 'escalate',
      because: 'it does not converge: 1 new findings on unchanged lines, 1 the round before',
    });
  });

  it('but not new findings on what the author has just written', () => {
    const ledger = raised(finding(1));
    for (const n of [2, 3, 4]) {
      ledger.apply(round({ findings: [finding(n)], earlier: [judged(n - 1, 'resolved')] }), [answer(n - 1, 'fixed')]);
    }
    expect(ledger.decision(9).state).toBe('again');
  });
});

const NUMBERS = [1, 2, 3, 4, 5];
const number = fc.constantFrom(...NUMBERS);
const anyAnswers = fc.array(fc.record({ n: number, said: fc.constantFrom('fixed' as const, 'disputed' as const) }));
const anyRound = fc.record({
  findings: fc.uniqueArray(number),
  late: fc.array(number),
  earlier: fc.array(fc.record({ n: number, state: fc.constantFrom('resolved', 'withdrawn', 'upheld') })),
  missing: fc.boolean(),
  answers: anyAnswers,
});

describe('review converges', () => {
  it('ends within its rounds, whatever reviewers and authors do, and nothing that was raised is lost', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.infiniteStream(anyRound), (rounds, stream) => {
        let ledger = new FindingsLedger(FindingsLedger.start());
        const everRaised = new Set<string>();
        const answered = new Set<string>();
        let n = 0;
        for (const next of stream) {
          n++;
          const answers = next.answers.map((each) => answer(each.n, each.said));
          const result = round({
            findings: next.findings.map((each) => finding(each)),
            late: next.late.map(idOf),
            earlier: next.earlier.map((each) => judged(each.n, each.state as Judgement['state'])),
            missing: next.missing ? [{ lens: 'security', why: 'no money' }] : [],
          });
          for (const { finding: id } of answers) if (everRaised.has(id)) answered.add(id);
          ledger.apply(result, answers);
          for (const { id } of result.findings) everRaised.add(id);
          // As if continued as new.
          ledger = new FindingsLedger(JSON.parse(JSON.stringify(ledger.state)));

          const decision = ledger.decision(rounds);
          const people = ledger.forPeople().map((each) => Finding.parse(each));
          const settled = ledger.state.findings.filter(({ status }) => status === 'resolved' || status === 'withdrawn');
          expect(new Set([...settled.map((each) => each.finding.id), ...people.map(({ id }) => id)])).toEqual(
            new Set([
              ...everRaised,
              ...(next.missing ? people.filter(({ path }) => path === '.').map(({ id }) => id) : []),
            ]),
          );
          for (const each of settled) expect(answered).toContain(each.finding.id);
          if (decision.state === 'converged') expect([people, next.missing]).toEqual([[], false]);
          if (decision.state === 'escalate') expect(people).not.toEqual([]);
          expect(n === rounds && decision.state === 'again').toBe(false);
          if (decision.state !== 'again') return;
          expect(decision.waitsFor).toBe(ledger.open().length > 0 ? 'author' : 'reviewers');
        }
      }),
      { numRuns: 500 },
    );
  });
});
