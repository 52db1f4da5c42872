import { describe, expect, it } from '@jest/globals';
import type { CallModel, OpenSession, RunTools, ToolsResult } from '../../schemas/agent.js';
import type { Change } from '../../schemas/change.js';
import type { Outcome } from '../../schemas/outcome.js';
import { unpackPlans } from '../../schemas/plan-versions.js';
import type { Verdict } from '../../schemas/verdict.js';
import {
  addBudget,
  answerMission,
  handOver,
  type MissionStatus,
  missionPlans,
  missionStatus,
  promptMission,
  steerMission,
} from '../../workflows/messages.js';
import { agentStubs, roleOf } from './agent-stubs.js';
import { useMissions } from './missions.js';
import { type AllActivities, BLOB, blueprint, id, operator, verdict, workItem } from './stubs.js';

const say = (text: string) => ({ args: [{ by: operator, text }] as [{ by: typeof operator; text: string }] });

const base = {
  branch: 'main',
  commit: id('base'),
  tree: id('base tree'),
  blueprint,
  blueprintRef: BLOB,
  agents: true,
};

/** Where models are configured. */
const agents: Partial<AllActivities> = { readBase: async () => base };

const run = (key: string) => workItem(key, { interactive: true, problem: 'add a --json flag', reporter: operator });

const attached = ({ stage }: MissionStatus) => stage === 'attached';

function closedGate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Tools of coders that wait until they may answer; everybody else's answer at once. */
function heldTools() {
  const gate = closedGate();
  const runTools = async (input: RunTools): Promise<ToolsResult> => {
    if (roleOf(input.session) === 'coder') await gate.opened;
    return agentStubs.runTools(input);
  };
  return { runTools, release: gate.open };
}

