import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { permanent } from '../../activities/failure.js';
import type { CommentInput } from '../../activities/tracker.js';
import type { Finding } from '../../schemas/finding.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import type { Outcome } from '../../schemas/outcome.js';
import type { WorkItem } from '../../schemas/work-item.js';
import {
  answerApproval,
  approvalStatus,
  cancelMission,
  type MissionStatus,
  missionPlans,
  missionStatus,
  pauseMission,
  resumeMission,
  steerMission,
} from '../../workflows/messages.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import { type AllActivities, BLOB, blueprint, changeTask, id, planOf, verdict, workItem } from './stubs.js';

const by = { id: 'operator', name: 'Operator' };
const person: Finding = {
  id: '0123456789abcdef',
  rule: 'protected-path',
  severity: 'person',
  path: 'src/tax.ts',
  message: 'is protected',
  risk: 'high',
};

describe('a mission', () => {
  let server: StubbedServer;
  beforeAll(async () => {
    server = await startStubbedServer();
  });
  afterAll(() => server.close());

  function start(item: WorkItem, more: Record<string, unknown> = {}) {
    return server.client.workflow.start('mission', {
      taskQueue: TASK_QUEUE,
      workflowId: workflowId.mission(item.key),
      args: [{ item, attempt: 1, ...more }],
    });
  }

  async function until(item: string, holds: (status: MissionStatus) => boolean): Promise<MissionStatus> {
    const handle = server.client.workflow.getHandle(workflowId.mission(item));
    for (let tries = 0; tries < 400; tries++) {
      const status = await handle.query(missionStatus);
      if (holds(status)) return status;
      await new Promise((done) => setTimeout(done, 25));
    }
    throw new Error(`the mission never got there: ${JSON.stringify(await handle.query(missionStatus))}`);
  }

  it('runs ready tasks side by side, integrates, proves, merges and writes back', async () => {
    let together = 0;
    let most = 0;
    const comments: CommentInput[] = [];
    const outcome = await server.working(
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
    expect(comments.map(({ effectKey }) => effectKey)).toEqual(['mission/M-1/1/start', 'mission/M-1/1/end']);
  });

  it('re-plans while it runs: a task is split, finished nodes keep their results, every version is kept', async () => {
    const repaired: string[] = [];
    const big = changeTask('two', [], ['test/a.test.ts::a', 'test/a.test.ts::b']);
    const split = [
      changeTask('two-1', [], ['test/a.test.ts::a']),
      { ...changeTask('two-2', ['two-1'], ['test/a.test.ts::b']), touches: ['src/two-1.ts'] },
    ];
    const { outcome, plans } = await server.working(
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
        return { outcome: ended, plans: await handle.query(missionPlans) };
      },
    );
    expect(outcome).toMatchObject({ result: 'shipped', planVersions: 2 });
    expect(plans.map(({ version }) => version)).toEqual([1, 2]);
    expect(repaired.filter((targets) => targets === 'test/one.test.ts::one')).toHaveLength(1);
    expect(repaired.indexOf('test/a.test.ts::a')).toBeLessThan(repaired.indexOf('test/a.test.ts::b'));
  });

  it('ends as an honest "cannot do" when no other plan is left, with nothing pushed', async () => {
    let pushed = 0;
    const outcome = await server.working(
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
    const outcome = await server.working(
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
    const { outcome, first } = await server.working(
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
        const history = await server.client.workflow
          .getHandle(handle.workflowId, handle.firstExecutionRunId)
          .fetchHistory();
        return { outcome: ended, first: history.events?.at(-1) };
      },
    );
    expect(first?.workflowExecutionContinuedAsNewEventAttributes).toBeTruthy();
    expect(outcome).toMatchObject({ result: 'shipped', planVersions: 1 });
    expect(repaired).toEqual(['src/one.ts', 'src/two.ts', 'src/three.ts', 'src/four.ts']);
  });

  it('asks a person when the change is risky, and merges what that person saw', async () => {
    const outcome = await server.working(
      { reviewChange: async ({ touches }) => (touches ? [] : [person]) },
      async () => {
        const handle = await start(workItem('M-6', { reporter: { id: 'reporter' } }));
        await until('M-6', ({ waitingOn }) => waitingOn !== undefined);
        const approval = server.client.workflow.getHandle(workflowId.approval('M-6', 1));
        const { question } = await approval.query(approvalStatus);
        expect(question).toMatchObject({
          risk: 'high',
          planHash: 'hash-1',
          because: ['src/tax.ts is protected (protected-path)'],
        });
        const answer = { decision: 'approve' as const, head: question.head, by, reason: 'read it' };
        await expect(
          approval.executeUpdate(answerApproval, { args: [{ ...answer, head: id('other') }] }),
        ).rejects.toThrow();
        await expect(
          approval.executeUpdate(answerApproval, { args: [{ ...answer, by: { id: 'reporter' } }] }),
        ).rejects.toThrow();
        await approval.executeUpdate(answerApproval, { args: [answer] });
        return handle.result() as Promise<Outcome>;
      },
    );
    expect(outcome).toMatchObject({ result: 'shipped' });
  });

  it('reminds, and does not merge without an answer', async () => {
    const comments: string[] = [];
    const impatient = { ...blueprint, policy: { ...blueprint.policy, approvalDeadline: '3s' } };
    const outcome = await server.working(
      {
        readBase: async () => ({
          branch: 'main',
          commit: id('base'),
          tree: id('base tree'),
          blueprint: impatient,
          blueprintRef: BLOB,
        }),
        reviewChange: async ({ touches }) => (touches ? [] : [person]),
        comment: async ({ effectKey }) => {
          comments.push(effectKey);
          return { already: false };
        },
      },
      async () => (await start(workItem('M-7'))).result() as Promise<Outcome>,
    );
    expect(outcome).toMatchObject({ result: 'rejected' });
    expect(outcome.because).toContain('expired');
    expect(comments).toContain('approval/M-7/1/1/reminder 1');
  });

  it('validates again and asks again when the base has moved', async () => {
    let head = 'base';
    const merges: string[] = [];
    const outcome = await server.working(
      {
        readHead: async () => ({ commit: id(head), tree: id(`${head} tree`) }),
        mergeChange: async ({ change }) => {
          merges.push(change.baseCommit);
          if (head === 'base') {
            head = 'moved';
            return { moved: id('moved') };
          }
          return { merged: id('merge'), already: false };
        },
      },
      async () => (await start(workItem('M-8'))).result() as Promise<Outcome>,
    );
    expect(outcome.result).toBe('shipped');
    expect(merges).toEqual([id('base'), id('moved')]);
  });

  it('takes in the commits that a person pushed to its branch, and validates them', async () => {
    const integrated: (readonly string[])[] = [];
    let gates = 0;
    let pushes = 0;
    const outcome = await server.working(
      {
        pushBranch: async () => (++pushes === 1 ? { moved: id('person') } : { pushed: true, already: false }),
        integrate: async ({ parts }) => {
          integrated.push(parts.map(({ commit }) => commit));
          return { commit: id(`with ${integrated.length}`), tree: id(`tree ${integrated.length}`) };
        },
        runGate: async ({ gate, tree }) => {
          if (tree === id('tree 2')) gates++;
          return verdict(gate, tree);
        },
      },
      async () => (await start(workItem('M-9'))).result() as Promise<Outcome>,
    );
    expect(outcome.result).toBe('shipped');
    expect(integrated[1]?.[0]).toBe(id('person'));
    expect(gates).toBe(2);
  });

  it('pauses before the next task, goes on when resumed, and takes steering into the next search', async () => {
    const words: string[] = [];
    const tasks = [changeTask('one'), changeTask('two', ['one'])];
    const activities: Partial<AllActivities> = {
      planMission: async ({ version }) => ({ plan: planOf(version, tasks), hash: 'h' }),
      repair: async (input) => {
        words.push(input.words);
        await new Promise((done) => setTimeout(done, 400));
        return {
          status: 'plausible',
          commit: id(input.touches[0] ?? ''),
          tree: id('t'),
          candidate: 'c',
          summary: 's',
          confidence: 'high',
          index: 1,
          tried: 1,
          evidence: BLOB,
        };
      },
    };
    const outcome = await server.working(activities, async () => {
      const handle = await start(workItem('M-10'));
      await until('M-10', ({ tasks: views }) => views.some(({ state }) => state === 'running'));
      await handle.executeUpdate(pauseMission, { args: [{ by, text: '' }] });
      const paused = await until('M-10', ({ tasks: views }) => views[0]?.state === 'passed');
      await new Promise((done) => setTimeout(done, 300));
      expect((await handle.query(missionStatus)).tasks[1]?.state).toBe('waiting');
      expect(paused.paused).toBe(true);
      await expect(handle.executeUpdate(steerMission, { args: [{ by, text: ' ' }] })).rejects.toThrow();
      await handle.executeUpdate(steerMission, { args: [{ by, text: 'look at the rounding' }] });
      await handle.executeUpdate(resumeMission, { args: [{ by, text: '' }] });
      return handle.result() as Promise<Outcome>;
    });
    expect(outcome.result).toBe('shipped');
    expect(words[1]).toContain('look at the rounding');
  });

  it('is cancelled in the middle of a task: the ticket is told, nothing is merged, late orders are refused', async () => {
    let merged = 0;
    const states: string[] = [];
    await server.working(
      {
        repair: async () => {
          await new Promise((done) => setTimeout(done, 2_000));
          return { status: 'cannot-do', because: 'too late', index: 0, tried: 0, evidence: BLOB };
        },
        mergeChange: async () => {
          merged++;
          return { merged: id('merge'), already: false };
        },
        setState: async ({ state }) => {
          states.push(state);
          return { already: false };
        },
      },
      async () => {
        const handle = await start(workItem('M-11'));
        await until('M-11', ({ tasks }) => tasks.some(({ state }) => state === 'running'));
        await handle.executeUpdate(cancelMission, { args: [{ by, text: 'not needed any more' }] });
        const outcome = (await handle.result()) as Outcome;
        expect(outcome).toMatchObject({ result: 'cancelled', because: 'cancelled by Operator: not needed any more' });
      },
    );
    expect(merged).toBe(0);
    expect(states).toEqual(['started', 'stopped']);
  });

  it('goes round: a candidate that the gate refuses is not proposed again', async () => {
    const asked: { startAt: number; rejected: readonly string[] }[] = [];
    const outcome = await server.working(
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

  it('stops a task that makes no progress: the same tree and the same objection twice', async () => {
    let searches = 0;
    const outcome = await server.working(
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
    const outcome = await server.working(
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
    const outcome = await server.working(
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
});
