import { describe, expect, it } from '@jest/globals';
import type { Comment } from '../../activities/ports-effects.js';
import type { Outcome } from '../../schemas/outcome.js';
import { unpackPlans } from '../../schemas/plan-versions.js';
import { missionPlans } from '../../workflows/messages.js';
import { useMissions } from './missions.js';
import { BLOB, changeTask, id, planOf, verdict, workItem } from './stubs.js';

describe('a mission', () => {
  const { client, working, start } = useMissions();

  it('runs ready tasks side by side, integrates, proves, merges and writes back', async () => {
    let together = 0;
    let most = 0;
    const comments: Comment[] = [];
    const outcome = await working(
      {
        repair: async (input) => {
          most = Math.max(most, ++together);
          await new Promise((done) => setTimeout(done, 300));
          together--;
          return {
            status: 'plausible',
            commit: id(`c${input.touches[0]}`),
            tree: id('t'),
            candidate: 'c',
            summary: 's',
            confidence: 'high',
            index: 1,
            tried: 7,
            evidence: BLOB,
          };
        },
        comment: async (input) => {
          comments.push(input);
          return { already: false };
        },
      },
      async () => (await start(workItem('M-1'))).result() as Promise<Outcome>,
    );
    expect(outcome).toMatchObject({ result: 'shipped', mergeCommit: id('merge'), spend: { candidates: 14, usd: 0 } });
    expect(most).toBe(2);
    const keys = comments.map(({ effectKey }) => effectKey);
    expect(keys).toEqual(['start', 'end'].map((part) => expect.stringMatching(`^mission/M-1/1/[0-9a-f]{12}/${part}$`)));
  });

  it('re-plans while it runs: a task is split, finished nodes keep their results, every version is kept', async () => {
    const repaired: string[] = [];
    const big = changeTask('two', [], ['test/a.test.ts::a', 'test/a.test.ts::b']);
    const split = [
      changeTask('two-1', [], ['test/a.test.ts::a']),
      { ...changeTask('two-2', ['two-1'], ['test/a.test.ts::b']), touches: ['src/two-1.ts'] },
    ];
    const { outcome, plans } = await working(
      {
        planMission: async ({ version, previous }) => ({
          plan: previous ? planOf(version, [changeTask('one'), ...split]) : planOf(version, [changeTask('one'), big]),
          hash: `h${version}`,
        }),
        repair: async ({ targets, touches, commit }) => {
          repaired.push(targets.join(' + '));
          if (targets.length > 1)
            return { status: 'cannot-do', because: 'exhausted: no edit', index: 9, tried: 9, evidence: BLOB };
          return {
            status: 'plausible',
            commit: id(`${targets[0]}${commit.slice(0, 4)}`),
            tree: id(`${touches[0]}`),
            candidate: 'c',
            summary: 's',
            confidence: 'high',
            index: 1,
            tried: 1,
            evidence: BLOB,
          };
        },
      },
      async () => {
        const handle = await start(workItem('M-2'));
        const ended = (await handle.result()) as Outcome;
        return { outcome: ended, plans: unpackPlans(await handle.query(missionPlans)) };
      },
    );
    expect(outcome).toMatchObject({ result: 'shipped', planVersions: 2 });
    expect(plans.map(({ version }) => version)).toEqual([1, 2]);
    expect(repaired.filter((targets) => targets === 'test/one.test.ts::one')).toHaveLength(1);
    expect(repaired.indexOf('test/a.test.ts::a')).toBeLessThan(repaired.indexOf('test/a.test.ts::b'));
  });

  it('ends as an honest "cannot do" when no other plan is left, with nothing pushed', async () => {
    let pushed = 0;
    const outcome = await working(
      {
        planMission: async ({ version, previous }) =>
          previous
            ? { cannotDo: 'no other plan is left for one', evidence: ['one: exhausted'] }
            : { plan: planOf(version, [changeTask('one')]), hash: 'h' },
        repair: async () => ({ status: 'cannot-do', because: 'exhausted', index: 3, tried: 3, evidence: BLOB }),
        pushBranch: async () => {
          pushed++;
          return { pushed: true, already: false };
        },
      },
      async () => (await start(workItem('M-3'))).result() as Promise<Outcome>,
    );
    expect(outcome).toMatchObject({ result: 'cannot-do', because: 'no other plan is left for one' });
    expect(pushed).toBe(0);
  });

  it('is refused when the plan has a cycle', async () => {
    const outcome = await working(
      {
        planMission: async ({ version }) => ({
          plan: planOf(version, [changeTask('one', ['two']), changeTask('two', ['one'])]),
          hash: 'h',
        }),
      },
      async () => (await start(workItem('M-4'))).result() as Promise<Outcome>,
    );
    expect(outcome).toMatchObject({ result: 'failed' });
    expect(outcome.because).toContain('cycle: one -> two -> one');
  });

  it('continues as new in the middle of the DAG and carries on with what is done', async () => {
    const repaired: string[] = [];
    const chain = ['one', 'two', 'three', 'four'].map((name, index, all) =>
      changeTask(name, index === 0 ? [] : [all[index - 1] as string]),
    );
    const { outcome, first } = await working(
      {
        planMission: async ({ version }) => ({ plan: planOf(version, chain), hash: 'h' }),
        repair: async ({ touches, commit }) => {
          repaired.push(touches[0] ?? '');
          return {
            status: 'plausible',
            commit: id(`${touches[0]}${commit.slice(0, 4)}`),
            tree: id('t'),
            candidate: 'c',
            summary: 's',
            confidence: 'high',
            index: 1,
            tried: 1,
            evidence: BLOB,
          };
        },
      },
      async () => {
        const handle = await start(workItem('M-5'), { historyLimit: 60 });
        const ended = (await handle.result()) as Outcome;
        const history = await client().workflow.getHandle(handle.workflowId, handle.firstExecutionRunId).fetchHistory();
        return { outcome: ended, first: history.events?.at(-1) };
      },
    );
    expect(first?.workflowExecutionContinuedAsNewEventAttributes).toBeTruthy();
    expect(outcome).toMatchObject({ result: 'shipped', planVersions: 1 });
    expect(repaired).toEqual(['src/one.ts', 'src/two.ts', 'src/three.ts', 'src/four.ts']);
  });

  it('goes round: a candidate that the gate refuses is not proposed again', async () => {
    const asked: { startAt: number; rejected: readonly string[] }[] = [];
    const outcome = await working(
      {
        planMission: async ({ version }) => ({ plan: planOf(version, [changeTask('one')]), hash: 'h' }),
        repair: async ({ startAt, rejected }) => {
          asked.push({ startAt, rejected });
          const n = asked.length;
          return {
            status: 'plausible',
            commit: id(`c${n}`),
            tree: id(`t${n}`),
            candidate: `c${n}`,
            summary: 's',
            confidence: 'high',
            index: n * 10,
            tried: 10,
            evidence: BLOB,
          };
        },
        runGate: async ({ gate, tree }) => verdict(gate, tree, tree === id('t1') ? 'fail' : 'pass'),
      },
      async () => (await start(workItem('M-12'))).result() as Promise<Outcome>,
    );
    expect(outcome.result).toBe('shipped');
    expect(asked).toEqual([
      { startAt: 0, rejected: [] },
      { startAt: 10, rejected: ['c1'] },
    ]);
  });
});
