import { describe, expect, it } from '@jest/globals';
import { workflowId } from '../../schemas/names.js';
import type { Outcome } from '../../schemas/outcome.js';
import { cancelMission, missionStatus, pauseMission, resumeMission, steerMission } from '../../workflows/messages.js';
import { answerApproval } from '../../workflows/messages-standing.js';
import { useMissions } from './missions.js';
import { answer, questionOf } from './questions.js';
import { type AllActivities, BLOB, blueprint, changeTask, id, operator, person, planOf, workItem } from './stubs.js';

describe('people in a mission', () => {
  const { client, working, start, until } = useMissions();

  it('asks a person when the change is risky, and merges what that person saw', async () => {
    const outcome = await working({ reviewChange: async ({ touches }) => (touches ? [] : [person]) }, async () => {
      const handle = await start(workItem('M-6', { reporter: { id: 'reporter' } }));
      await until('M-6', ({ waitingOn }) => waitingOn !== undefined);
      const approval = client().workflow.getHandle(workflowId.approval('M-6', 1));
      const question = await questionOf(client(), 'M-6');
      expect(question).toMatchObject({
        risk: 'high',
        planHash: 'hash-1',
        because: ['src/tax.ts is protected (protected-path)'],
      });
      const reason = 'read it';
      await expect(answer(client(), question, { head: id('other') })).rejects.toThrow();
      const raw = { decision: 'approve', head: question.head, by: operator, reason } as const;
      await expect(approval.executeUpdate(answerApproval, { args: [raw] })).rejects.toThrow();
      await answer(client(), question, { reason });
      return handle.result() as Promise<Outcome>;
    });
    expect(outcome).toMatchObject({ result: 'shipped' });
  });

  it('reminds, and does not merge without an answer', async () => {
    const comments: string[] = [];
    const impatient = { ...blueprint, policy: { ...blueprint.policy, approvalDeadline: '3s' } };
    const outcome = await working(
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
    expect(comments).toContainEqual(expect.stringMatching(/^approval\/M-7\/1\/1\/[0-9a-f]{12}\/reminder 1$/));
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
    const outcome = await working(activities, async () => {
      const handle = await start(workItem('M-10'));
      await until('M-10', ({ tasks: views }) => views.some(({ state }) => state === 'running'));
      await handle.executeUpdate(pauseMission, { args: [{ by: operator, text: '' }] });
      const paused = await until('M-10', ({ tasks: views }) => views[0]?.state === 'passed');
      await new Promise((done) => setTimeout(done, 300));
      expect((await handle.query(missionStatus)).tasks[1]?.state).toBe('waiting');
      expect(paused.paused).toBe(true);
      await expect(handle.executeUpdate(steerMission, { args: [{ by: operator, text: ' ' }] })).rejects.toThrow();
      await handle.executeUpdate(steerMission, { args: [{ by: operator, text: 'look at the rounding' }] });
      await handle.executeUpdate(resumeMission, { args: [{ by: operator, text: '' }] });
      return handle.result() as Promise<Outcome>;
    });
    expect(outcome.result).toBe('shipped');
    expect(words[1]).toContain('look at the rounding');
  });

  it('is cancelled in the middle of a task: the ticket is told, nothing is merged, late orders are refused', async () => {
    let merged = 0;
    const states: string[] = [];
    await working(
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
        await handle.executeUpdate(cancelMission, { args: [{ by: operator, text: 'not needed any more' }] });
        const outcome = (await handle.result()) as Outcome;
        expect(outcome).toMatchObject({ result: 'cancelled', because: 'cancelled by Operator: not needed any more' });
      },
    );
    expect(merged).toBe(0);
    expect(states).toEqual(['started', 'stopped']);
  });
});
