import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { signatureOf } from '../activities/fingerprint.js';
import type { Claim } from '../schemas/claim.js';
import { DedupeState } from './dedupe-state.js';

const WINDOW = 1_000;

function claim(item: string, title: string, more: Partial<Claim> = {}): Claim {
  const source = { kind: 'linear', id: item } as const;
  const signature = signatureOf({ key: item, source, title, text: title });
  return {
    key: `linear/${item}`,
    triage: `triage/linear/${item}`,
    item,
    source,
    title,
    repo: 'parcels',
    signature,
    mayLead: true,
    ...more,
  };
}

const ROUNDING = 'VAT of quotes is rounded down to the lower cent';
const PRINTING = 'Labels are printed twice by the warehouse printer';

describe('who leads', () => {
  it('is who claims a fault first; asked again everybody hears the same', () => {
    const state = new DedupeState(WINDOW);
    for (let times = 0; times < 2; times++) {
      expect(state.claim(claim('A', ROUNDING), 0)).toMatchObject({ decision: 'lead' });
      expect(state.claim(claim('B', ROUNDING), 0)).toMatchObject({ decision: 'fold', into: { item: 'A' } });
      expect(state.claim(claim('C', PRINTING), 0)).toMatchObject({ decision: 'lead', near: [] });
    }
    expect(state.status()).toMatchObject({ claims: 3, folded: 1 });
  });

  it('is never one whose work is over, nor one of another repository by words alone', () => {
    const state = new DedupeState(WINDOW);
    state.claim(claim('A', ROUNDING), 0);
    expect(state.claim(claim('B', ROUNDING, { repo: 'shop' }), 0)).toMatchObject({ decision: 'lead', near: [] });
    state.close('linear/A', 'shipped', 0);
    expect(state.claim(claim('C', ROUNDING), 0)).toMatchObject({
      decision: 'lead',
      near: [{ item: 'A', closed: 'shipped' }],
    });
    expect(state.claim(claim('D', PRINTING), WINDOW * 2)).toMatchObject({ decision: 'lead' });
    // Forgotten after the window.
    expect(state.status().closed).toBe(0);
  });

  it('is nobody that is not clear enough, but that can follow', () => {
    const state = new DedupeState(WINDOW);
    expect(state.claim(claim('A', ROUNDING, { mayLead: false }), 0)).toMatchObject({ decision: 'none' });
    state.claim(claim('B', ROUNDING), 0);
    expect(state.claim(claim('A', ROUNDING, { mayLead: false }), 0)).toMatchObject({
      decision: 'fold',
      into: { item: 'B' },
    });
  });

  it('is followed without a repository only for sure reasons', () => {
    const state = new DedupeState(WINDOW);
    state.claim(claim('ENG-1', ROUNDING), 0);
    const { repo: _repo, ...vague } = claim('S', ROUNDING, { mayLead: false });
    expect(state.claim(vague, 0)).toMatchObject({ decision: 'none' });
    const { repo: _other, ...sure } = claim('T', 'same as ENG-1', { mayLead: false });
    expect(state.claim(sure, 0)).toMatchObject({ decision: 'fold' });
  });
});

describe('the time until it is decided', () => {
  it('is counted for each item once, and what takes more than 24 hours is late', () => {
    const state = new DedupeState(WINDOW);
    for (const [item, waitedMs] of [
      ['A', 1_000],
      ['B', 3_000],
      ['C', 25 * 3_600_000],
    ] as const) {
      for (let times = 0; times < 2; times++) state.claim(claim(item, `${item} ${PRINTING}`, { waitedMs }), 0);
    }
    state.claim(claim('D', ROUNDING, { waitedMs: 1, mayLead: false }), 0);
    const longestMs = 25 * 3_600_000;
    expect(state.status().time).toEqual({ medianMs: 3_000, p95Ms: longestMs, longestMs, late: 1 });
  });
});

