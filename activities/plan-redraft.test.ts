import { describe, expect, it } from '@jest/globals';
import { adopt, draft, planOf, problemsOf, task } from '../test/plan-drafts.js';
import type { DraftInput } from './plan-draft.js';

describe('a draft after a plan that did not work out', () => {
  async function previousOf(states: Readonly<Record<string, string>>): Promise<NonNullable<DraftInput['previous']>> {
    const plan = planOf(await adopt(draft([task('fee'), task('page'), task('mail')])));
    const reports = plan.tasks.map(({ id }) => ({ node: id, state: states[id] ?? 'waiting', because: 'because' }));
    return { plan, reports };
  }

  const ENDED = { fee: 'passed', page: 'failed', mail: 'running' };

  it('keeps what is done or under way, named again or not, and replaces the rest', async () => {
    const previous = await previousOf(ENDED);
    const outcome = await adopt(draft([task('fee'), task('page-2', { needs: ['fee'] })]), { previous, version: 2 });
    const plan = planOf(outcome);
    expect(plan.tasks.map(({ id, needs }) => [id, needs])).toEqual([
      ['fee', []],
      ['mail', []],
      ['page-2', ['fee']],
      ['integrate', ['fee', 'mail', 'page-2']],
      ['scenarios', ['integrate']],
    ]);
    expect(plan.tasks.slice(0, 2)).toEqual(previous.plan.tasks.filter(({ id }) => id !== 'page').slice(0, 2));
    expect(plan).toMatchObject({ version: 2, because: 'instead of what did not work out: page' });
  });

  it('does not change what is done', async () => {
    const changed = task('fee', { touches: ['shop/src/other.ts'] });
    expect(await problemsOf([changed], { previous: await previousOf(ENDED), version: 2 })).toEqual([
      expect.stringMatching(/^task "fee" is done or under way and stays as it is/),
    ]);
  });

  it.each(['failed', 'cannot-do', 'cancelled'])('does not try a task that is %s again under its id', async (state) => {
    const previous = await previousOf({ ...ENDED, page: state });
    expect(await problemsOf([task('page')], { previous, version: 2 })).toEqual([
      expect.stringContaining(`"page" has the id of a task that is ${state}: replace that`),
    ]);
  });

  it('does not start beside what is done on the same files', async () => {
    const clash = task('more', { touches: ['shop/src/fee.ts'] });
    expect(await problemsOf([clash], { previous: await previousOf(ENDED), version: 2 })).toEqual([
      expect.stringContaining('"fee" and "more" run side by side and both touch'),
    ]);
  });

  it('ends anew when the end was reached and red', async () => {
    const previous = await previousOf({
      fee: 'passed',
      page: 'passed',
      mail: 'passed',
      integrate: 'passed',
      scenarios: 'failed',
    });
    const plan = planOf(await adopt(draft([task('mend', { needs: ['fee'] })]), { previous, version: 2 }));
    expect(plan.tasks.slice(-2).map(({ id, needs }) => [id, needs])).toEqual([
      ['integrate-2', ['fee', 'page', 'mail', 'mend']],
      ['scenarios-2', ['integrate-2']],
    ]);
  });
});
