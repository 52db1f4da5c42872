import { describe, expect, it } from '@jest/globals';
import type { Survey, SurveyedTest } from '../schemas/repair.js';
import { RELEVANT, relevance, wordsOf } from './relevance.js';
import { suspiciousFiles } from './suspicion.js';

const test = (change: Partial<SurveyedTest>): SurveyedTest => ({
  id: 'x',
  file: 'x.test.ts',
  title: 'x',
  outcome: 'fail',
  covered: {},
  symbols: [],
  ...change,
});

const isAbout = (item: string, change: Partial<SurveyedTest>, file = 'src/x.ts') =>
  relevance(wordsOf(item), test(change), file) >= RELEVANT;

describe('the words of a text', () => {
  it('are split at camelCase and punctuation, and meet over singular, plural and forms of a verb', () => {
    expect(wordsOf('withoutDuplicates')).toEqual(wordsOf('without duplicate'));
    expect(wordsOf('billable_grams')).toEqual(wordsOf('billable gram'));
    for (const [one, other] of [
      ['rounding', 'rounded'],
      ['zones', 'zone'],
      ['countries', 'country'],
      ['pagination', 'Paginated'],
    ] as const) {
      expect([...wordsOf(one)]).toEqual([...wordsOf(other)]);
    }
  });

  it('leave out what every test and ticket says', () => {
    expect(wordsOf('the test should return a value when it is given')).toEqual(wordsOf('given'));
  });
});

describe('an item is about a failing test', () => {
  it('when it names the file under suspicion, or a function that the test enters', () => {
    expect(isAbout('The discount is wrong', {}, 'src/discount.ts')).toBe(true);
    expect(isAbout('The discount is wrong', { symbols: ['volumeDiscount'] })).toBe(true);
    expect(isAbout('The pages are wrong', { symbols: ['volumeDiscount'] }, 'src/discount.ts')).toBe(false);
  });

  it('when its title has three words of the item, but not by two', () => {
    const title = 'a private customer pays the tax';
    expect(isAbout('A private customer pays twice', { title })).toBe(true);
    expect(isAbout('The customer pays twice', { title })).toBe(false);
  });

  it('but not because it runs everything, that too', () => {
    const everything = Array.from({ length: 20 }, (_, n) => `function${n}`);
    expect(isAbout('The discount is wrong', { symbols: [...everything, 'volumeDiscount'] })).toBe(false);
  });
});

describe('the file under suspicion', () => {
  const survey = (...tests: SurveyedTest[]): Survey => ({ module: 'm', tests });
  const passing = (covered: SurveyedTest['covered']) => test({ outcome: 'pass', covered });

  it('is the one that the failing test runs and passing ones do not', () => {
    const failing = test({ covered: { 'src/a.ts': [1, 2], 'src/b.ts': [1, 2] } });
    const found = suspiciousFiles(survey(failing, passing({ 'src/b.ts': [1, 2] })), failing);
    expect(found.map(({ path }) => path)).toEqual(['src/a.ts', 'src/b.ts']);
  });

  it('is found by its best line, however much of the rest is run by passing tests', () => {
    const failing = test({ covered: { 'src/a.ts': [1, 2, 3], 'src/b.ts': [1] } });
    const many = Array.from({ length: 9 }, (_, n) =>
      passing({ 'src/a.ts': [1, 2], ...(n < 3 && { 'src/b.ts': [1] }) }),
    );
    expect(suspiciousFiles(survey(failing, ...many), failing)[0]).toEqual({ path: 'src/a.ts', score: 1 });
  });

  it('is the less visited one of two that are equally suspicious, and none without coverage', () => {
    const failing = test({ covered: { 'src/a.ts': [5], 'src/b.ts': [5] } });
    expect(suspiciousFiles(survey(failing, passing({ 'src/a.ts': [1] })), failing)[0]?.path).toBe('src/b.ts');
    expect(suspiciousFiles(survey(failing), test({}))).toEqual([]);
  });
});