describe('how much of it people put right', () => {
  const kinds = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta', 'iota', 'kappa'];
  const all = (change: Partial<Claim> = {}) =>
    kinds.map((kind, n) => claim(`S-${n}`, `${kind} ${kind}s fail in the ${kind} of ${kind}`, change));

  it('of ten items of which two are corrected 80 % are untouched, however often the two are corrected', () => {
    const state = new DedupeState(WINDOW);
    expect(state.status().decided).toEqual({ items: 0, corrected: 0, untouched: null });
    for (const one of all()) state.claim(one, 0);
    for (let times = 0; times < 2; times++) {
      state.moved('linear/S-1', 0);
      state.claim(claim('S-1', 'alpha', { repo: 'shop' }), 0);
    }
    state.merge(claim('S-2', 'beta'), 'linear/S-3');
    expect(state.status().decided).toEqual({ items: 10, corrected: 2, untouched: 0.8 });
  });

  it('survives a new run, and new work of a corrected item counts as new work', () => {
    const state = new DedupeState(WINDOW);
    for (const one of all()) state.claim(one, 0);
    state.moved('linear/S-1', 0);
    state.claim(claim('S-1', 'alpha', { repo: 'shop' }), 0);
    const next = new DedupeState(WINDOW, JSON.parse(JSON.stringify(state.data)));
    next.close('linear/S-1', 'shipped', 0);
    next.claim(claim('S-1', 'alpha', { repo: 'parcels' }), 0);
    expect(next.status().decided).toMatchObject({ items: 11, corrected: 1 });
    next.moved('linear/S-1', 0);
    expect(next.status().decided).toMatchObject({ items: 11, corrected: 2 });
  });

  it('who followed what has ended and claims again is the same decision', () => {
    const state = new DedupeState(WINDOW);
    state.claim(claim('A', ROUNDING), 0);
    state.claim(claim('B', ROUNDING), 0);
    state.close('linear/A', 'it has ended', 0);
    expect(state.claim(claim('B', ROUNDING), 0)).toMatchObject({ decision: 'lead' });
    expect(state.status().decided.items).toBe(2);
  });

  it('counts where corrections decided, and where a model did', () => {
    const state = new DedupeState(WINDOW);
    state.claim(claim('A', ROUNDING), 0);
    state.claim(claim('B', ROUNDING), 0);
    state.split('linear/B');
    state.claim(claim('B', ROUNDING), 0);
    state.claim(claim('C', PRINTING, { routedBy: 'correction' }), 0);
    state.claim(claim('D', 'Search finds no street in Vienna', { routedBy: 'model' }), 0);
    expect(state.status()).toMatchObject({ used: { apart: 1, moved: 1 }, byModel: 1 });
  });
});

describe('what a person says', () => {
  it('parts two for good, and whoever says the same words', () => {
    const state = new DedupeState(WINDOW);
    state.claim(claim('A', ROUNDING), 0);
    state.claim(claim('B', ROUNDING), 0);
    expect(state.split('linear/B')).toBe(true);
    expect(state.split('linear/B')).toBe(false);
    expect(state.claim(claim('B', ROUNDING), 0)).toMatchObject({ decision: 'lead', near: [{ item: 'A' }] });
    expect(state.status().corrections).toEqual({ split: 1, merge: 0, move: 0 });
  });

  it('joins two, and what followed the one follows the other', () => {
    const state = new DedupeState(WINDOW);
    state.claim(claim('A', ROUNDING), 0);
    state.claim(claim('B', PRINTING), 0);
    state.claim(claim('C', PRINTING), 0);
    expect(state.merge(claim('B', PRINTING), 'linear/nothing')).toBeUndefined();
    expect(state.merge(claim('B', PRINTING), 'linear/A')).toMatchObject({ item: 'A' });
    expect(state.claim(claim('C', PRINTING), 0)).toMatchObject({ decision: 'fold', into: { item: 'A' } });
    expect(state.lead('linear/B')).toBeUndefined();
    // One that follows already follows only the new one.
    state.claim(claim('D', 'Search finds no street in Vienna'), 0);
    state.merge(claim('C', PRINTING), 'linear/D');
    expect(state.claim(claim('C', PRINTING), 0)).toMatchObject({ decision: 'fold', into: { item: 'D' } });
  });
});

describe('whatever comes', () => {
  const steps = fc.array(
    fc.record({
      what: fc.constantFrom('claim', 'close', 'split', 'merge'),
      item: fc.integer({ min: 0, max: 6 }),
      other: fc.integer({ min: 0, max: 6 }),
      title: fc.constantFrom(ROUNDING, PRINTING, 'Search finds no street', 'same as I-3'),
    }),
    { maxLength: 40 },
  );

  it('an item leads or follows once, and is carried as plain data of a bounded size', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        let state = new DedupeState(WINDOW);
        for (const [at, { what, item, other, title }] of sequence.entries()) {
          state = new DedupeState(WINDOW, JSON.parse(JSON.stringify(state.data)));
          const one = claim(`I-${item}`, title);
          if (what === 'claim') state.claim(one, at);
          else if (what === 'close') state.close(one.key, 'over', at);
          else if (what === 'split') state.split(one.key);
          else state.merge(one, `linear/I-${other}`);
          const open = state.status().open.flatMap(({ key, folded }) => [key, ...folded.map((member) => member.key)]);
          expect(new Set(open).size).toBe(open.length);
        }
      }),
      { numRuns: 200 },
    );
    const state = new DedupeState(WINDOW);
    for (let n = 0; n < 1_000; n++) state.claim(claim(`I-${n}`, `${n} is a fault of its own: ${n * 7}`), 0);
    expect(state.data.leads.length).toBeLessThanOrEqual(800);
    expect(state.status().forgotten).toBeGreaterThanOrEqual(200);
    expect(JSON.stringify(state.data).length).toBeLessThan(1_000_000);
  }, 60_000);
});
