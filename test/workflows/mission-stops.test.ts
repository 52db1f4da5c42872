import { describe, expect, it } from '@jest/globals';
import { Context } from '@temporalio/activity';
import { permanent } from '../../activities/failure.js';
import { workflowId } from '../../schemas/names.js';
import type { Outcome } from '../../schemas/outcome.js';
import { useMissions } from './missions.js';
import { BLOB, blueprint, changeTask, id, planOf, stubs, verdict, workItem } from './stubs.js';

describe('how a mission stops', () => {
  const { working, start, until, client } = useMissions();

  it('stops a task that makes no progress: the same tree and the same objection twice', async () => {
    let searches = 0;
    const outcome = await working(
      {
        planMission: async ({ version, previous }) =>
          previous
            ? { cannotDo: 'no other plan is left', evidence: [] }
            : { plan: planOf(version, [changeTask('one')]), hash: 'h' },
        repair: async () => ({
          status: 'plausible',
          commit: id(`c${++searches}`),
          tree: id('same'),
          candidate: `c${searches}`,
          summary: 's',
          confidence: 'high',
          index: searches,
          tried: 1,
          evidence: BLOB,
        }),
        runGate: async ({ gate, tree }) => verdict(gate, tree, tree === id('same') ? 'fail' : 'pass'),
      },
      async () => (await start(workItem('M-13'))).result() as Promise<Outcome>,
    );
    expect(outcome.result).toBe('cannot-do');
    expect(searches).toBe(2);
  });

  it('stops a task at its budget of candidates, and keeps what it has', async () => {
    const small = { ...blueprint, limits: { ...blueprint.limits, repairCandidates: 10, iterationsPerTask: 9 } };
    const budgets: number[] = [];
    const outcome = await working(
      {
        readBase: async () => ({
          branch: 'main',
          commit: id('base'),
          tree: id('base tree'),
          blueprint: small,
          blueprintRef: BLOB,
        }),
        planMission: async ({ version, previous }) =>
          previous
            ? { cannotDo: 'no other plan is left', evidence: previous.reports.map(({ because }) => because) }
            : { plan: planOf(version, [changeTask('one')]), hash: 'h' },
        repair: async ({ candidates }) => {
          budgets.push(candidates);
          const n = budgets.length;
          return {
            status: 'plausible',
            commit: id(`c${n}`),
            tree: id(`t${n}`),
            candidate: `c${n}`,
            summary: 's',
            confidence: 'high',
            index: n,
            tried: 5,
            evidence: BLOB,
          };
        },
        runGate: async ({ gate, tree }) => verdict(gate, tree, 'fail'),
      },
      async () => (await start(workItem('M-14'))).result() as Promise<Outcome>,
    );
    expect(budgets).toEqual([10, 5]);
    expect(outcome).toMatchObject({ result: 'cannot-do', spend: { candidates: 10, iterations: 2 } });
  });

  it('fails with the reason when the repo cannot be read, and tells the ticket', async () => {
    const comments: string[] = [];
    const outcome = await working(
      {
        readBase: async () => {
          throw permanent('InvalidBlueprint', 'signalbox.yaml of parcels was refused: gates: expected at least one');
        },
        comment: async ({ body }) => {
          comments.push(body);
          return { already: false };
        },
      },
      async () => (await start(workItem('M-15'))).result() as Promise<Outcome>,
    );
    expect(outcome).toMatchObject({ result: 'failed' });
    expect(comments.at(-1)).toContain('gates: expected at least one');
  });

  it('plans anew what somebody cancelled by itself in Temporal, instead of waiting for it', async () => {
    const reports: string[] = [];
    const outcome = await working(
      {
        planMission: async ({ version, previous }) => {
          reports.push(...(previous?.reports ?? []).map(({ node, state, because }) => `${node} ${state}: ${because}`));
          return { plan: planOf(version, [changeTask(version === 1 ? 'one' : 'other')]), hash: `h${version}` };
        },
        repair: async (input) => {
          if (input.touches[0] === 'src/one.ts') await untilCancelled();
          return stubs.repair(input);
        },
      },
      async () => {
        const handle = await start(workItem('M-24'));
        await until('M-24', ({ tasks }) => tasks.some(({ state }) => state === 'running'));
        await client().workflow.getHandle(workflowId.task('M-24', 'one')).cancel();
        return handle.result() as Promise<Outcome>;
      },
    );
    expect(reports[0]).toBe('one failed: it was cancelled by itself, in Temporal');
    expect(outcome).toMatchObject({ result: 'shipped', planVersions: 2 });
  });
});

/** A step is told of its cancellation when it beats. */
async function untilCancelled(): Promise<never> {
  for (;;) {
    Context.current().heartbeat();
    await Context.current().sleep(100);
  }
}
