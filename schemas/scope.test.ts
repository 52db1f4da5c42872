import { describe, expect, it } from '@jest/globals';
import { parse } from './parse.js';
import { periodEnd } from './period.js';
import { BudgetsSection, scopesFor, scopesOf } from './scope.js';

const budgets = BudgetsSection.parse({
  org: { usd: 500, per: 'month' },
  teams: { PAR: { usd: 200 } },
  repos: { shop: { tokens: 1000, per: 'day' } },
});

describe('the budgets that missions share', () => {
  it('are those of the repo, the team and all, the narrowest first', () => {
    expect(scopesFor(budgets, { repo: 'shop', team: 'par' })).toEqual(['repo/shop', 'team/PAR', 'org']);
    expect(scopesFor(budgets, { repo: 'other' })).toEqual(['org']);
    expect(scopesFor(BudgetsSection.parse({}), { repo: 'shop', team: 'PAR' })).toEqual([]);
  });

  it('limit what they name, and nothing else', () => {
    expect(scopesOf(budgets).get('repo/shop')).toEqual({ usd: null, tokens: 1000, per: 'day' });
    expect(scopesOf(budgets).get('team/PAR')).toEqual({ usd: 200, tokens: null, per: null });
  });

  it.each([
    [{ org: {} }, 'org: expected usd, tokens or both'],
    [{ org: { usd: 0 } }, 'org.usd'],
    [{ teams: { PAR: { usd: 1, per: 'year' } } }, 'teams.PAR.per'],
    [{ repos: { 'a/b': { usd: 1 } } }, 'repos'],
    [{ organisation: { usd: 1 } }, 'unknown field organisation'],
  ])('are refused with a word about what is wrong: %j', (section, said) => {
    expect(() => parse(BudgetsSection, section, 'budgets')).toThrow(said);
  });
});

describe('a period', () => {
  const end = (period: 'day' | 'week' | 'month', at: string) =>
    new Date(periodEnd(period, Date.parse(at))).toISOString();

  it.each([
    ['day', '2026-11-21T23:59:59Z', '2026-11-22T00:00:00.000Z'],
    ['week', '2026-11-21T10:00:00Z', '2026-11-23T00:00:00.000Z'],
    ['week', '2026-11-23T00:00:00Z', '2026-11-30T00:00:00.000Z'],
    ['month', '2026-12-31T10:00:00Z', '2027-01-01T00:00:00.000Z'],
    ['month', '2027-01-01T00:00:00Z', '2027-02-01T00:00:00.000Z'],
  ] as const)('of a %s that %s is in ends at %s', (period, at, ends) => expect(end(period, at)).toBe(ends));
});
