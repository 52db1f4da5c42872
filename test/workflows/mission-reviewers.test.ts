import { describe, expect, it } from '@jest/globals';
import { workflowId } from '../../schemas/names.js';
import type { Outcome } from '../../schemas/outcome.js';
import { changeTouched, type MissionStatus, missionStatus } from '../../workflows/messages.js';
import { agentStubs } from './agent-stubs.js';
import { useMissions } from './missions.js';
import { pullRequest, remark } from './pull-requests.js';
import { answer, questionOf } from './questions.js';
import { type AllActivities, blueprint, id, OPEN, person, stubs, verdict, withAgents, workItem } from './stubs.js';

const ada = { id: 'ada', name: 'Ada' };
const against = { author: ada, verdict: 'changes-requested', commit: id('c'), url: 'http://forge.test/r' } as const;

describe('people on the pull request of a mission', () => {
  const { working, start, client, until } = useMissions();
  const touch = (item: string) =>
    client().workflow.getHandle(workflowId.mission(item)).signal(changeTouched, { delivery: 'd-1' });
  const held = (item: string) => until(item, ({ stage, waitingOn }) => stage === 'people' && waitingOn !== undefined);
  const run = (item: string, activities: Partial<AllActivities>) =>
    working(activities, async () => (await start(workItem(item))).result() as Promise<Outcome>);
  const status = (item: string): Promise<MissionStatus> =>
    working({}, () => client().workflow.getHandle(workflowId.mission(item)).query(missionStatus));

  it('are answered in place, once for each remark, and no remark by itself blocks', async () => {
    const forge = pullRequest();
    forge.becomes({ remarks: [remark(1), remark(2)] });
    const outcome = await run('RV-1', forge.activities);
    expect(outcome.result).toBe('shipped');
    expect(forge.replies.map(({ inReplyTo }) => inReplyTo)).toEqual(['line-1', 'line-2']);
    expect(forge.replies[0]?.body).toContain('No model is configured');
    expect(forge.edits.at(-1)?.body).toContain('remark 2');
    expect(forge.reads()).toBeGreaterThan(2);
  });

  it('who ask for changes hold the merge up until they take it back, whatever was answered', async () => {
    const forge = pullRequest();
    forge.becomes({ remarks: [remark(1)], verdicts: [against] });
    let merges = 0;
    await working(
      {
        ...forge.activities,
        mergeChange: async (input) => {
          merges++;
          return stubs.mergeChange(input);
        },
      },
      async () => {
        const mission = await start(workItem('RV-2'));
        expect((await held('RV-2')).waitingOn?.who).toBe('Ada');
        const before = forge.reads();
        await touch('RV-2');
        await until('RV-2', () => forge.reads() > before);
        expect([merges, forge.replies.length]).toEqual([0, 1]);
        expect(forge.statesOf('signalbox/people').at(-1)).toBe('waiting-for-person');
        forge.becomes({ verdicts: [{ ...against, verdict: 'approved' }] });
        await touch('RV-2');
        expect(((await mission.result()) as Outcome).result).toBe('shipped');
      },
    );
    expect(forge.statesOf('signalbox/people').at(-1)).toBe('passed');
  });

  it('who never take it back end the mission at the deadline, and the work is kept', async () => {
    const forge = pullRequest();
    forge.becomes({ verdicts: [against] });
    const policy = { ...blueprint.policy, approvalDeadline: '1s' };
    const outcome = await run('RV-3', {
      ...forge.activities,
      readBase: async (input) => ({
        ...(await stubs.readBase(input)),
        ...{ pullRequests: true, blueprint: { ...blueprint, policy } },
      }),
    });
    expect(outcome).toMatchObject({ result: 'rejected', because: expect.stringContaining('Ada asks for changes') });
  });

  it('have to give the approvals that the rules of the branch ask for', async () => {
    const forge = pullRequest();
    forge.becomes({ protection: { ...OPEN, requiredApprovals: 1 } });
    await working(forge.activities, async () => {
      const mission = await start(workItem('RV-4'));
      await held('RV-4');
      forge.becomes({ verdicts: [{ ...against, verdict: 'approved' }] });
      await touch('RV-4');
      expect(((await mission.result()) as Outcome).result).toBe('shipped');
    });
  });

  it('see a coder take up what they say: on the change as it is, within what the plan may touch', async () => {
    const forge = pullRequest();
    forge.becomes({ remarks: [remark(1), remark(2)] });
    const commits: string[][] = [];
    const pushed: string[] = [];
    const outcome = await run('RV-5', {
      ...withAgents(),
      ...forge.activities,
      readBase: async (input) => ({ ...(await stubs.readBase(input)), agents: true, pullRequests: true }),
      commitTree: async ({ tree, parents, message }) => {
        commits.push([message.split('\n')[0] ?? '', ...parents]);
        return { commit: id(`commit ${commits.length}`), tree };
      },
      runTools: async (input) => ({ ...(await stubs.runTools(input)), tree: id(`tools ${commits.length}`) }),
      readCoderOutput: async () => ({
        summary: 'renamed it',
        answers: [
          { finding: remark(1).id, answer: 'fixed', reason: 'renamed' },
          { finding: remark(2).id, answer: 'disputed', reason: 'it is the name in the API' },
        ],
      }),
      pushBranch: async ({ change }) => {
        pushed.push(change.head);
        return { pushed: true, already: false };
      },
    });
    expect(outcome.result).toBe('shipped');
    const [first, second] = commits;
    expect(second).toEqual(['Answer 2 remarks of people (RV-5, remarks-1)', pushed[0]]);
    expect(first?.[0]).toContain('one');
    expect(pushed[1]).toBe(id('commit 2'));
    expect(forge.replies.map(({ body }) => body)).toEqual([
      `Done in \`${id('commit 2').slice(0, 12)}\`: renamed`,
      'Not changed: it is the name in the API',
    ]);
    const { tasks } = await status('RV-5');
    expect(tasks.find(({ task }) => task.id === 'remarks-1')?.task.touches).toEqual(['src/one.ts']);
  });

  it('are told when a remark leads to nothing that passes, and the change stays as it was', async () => {
    const forge = pullRequest();
    forge.becomes({ remarks: [remark(1)] });
    const trees: string[] = [];
    const outcome = await run('RV-6', {
      ...withAgents(),
      ...forge.activities,
      readBase: async (input) => ({
        ...(await stubs.readBase(input)),
        ...{ agents: true, pullRequests: true },
        blueprint: { ...blueprint, limits: { ...blueprint.limits, iterationsPerTask: 1 } },
      }),
      runTools: async (input) => ({
        ...(await stubs.runTools(input)),
        tree: id(`tools ${input.session.includes('remarks-1') ? 'red' : 'green'}`),
      }),
      runGate: async ({ gate, tree }) => verdict(gate, tree, tree === id('tools red') ? 'fail' : 'pass'),
      mergeChange: async (input) => {
        trees.push(input.change.tree);
        return stubs.mergeChange(input);
      },
    });
    expect(outcome.result).toBe('shipped');
    expect(trees).toEqual([id('tools green')]);
    expect(forge.replies).toHaveLength(1);
    expect(forge.replies[0]?.body).toContain('Nothing was changed for it');
  });

  it('who may not write to the repository are told once that nothing is done for it; it is shown, and holds nothing up', async () => {
    const forge = pullRequest();
    const outsiders = [remark(3, { by: 'Mallory', outsider: true }), remark(4, { outsider: true })];
    forge.becomes({ remarks: [remark(1), ...outsiders] });
    const told: string[] = [];
    const outcome = await run('RV-11', {
      ...withAgents(),
      ...forge.activities,
      readBase: async (input) => ({ ...(await stubs.readBase(input)), agents: true, pullRequests: true }),
      openSession: async (input) => {
        told.push(JSON.stringify(input.brief));
        return agentStubs.openSession(input);
      },
    });
    expect(outcome.result).toBe('shipped');
    expect(forge.reads()).toBeGreaterThan(1);
    expect(forge.replies.map(({ inReplyTo }) => inReplyTo)).toEqual(['line-3', 'line-1']);
    expect(forge.replies[0]?.body).toContain('may not write to this repository');
    expect(forge.edits.at(-1)?.body).toContain('Mallory');
    expect(forge.edits.at(-1)?.body).toContain('shown only');
    expect(told.filter((brief) => brief.includes('remark 1'))).not.toEqual([]);
    expect(told.filter((brief) => /remark [34]/.test(brief))).toEqual([]);
  });

  it('who may not write to the repository do not take back what somebody is asked to approve', async () => {
    const forge = pullRequest();
    await working({ ...forge.activities, reviewChange: async ({ touches }) => (touches ? [] : [person]) }, async () => {
      const mission = await start(workItem('RV-12'));
      await questionOf(client(), 'RV-12', 1);
      const before = forge.reads();
      forge.becomes({ remarks: [remark(1, { outsider: true })] });
      await touch('RV-12');
      await until('RV-12', () => forge.reads() > before);
      const question = await questionOf(client(), 'RV-12', 1);
      await answer(client(), question, { decision: 'reject', reason: 'not now' });
      expect(((await mission.result()) as Outcome).because).toContain('not now');
    });
  });

  it('who close it cancel the mission; the work is kept', async () => {
    const forge = pullRequest();
    forge.becomes({ state: 'closed' });
    const outcome = await run('RV-7', forge.activities);
    expect(outcome).toMatchObject({ result: 'cancelled', because: 'pull request 7 was closed at the forge' });
  });

  it('who merge it have shipped it, when what they merged is what was validated', async () => {
    const forge = pullRequest();
    forge.becomes({ state: 'merged', mergeCommit: id('theirs'), mergedTree: id('merged tree') });
    let gatesAfter = 0;
    const outcome = await run('RV-8', {
      ...forge.activities,
      runGate: async ({ gate, tree }) => {
        if (forge.opened.length > 0) gatesAfter++;
        return verdict(gate, tree);
      },
    });
    expect(outcome).toMatchObject({ result: 'shipped', mergeCommit: id('theirs') });
    expect(outcome.because).toContain('as it was validated');
    expect(gatesAfter).toBe(0);
  });

  it.each([
    ['pass', 'shipped', 'as something else than was validated before; it passes'],
    ['fail', 'failed', 'which is not what was validated, and it does not pass'],
    ['unknown', 'failed', 'which is not what was validated, and it does not pass'],
  ] as const)('who merge something else: it is validated, and %s means %s', async (gate, result, because) => {
    const forge = pullRequest();
    forge.becomes({ state: 'merged', mergeCommit: id('theirs'), mergedTree: id('their tree') });
    const outcome = await run(`RV-9-${gate}`, {
      ...forge.activities,
      runGate: async (input) => verdict(input.gate, input.tree, input.tree === id('their tree') ? gate : 'pass'),
    });
    expect(outcome.result).toBe(result);
    expect(outcome.because).toContain(because);
  });

  it('who speak up while somebody is asked for an approval are heard first, and the question is asked anew', async () => {
    const forge = pullRequest();
    await working({ ...forge.activities, reviewChange: async ({ touches }) => (touches ? [] : [person]) }, async () => {
      const mission = await start(workItem('RV-10'));
      await questionOf(client(), 'RV-10', 1);
      forge.becomes({ remarks: [remark(1)] });
      await touch('RV-10');
      await questionOf(client(), 'RV-10', 2);
      expect(forge.replies).toHaveLength(1);
      forge.becomes({ state: 'closed' });
      await touch('RV-10');
      expect(((await mission.result()) as Outcome).result).toBe('cancelled');
    });
  });
});
