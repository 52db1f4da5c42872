import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { approvalDetails, reminderComment } from './approval-story.js';
import { missionDetails, quote, triageQuestion } from './story.js';

describe('foreign text that is quoted', () => {
  it('is one line, and no Markdown', () => {
    expect(quote('a\n\n# b\t| c `d` *e* <b> [x](y)')).toBe('a \\# b \\| c \\`d\\` \\*e\\* \\<b\\> \\[x\\](y)');
  });

  it('carries no terminal codes and no marks that turn the direction of text', () => {
    expect(quote('\u001b[31mred\u001b[0m \u202Egnp.exe\u2066 \u0000\u200f.')).toBe('\\[31mred\\[0m gnp.exe .');
  });

  it('is never cut within an escape, however long it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '|', '\\', '*', '😀', ' ') }),
        fc.nat({ max: 30 }),
        (text, length) => {
          const quoted = quote(text, length);
          const [trailing = ''] = quoted.match(/\\*$/) ?? [];
          expect(trailing.length % 2).toBe(0);
          expect(quoted).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
          expect(quoted.length).toBeLessThanOrEqual(2 * length);
          // Every mark is escaped.
          expect(quoted.replace(/\\[\\|*]/g, '')).not.toMatch(/[\\|*]/);
        },
      ),
    );
  });
});

describe('what people read', () => {
  it('keeps its table when a task says something strange', () => {
    const task = {
      id: 'a',
      kind: 'change',
      title: 'a',
      goal: 'a',
      acceptance: ['a'],
      needs: [],
      touches: [],
      gates: [],
      targets: [],
    } as const;
    const view = { task, state: 'failed', detail: '| x |\n| y |', tried: 3, gates: { unit: 'fail' } } as const;
    const details = missionDetails({
      item: 'A-1',
      title: 'A | B',
      repo: 'r',
      stage: 'running',
      since: 's',
      startedAt: 's',
      paused: true,
      planVersion: 2,
      tasks: [{ ...view, task: { ...task, acceptance: [], needs: [], touches: [], gates: [], targets: [] } }],
      notes: [],
      waitingOn: { who: 'Ada', what: 'a review', since: 's' },
    });
    expect(details.split('\n')).toEqual([
      '### A-1: A \\| B',
      '',
      '**running** since s (paused), plan version 2',
      '',
      'Waiting on **Ada**: a review, since s',
      '',
      '| | task | needs | state | gates |',
      '|---|---|---|---|---|',
      '| ✘ | a |  | failed, 3 tried, \\| x \\| \\| y \\| | unit: fail |',
    ]);
  });

  it('names every question, and how long there is to answer', () => {
    expect(triageQuestion([{ field: 'repo', question: 'Which `one`?' }])).toContain('- repo: Which \\`one\\`?');
    const question = {
      id: 'A-1/1',
      item: 'A-1',
      action: 'merge',
      title: 't',
      head: 'abc',
      planHash: 'p',
      risk: 'high',
      because: ['it is *large*'],
      recommendation: 'approve',
      changedFiles: ['a.ts'],
      reminderMs: 1000,
      deadlineMs: 5_400_000,
    } as const;
    const asked = { ...question, because: [...question.because], changedFiles: [...question.changedFiles] };
    expect(reminderComment(asked, 2)).toContain('within 2 h of the question');
    expect(approvalDetails(asked, 'now')).toContain('- it is \\*large\\*');
  });
});