describe('an interactive run', () => {
  const { working, start, until } = useMissions();

  it('does one prompt after the other, each on top of the last, and ships the whole when it is handed over', async () => {
    const opened: OpenSession[] = [];
    let merged: Change | undefined;
    const outcome = await working(
      {
        ...agents,
        openSession: async (input) => {
          opened.push(input);
          return agentStubs.openSession(input);
        },
        mergeChange: async ({ change }) => {
          merged = change;
          return { merged: id('merge'), already: false };
        },
      },
      async () => {
        const mission = await start(run('R-1'));
        const first = await until('R-1', attached);
        expect(first.tasks.map(({ task, state }) => [task.id, state])).toEqual([['run', 'passed']]);
        expect(first.tasks[0]?.task).toMatchObject({
          goal: 'add a --json flag',
          touches: ['**'],
          proof: 'gates',
          gates: ['tests'],
        });
        expect(first).toMatchObject({ run: 'attached', waitingOn: { who: 'Operator' } });
        await mission.executeUpdate(promptMission, say('and document it'));
        const second = await until('R-1', (status) => attached(status) && status.planVersion === 2);
        expect(second.tasks[1]).toMatchObject({ state: 'passed', task: { id: 'run-2', needs: ['run'] } });
        expect(await mission.executeUpdate(handOver, say(''))).toMatchObject({ run: 'handed-over' });
        await expect(mission.executeUpdate(handOver, say(''))).rejects.toThrow();
        const result = (await mission.result()) as Outcome;
        const plans = unpackPlans(await mission.query(missionPlans));
        expect(plans.map(({ version, tasks }) => [version, ...tasks.map((task) => task.id)])).toEqual([
          [1, 'run'],
          [2, 'run', 'run-2'],
          [3, 'run', 'run-2', 'integrate', 'scenarios'],
        ]);
        return result;
      },
    );
    expect(outcome).toMatchObject({ result: 'shipped' });
    const coders = opened.filter(({ role }) => role === 'coder');
    // The second starts from what the first has left, and knows what was asked.
    expect(coders[1]?.tree).not.toBe(coders[0]?.tree);
    expect(JSON.stringify(coders[1]?.brief)).toContain('and document it');
    expect(opened.map(({ role }) => role)).not.toContain('planner');
    expect(merged?.baseCommit).toBe(id('base'));
  });

  it('goes on by itself when it was handed over before the task was done', async () => {
    const { runTools, release } = heldTools();
    const outcome = await working({ ...agents, runTools }, async () => {
      const mission = await start(run('R-2'));
      await until('R-2', ({ tasks }) => tasks.some(({ state }) => state === 'running'));
      await mission.executeUpdate(handOver, say('ship it when it is done'));
      release();
      return mission.result() as Promise<Outcome>;
    });
    expect(outcome).toMatchObject({ result: 'shipped', planVersions: 2 });
  });

  it('says what did not work out, and starts the next prompt from what has passed', async () => {
    let broken = true;
    const outcome = await working(
      {
        ...agents,
        runTools: async (input) =>
          broken && roleOf(input.session) === 'coder'
            ? { ...(await agentStubs.runTools(input)), ending: { tool: 'cannot_do', because: 'there is no such flag' } }
            : agentStubs.runTools(input),
      },
      async () => {
        const mission = await start(run('R-3'));
        const told = await until('R-3', attached);
        expect(told.tasks).toMatchObject([{ task: { id: 'run' }, state: 'cannot-do' }]);
        expect(told.notes).toContain('run: there is no such flag');
        broken = false;
        await mission.executeUpdate(promptMission, say('call it --as-json'));
        const next = await until('R-3', (status) => attached(status) && status.planVersion === 2);
        expect(next.tasks.map(({ task, state }) => [task.id, state])).toEqual([
          ['run-2', 'passed'],
          ['run', 'replaced'],
        ]);
        await mission.executeUpdate(handOver, say(''));
        return mission.result() as Promise<Outcome>;
      },
    );
    expect(outcome.result).toBe('shipped');
  });

  it('is planned like any mission when what was handed over does not work out', async () => {
    const briefed: string[] = [];
    const red = async ({ gate, tree }: { gate: string; tree: string }): Promise<Verdict> =>
      verdict(gate, tree, gate === 'end-to-end' ? 'fail' : 'pass');
    const outcome = await working(
      {
        ...agents,
        runGate: red,
        openSession: async (input) => {
          briefed.push(input.role);
          return agentStubs.openSession(input);
        },
        runTools: async (input) =>
          roleOf(input.session) === 'planner'
            ? { ...(await agentStubs.runTools(input)), ending: { tool: 'cannot_do', because: 'no plan is left' } }
            : agentStubs.runTools(input),
      },
      async () => {
        const mission = await start(run('R-4'));
        await until('R-4', attached);
        await mission.executeUpdate(handOver, say(''));
        return mission.result() as Promise<Outcome>;
      },
    );
    expect(outcome).toMatchObject({ result: 'cannot-do', because: 'no plan is left' });
    expect(briefed).toContain('planner');
  });

  it('tells the agent at work what the person says meanwhile', async () => {
    const inbox: string[] = [];
    let turns = 0;
    const gate = closedGate();
    await working(
      {
        ...agents,
        callModel: async (input: CallModel) => {
          if (roleOf(input.session) === 'coder') inbox.push(...(input.inbox ?? []).map(({ text }) => text));
          return agentStubs.callModel(input);
        },
        runTools: async (input) => {
          const result = await agentStubs.runTools(input);
          if (roleOf(input.session) !== 'coder' || ++turns > 1) return result;
          await gate.opened;
          const { ending: _end, ...more } = result;
          return more;
        },
      },
      async () => {
        const mission = await start(run('R-5'));
        await until('R-5', () => turns === 1);
        await mission.executeUpdate(promptMission, say('call it --as-json'));
        await mission.executeUpdate(steerMission, say('keep the tests small'));
        gate.open();
        const { tasks } = await until('R-5', attached);
        // It was guidance, and no task of its own.
        expect(tasks).toHaveLength(1);
      },
    );
    expect(inbox).toEqual(expect.arrayContaining(['call it --as-json', 'keep the tests small']));
  });

  it('ends when nobody comes back, with the work on its branch', async () => {
    const pushed: Change[] = [];
    const impatient = { ...blueprint, policy: { ...blueprint.policy, approvalDeadline: '1s' } };
    const outcome = await working(
      {
        readBase: async () => ({ ...base, blueprint: impatient }),
        pushBranch: async ({ change }) => {
          pushed.push(change);
          return { pushed: true, already: false };
        },
      },
      async () => (await start(run('R-6'))).result() as Promise<Outcome>,
    );
    expect(pushed).toMatchObject([{ branch: 'signalbox/R-6' }]);
    expect(outcome).toMatchObject({ result: 'cannot-do' });
    expect(outcome.because).toBe(`nobody came back; the work is kept: commit ${pushed[0]?.head}, branch signalbox/R-6`);
  });

  it('says at once what is missing where no model is configured', async () => {
    let installed = 0;
    const outcome = await working(
      {
        prepareRepo: async () => {
          installed++;
          return { layers: 0 };
        },
      },
      async () => (await start(run('R-7'))).result() as Promise<Outcome>,
    );
    expect(outcome).toMatchObject({ result: 'cannot-do', because: expect.stringContaining('ANTHROPIC_API_KEY') });
    expect(installed).toBe(0);
  });

  it('goes on in a new run of its workflow where its history is long, and forgets nothing', async () => {
    const outcome = await working(agents, async () => {
      const mission = await start(run('R-8'), { historyLimit: 40 });
      await until('R-8', attached);
      await mission.executeUpdate(promptMission, say('and document it'));
      await until('R-8', (status) => attached(status) && status.planVersion === 2);
      await mission.executeUpdate(handOver, say(''));
      const result = (await mission.result()) as Outcome;
      expect((await mission.describe()).runId).not.toBe(mission.firstExecutionRunId);
      return result;
    });
    expect(outcome).toMatchObject({ result: 'shipped', planVersions: 3 });
  });

  it('shows what an agent asks, what is spent, and takes the answer and more money', async () => {
    let asked = false;
    const told: string[] = [];
    await working(
      {
        ...agents,
        callModel: async (input: CallModel) => {
          told.push(...(input.inbox ?? []).map(({ text }) => text));
          return agentStubs.callModel(input);
        },
        runTools: async (input) => {
          const result = await agentStubs.runTools(input);
          if (asked || roleOf(input.session) !== 'coder') return result;
          asked = true;
          return { ...result, ending: { tool: 'ask', question: 'Which name?', options: ['--json', '--as-json'] } };
        },
      },
      async () => {
        const mission = await start(run('R-9'));
        const { asked: question } = await until('R-9', (status) => status.asked !== undefined);
        expect(question).toEqual({ node: 'run', question: 'Which name?', options: ['--json', '--as-json'] });
        await mission.executeUpdate(answerMission, say('--as-json'));
        const { asked: open, budget, holders } = await until('R-9', attached);
        expect(open).toBeUndefined();
        expect(holders?.['task/R-9/run']?.spent?.usd).toBeGreaterThan(0);
        const more = await mission.executeUpdate(addBudget, { args: [{ by: operator, text: '', usd: 5 }] });
        expect(more.budget?.limit.usd).toBe((budget?.limit.usd ?? 0) + 5);
      },
    );
    expect(told).toContain('--as-json');
  });

  it('takes no prompts where nobody started it at a terminal', async () => {
    const { runTools, release } = heldTools();
    await working({ ...agents, runTools }, async () => {
      const mission = await start(workItem('R-10'));
      await until('R-10', ({ stage }) => stage !== 'reading');
      await expect(mission.executeUpdate(promptMission, say('more'))).rejects.toThrow();
      await expect(mission.executeUpdate(handOver, say(''))).rejects.toThrow();
      release();
      expect((await mission.query(missionStatus)).run).toBeUndefined();
    });
  });
});
