import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inverseNormal, satisfactionVerdict, wilsonLower } from './satisfaction.js';

describe('the inverse of the normal distribution', () => {
  it.each([
    [0.5, 0],
    [0.9, 1.2815515655446004],
    [0.95, 1.6448536269514722],
    [0.975, 1.959963984540054],
    [0.995, 2.5758293035489004],
    [0.9995, 3.2905267314919255],
    [0.01, -2.3263478740408408],
    [0.001, -3.090232306167813],
  ])('of %d is %d', (probability, expected) => {
    expect(inverseNormal(probability)).toBeCloseTo(expected, 7);
  });

  it('is symmetric and grows', () => {
    const probability = fc.double({ min: 1e-9, max: 0.5, noNaN: true });
    fc.assert(
      fc.property(probability, probability, (one, other) => {
        expect(inverseNormal(1 - one)).toBeCloseTo(-inverseNormal(one), 6);
        if (one < other) expect(inverseNormal(one)).toBeLessThanOrEqual(inverseNormal(other) + 1e-8);
      }),
    );
  });

  it.each([0, 1, -1, 2, Number.NaN])('has no value for %d', (probability) => {
    expect(() => inverseNormal(probability)).toThrow(RangeError);
  });
});

describe('the lower bound of the Wilson interval', () => {
  it.each([
    [0, 10, 0.95, 0],
    [1, 1, 0.95, 0.20654],
    [5, 10, 0.95, 0.23659],
    [8, 10, 0.95, 0.49016],
    [9, 10, 0.95, 0.59585],
    [10, 10, 0.95, 0.72247],
    [50, 100, 0.95, 0.40383],
    [95, 100, 0.95, 0.88825],
    [10, 10, 0.99, 0.60115],
    [10, 10, 0.9, 0.78706],
  ])('of %d in %d at %d is %d', (successes, n, confidence, expected) => {
    expect(wilsonLower(successes, n, confidence)).toBeCloseTo(expected, 4);
  });

  it('is 0 without runs', () => expect(wilsonLower(0, 0, 0.95)).toBe(0));

  it.each([
    [2, 1],
    [-1, 5],
    [0.5, 5],
    [1, Number.NaN],
  ])('has no value for %d of %d', (successes, n) => {
    expect(() => wilsonLower(successes, n, 0.95)).toThrow(RangeError);
  });

  const counts = fc
    .integer({ min: 1, max: 500 })
    .chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)));
  const confidence = fc.double({ min: 0.5, max: 0.999, noNaN: true });

  it('never claims more than was seen, and claims more with more successes, more runs and less confidence', () => {
    fc.assert(
      fc.property(counts, confidence, ([successes, n], sure) => {
        const lower = wilsonLower(successes, n, sure);
        expect(lower).toBeGreaterThanOrEqual(0);
        expect(lower).toBeLessThanOrEqual(successes / n);
        if (successes > 0) expect(lower).toBeGreaterThan(wilsonLower(successes - 1, n, sure));
        expect(wilsonLower(successes * 2, n * 2, sure)).toBeGreaterThanOrEqual(lower);
        expect(wilsonLower(successes, n, Math.min(0.9999, sure + 0.0005))).toBeLessThanOrEqual(lower);
      }),
    );
  });

  it('solves the score equation: so many deviations lie between it and what was seen', () => {
    fc.assert(
      fc.property(counts, confidence, ([successes, n], sure) => {
        fc.pre(successes > 0);
        const lower = wilsonLower(successes, n, sure);
        const deviation = Math.sqrt((lower * (1 - lower)) / n);
        expect((successes / n - lower) / deviation).toBeCloseTo(inverseNormal((1 + sure) / 2), 5);
      }),
    );
  });
});

describe('satisfaction', () => {
  const of = (satisfied: number, runs: number, atLeast = 0.6) =>
    satisfactionVerdict({ satisfied, runs, lower: wilsonLower(satisfied, runs, 0.95), atLeast });

  it('is unknown without runs, whatever is asked for', () => {
    expect(of(0, 0, 0)).toEqual({ outcome: 'unknown', reason: 'no hold-out scenario was run' });
  });

  it('passes when the lower bound reaches what is asked for', () => {
    expect(of(10, 10)).toMatchObject({ outcome: 'pass', reason: expect.stringContaining('lower bound 0.72') });
  });

  it('fails below it, also when the plain share is above', () => {
    expect(of(9, 10)).toMatchObject({ outcome: 'fail' });
    expect(of(0, 10)).toMatchObject({ outcome: 'fail' });
  });

  it('is unknown when too few runs, all satisfied, can not tell', () => {
    expect(of(3, 3)).toMatchObject({ outcome: 'unknown', reason: expect.stringContaining('too few runs') });
  });

  it.each([Number.NaN, -1])('is unknown for %d runs', (runs) => {
    expect(satisfactionVerdict({ satisfied: 0, runs, lower: 1, atLeast: 0 }).outcome).toBe('unknown');
  });
});
