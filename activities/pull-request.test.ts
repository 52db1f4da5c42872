import { describe, expect, it } from '@jest/globals';
import { PeopleFile } from '../schemas/people.js';
import type { Review, ReviewComment } from '../schemas/pull-request.js';
import { remarksOf, verdictsOf } from './pull-request.js';
import { byAuthor } from './remark-authors.js';

const ada = { id: 'ada', name: 'Ada' };

function comment(id: string, change: Partial<ReviewComment> = {}): ReviewComment {
  return {
    ...{ id, author: ada, bot: false, body: 'why?', at: '2026-01-01T00:00:00Z', url: '', ours: false },
    ...change,
  };
}

function review(verdict: Review['verdict'], change: Partial<Review> = {}): Review {
  return {
    ...{ id: 'review-1', author: ada, bot: false, verdict, commit: 'c', body: '', at: '2026-01-01T00:00:00Z', url: '' },
    ...{ dismissed: false, ...change },
  };
}

describe('the remarks of a pull request', () => {
  it('keep their id over rounds, also when they are edited, and differ between pull requests', () => {
    const [first] = remarksOf('app/1', { comments: [comment('line-1')], reviews: [] });
    const again = remarksOf('app/1', {
      comments: [comment('line-0', { at: '2025-01-01T00:00:00Z' }), comment('line-1', { body: 'why not?' })],
      reviews: [],
    });
    expect(first?.id).toMatch(/^[0-9a-f]{16}$/);
    expect(again.map(({ id }) => id)[1]).toBe(first?.id);
    expect(remarksOf('app/2', { comments: [comment('line-1')], reviews: [] })[0]?.id).not.toBe(first?.id);
  });

  it.each([
    ['what we wrote', { ours: true }],
    ['what another program wrote', { bot: true }],
    ['what was resolved', { resolved: true }],
    ['what says nothing', { body: ' \n' }],
    ['an order, which the doors take', { body: '/signalbox approve' }],
  ])('are not %s', (_what, change) => {
    expect(remarksOf('app/1', { comments: [comment('line-1', change)], reviews: [] })).toEqual([]);
  });

  it('come with those of reviews, which block where changes are requested', () => {
    const remarks = remarksOf('app/1', {
      comments: [comment('line-2', { at: '2026-01-02T00:00:00Z', path: 'a.ts', line: 3 })],
      reviews: [
        review('changes-requested', { body: 'rename it' }),
        review('approved'),
        review('commented', { body: 'x', dismissed: true }),
      ],
    });
    expect(remarks).toMatchObject([
      { remark: 'review-1', severity: 'blocker', path: '', message: 'rename it', by: 'Ada' },
      { remark: 'line-2', severity: 'note', path: 'a.ts', line: 3 },
    ]);
  });
});

describe('the verdict of a person', () => {
  const later = { at: '2026-01-02T00:00:00Z' };

  it('is the last one: approving takes a request for changes back, commenting does not', () => {
    expect(verdictsOf([review('approved', later), review('changes-requested')])).toMatchObject([
      { verdict: 'approved' },
    ]);
    expect(verdictsOf([review('changes-requested'), review('commented', later)])).toMatchObject([
      { verdict: 'changes-requested' },
    ]);
  });

  it('counts no more when it was dismissed, and never when a program gave it', () => {
    expect(verdictsOf([review('approved'), review('changes-requested', { ...later, dismissed: true })])).toEqual([]);
    expect(verdictsOf([review('approved', { bot: true })])).toEqual([]);
  });
});

describe('whose word on a pull request counts', () => {
  const file = PeopleFile.parse({
    people: [
      { key: 'pia', name: 'Pia', ids: { github: '7' } },
      { key: 'xavier', name: 'Xavier', ids: { github: '8' }, active: false },
    ],
    bots: { github: '9' },
  });
  const asked: string[][] = [];
  const pulls = {
    source: 'github' as const,
    writers: async (_repo: string, logins: readonly string[]) => {
      asked.push([...logins]);
      return logins.filter((login) => login === 'ada' || login === 'xavier');
    },
  };
  const by = (id: string, account: string, change: Partial<ReviewComment> = {}) =>
    comment(`line-${account}`, { author: { id, name: id }, account, ...change });
  const names = (said: readonly ReviewComment[]) => said.map(({ author }) => author.id);

  it('is asked of the forge, once for each account, where nobody has written a people.yaml', async () => {
    asked.length = 0;
    const comments = [by('ada', '1'), by('mallory', '2'), by('ada', '1'), by('pia', '7'), by('ci', '9', { bot: true })];
    const reviews = [review('approved', { author: { id: 'mallory' }, account: '2' })];
    const { counts, others } = await byAuthor({ comments, reviews }, { repo: 'app', pulls, people: undefined });
    expect([names(counts.comments), counts.reviews]).toEqual([['ada', 'ada'], []]);
    expect([names(others.comments), others.reviews]).toEqual([['mallory', 'pia'], reviews]);
    expect(asked).toEqual([['mallory', 'ada', 'pia']]);
  });

  it('is also that of active persons of people.yaml; of whoever has left nothing counts, and programs are nobody', async () => {
    asked.length = 0;
    const comments = [by('pia', '7'), by('xavier', '8'), by('ci', '9'), by('mallory', '2'), by('gone', '3')];
    const people = { read: async () => ({ ...file, local: false }) };
    const { counts, others } = await byAuthor({ comments, reviews: [] }, { repo: 'app', pulls, people });
    expect(names(counts.comments)).toEqual(['pia']);
    expect(names(others.comments)).toEqual(['xavier', 'mallory', 'gone']);
    expect(asked).toEqual([['mallory', 'gone']]);
  });
});
