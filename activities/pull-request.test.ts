import { describe, expect, it } from '@jest/globals';
import type { Review, ReviewComment } from '../schemas/pull-request.js';
import { remarksOf, verdictsOf } from './pull-request.js';

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
    const [first] = remarksOf('app/1', [comment('line-1')], []);
    const again = remarksOf(
      'app/1',
      [comment('line-0', { at: '2025-01-01T00:00:00Z' }), comment('line-1', { body: 'why not?' })],
      [],
    );
    expect(first?.id).toMatch(/^[0-9a-f]{16}$/);
    expect(again.map(({ id }) => id)[1]).toBe(first?.id);
    expect(remarksOf('app/2', [comment('line-1')], [])[0]?.id).not.toBe(first?.id);
  });

  it.each([
    ['what we wrote', { ours: true }],
    ['what another program wrote', { bot: true }],
    ['what was resolved', { resolved: true }],
    ['what says nothing', { body: ' \n' }],
    ['an order, which the doors take', { body: '/signalbox approve' }],
  ])('are not %s', (_what, change) => {
    expect(remarksOf('app/1', [comment('line-1', change)], [])).toEqual([]);
  });

  it('come with those of reviews, which block where changes are requested', () => {
    const remarks = remarksOf(
      'app/1',
      [comment('line-2', { at: '2026-01-02T00:00:00Z', path: 'a.ts', line: 3 })],
      [
        review('changes-requested', { body: 'rename it' }),
        review('approved'),
        review('commented', { body: 'x', dismissed: true }),
      ],
    );
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
