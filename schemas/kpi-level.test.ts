import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KpiSettings } from './kpi.js';
import { type KpiLevel, type KpiState, type KpiTerms, nextKpi } from './kpi-level.js';

const TERMS: KpiTerms = { above: 5, clearsAt: 2, samples: 2 };

/** The level after each sample; undefined is a round without a value. */
function levels(samples: readonly (number | undefined)[], terms = TERMS): KpiLevel[] {
  let state: KpiState | undefined;
  return samples.map((sample, n) => {
    state = nextKpi(state, sample, terms, new Date(n * 60_000).toISOString());
    return state.level;
  });
}

describe('the level of a figure', () => {
  it('is not known before there are enough samples', () => {
    expect(levels([1, 1])).toEqual(['new', 'ok']);
    expect(levels([9, 9])).toEqual(['new', 'breached']);
  });

  it('is a breach after so many samples in a row, and not after one that sticks out', () => {
    expect(levels([1, 1, 9, 1, 9, 1, 9, 9])).toEqual(['new', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'breached']);
  });

  it('is one breach while the value swings about its limit', () => {
    expect(levels([9, 9, 4, 6, 3, 9, 4, 4, 4]).slice(1)).toEqual(Array(8).fill('breached'));
  });

  it('is over when the value is back where it clears, so many samples in a row', () => {
    expect(levels([9, 9, 2, 3, 2, 1]).slice(1)).toEqual(['breached', 'breached', 'breached', 'breached', 'ok']);
  });

  it('is blind without values, whatever it was before, and never well', () => {
    expect(levels([1, 1, undefined, undefined, Number.POSITIVE_INFINITY])).toEqual([
      'new',
      'ok',
      'ok',
      'blind',
      'blind',
    ]);
    expect(levels([9, 9, undefined, undefined, 9, 9]).slice(1)).toEqual([
      ...['breached', 'breached', 'blind', 'blind', 'breached'],
    ]);
  });

  it('looks the other way where a breach is a value under its limit', () => {
    const terms: KpiTerms = { below: 90, clearsAt: 95, samples: 1 };
    expect(levels([99, 89, 92, 95], terms)).toEqual(['ok', 'breached', 'breached', 'ok']);
  });

  it('keeps since when it is so', () => {
    const first = nextKpi(undefined, 9, { ...TERMS, samples: 1 }, '2026-01-01T00:00:00.000Z');
    const later = nextKpi(first, 8, { ...TERMS, samples: 1 }, '2026-01-01T00:01:00.000Z');
    expect(later).toEqual({ level: 'breached', since: '2026-01-01T00:00:00.000Z', value: 8 });
  });

  it('changes at most once for so many samples, whatever comes', () => {
    const sample = fc.option(fc.integer({ min: 0, max: 10 }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (samples, least) => {
        const seen = levels(samples, { ...TERMS, samples: least });
        const changes = seen.filter((level, n) => level !== (seen[n - 1] ?? 'new')).length;
        expect(changes).toBeLessThanOrEqual(Math.floor(samples.length / least));
      }),
    );
  });
});

describe('the settings of a figure', () => {
  const settings = { name: 'errors', means: 'Checkouts that fail', query: 'errors' };
  const problems = (more: object) =>
    KpiSettings.safeParse({ ...settings, ...more }).error?.issues.map(({ message }) => message);

  it('name one limit, and one to clear at that is no worse', () => {
    expect(problems({ above: 5 })).toBeUndefined();
    expect(problems({})).toEqual(['expected one of `above` and `below`']);
    expect(problems({ above: 5, below: 1 })).toEqual(['expected one of `above` and `below`']);
    expect(problems({ above: 5, clearsAt: 6 })).toEqual(['clearsAt: expected at most `above`']);
    expect(problems({ below: 5, clearsAt: 4 })).toEqual(['clearsAt: expected at least `below`']);
  });
});
