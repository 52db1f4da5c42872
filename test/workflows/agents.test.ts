import { describe, expect, it } from '@jest/globals';
import type { CallModel, Notice, OpenSession, RunTools, ToolsResult } from '../../schemas/agent.js';
import type { LedgerEntry } from '../../schemas/ledger.js';
import { workflowId } from '../../schemas/names.js';
import { agentStubs, answered, roleOf } from './agent-stubs.js';
import { useMissions } from './missions.js';
import { type AllActivities, BLOB, changeTask, id, planOf, stubs, verdict, withAgents, workItem } from './stubs.js';

// What tasks do with agents: the rungs, the loop of turns, and what goes back to the agent. The agents are stubs.

const missions = useMissions();

/** What the agents were told and did, by role. */
function recorder(tools?: (input: RunTools, n: number) => Partial<ToolsResult> | undefined) {
  const opened: OpenSession[] = [];
  const calls: CallModel[] = [];
  const ledger: LedgerEntry[] = [];
  const turns = new Map<string, number>();
  const activities: Partial<AllActivities> = {
    ...withAgents(),
    openSession: async (input) => {
      opened.push(input);
      return agentStubs.openSession(input);
    },
    callModel: async (input) => {
      calls.push(input);
      return agentStubs.callModel(input);
    },
    runTools: async (input) => {
      const n = (turns.get(input.session) ?? 0) + 1;
      turns.set(input.session, n);
      const result = await agentStubs.runTools(input);
      const changed = tools?.(input, n);
      if (!changed) return result;
      const { ending, ...rest } = { ...result, ...changed };
      return { ...rest, ...(ending && { ending }) };
    },
    recordAttempt: async (entry) => {
      ledger.push(entry);
    },
  };
  const told = (role: string) =>
    calls.filter(({ session }) => roleOf(session as never) === role).flatMap(({ inbox }) => inbox ?? ([] as Notice[]));
  return { opened, calls, ledger, activities, told };
}

async function ended(item: ReturnType<typeof workItem>, activities: Partial<AllActivities>, more = {}) {
  return missions.working(activities, async () => (await missions.start(item, more)).result());
}

const onePlan = (change: Partial<ReturnType<typeof changeTask>> = {}): Partial<AllActivities> => ({
  adoptPlan: async ({ version }) => ({
    plan: planOf(version, [{ ...changeTask('one', [], []), ...change }]),
    hash: `hash-${version}`,
  }),
});

describe('a mission with agents', () => {
  it('is planned, coded, reviewed and merged, and says what each stage cost', async () => {
    const { opened, activities, ledger } = recorder();
    const outcome = await ended(workItem('AGENT-1'), activities);
    expect(outcome).toMatchObject({ result: 'shipped' });
    expect(opened.map(({ role }) => role).sort()).toEqual(['coder', 'critic', 'planner', ...Array(4).fill('reviewer')]);
    expect(ledger).toMatchObject([{ role: 'coder', result: 'passed', model: 'model-a', turns: 1 }]);
    const { spend, stages } = outcome as { spend: { usd: number }; stages: { cost?: { usd: number } }[] };
    expect(spend.usd).toBeCloseTo(7 * 0.0011);
    expect(stages.reduce((sum, { cost }) => sum + (cost?.usd ?? 0), 0)).toBeCloseTo(spend.usd);
  });

  it('has its plan criticised by another model than the planner', async () => {
    let objections = ['the order is wrong'];
    const { opened, activities, told } = recorder();
    const outcome = await ended(workItem('AGENT-2'), {
      ...activities,
      readObjections: async () => {
        const now = objections;
        objections = [];
        return now;
      },
    });
    expect(outcome).toMatchObject({ result: 'shipped' });
    expect(told('planner').map(({ text }) => text)).toEqual([expect.stringContaining('- the order is wrong')]);
    expect(opened.filter(({ role }) => role === 'critic').map(({ avoid }) => avoid)).toEqual([
      ['model-a'],
      ['model-a'],
    ]);
  });

  it('asks the reporter once what only the reporter can say', async () => {
    let questions: readonly string[] = ['which currency?'];
    const { activities, told } = recorder();
    const { mayAsk, outcome } = await missions.working(
      {
        ...activities,
        adoptPlan: async (input) => {
          const now = questions;
          questions = [];
          return now.length > 0 ? { questions: now } : { ...(await stubs.adoptPlan(input)), mayAsk: input.mayAsk };
        },
      } as Partial<AllActivities>,
      async () => {
        const handle = await missions.start(workItem('AGENT-3'));
        const waiting = await missions.until(
          'AGENT-3',
          ({ waitingOn }) => waitingOn?.what.includes('currency') ?? false,
        );
        await handle.executeUpdate('answerMission', { args: [{ by: { id: 'ada' }, text: 'euros' }] });
        return { mayAsk: waiting.waitingOn?.who, outcome: await handle.result() };
      },
    );
    expect(mayAsk).toBe('an answer');
    expect(outcome).toMatchObject({ result: 'shipped' });
    expect(told('planner')).toEqual([{ from: 'the reporter', text: 'euros' }]);
  });
});

describe('a coder', () => {
  it('is told which gate is red, with its log, and goes on in the same conversation', async () => {
    let red = true;
    const { opened, activities, told } = recorder();
    const outcome = await ended(workItem('CODER-1'), {
      ...activities,
      runGate: async ({ gate, tree }) => {
        const answer = verdict(gate, tree, red && gate === 'tests' && tree !== id('base tree') ? 'fail' : 'pass');
        if (answer.outcome === 'fail') red = false;
        return { ...answer, log: BLOB };
      },
    });
    expect(outcome).toMatchObject({ result: 'shipped' });
    expect(told('coder')).toEqual([
      { from: 'gates', text: 'tests is red: fail', blobs: [BLOB] },
      { from: 'budget', text: 'So far: $0.0011, 1 of 5 turns.' },
    ]);
    expect(opened.filter(({ role }) => role === 'coder')).toHaveLength(1);
  });

  it('that does not get through hands its evidence to the next rung, which starts from a fresh tree', async () => {
    const { opened, activities, ledger } = recorder((input, n) =>
      roleOf(input.session as never) === 'coder' && input.session.includes('coder-1')
        ? { ending: { tool: 'cannot_do', because: 'too hard for me' } }
        : n > 99
          ? {}
          : undefined,
    );
    const rung = (await agentStubs.openSession({ role: 'coder', key: '' } as OpenSession)).route.rungs[0];
    if (!rung) throw new Error('no rung');
    const outcome = await ended(workItem('CODER-2'), {
      ...activities,
      openSession: async (input) => ({
        ...((await activities.openSession?.(input)) ?? (await agentStubs.openSession(input))),
        route: { rungs: [rung, { ...rung, tier: 'strong', models: ['model-b'] }], dropped: [] },
      }),
    });
    expect(outcome).toMatchObject({ result: 'shipped' });
    const coders = opened.filter(({ role }) => role === 'coder');
    expect(coders.map(({ tree }) => tree)).toEqual([id('base tree'), id('base tree')]);
    expect(coders[1]?.brief.at(-1)?.text).toContain('too hard for me');
    expect(ledger.map(({ result }) => result)).toEqual(['failed', 'passed']);
  });

  it('does not touch the tests that were written before it', async () => {
    const { opened, activities } = recorder();
    const outcome = await ended(workItem('CODER-3'), {
      ...activities,
      ...onePlan({ proof: 'test-first' }),
      runGate: async (input) => ({ ...verdict(input.gate, input.tree), cases: BLOB }),
    });
    expect(outcome).toMatchObject({ result: 'shipped' });
    const [tester, coder] = opened.filter(({ role }) => role === 'tester' || role === 'coder');
    expect(tester).toMatchObject({ role: 'tester', scope: { allow: ['test/**'] } });
    expect(coder).toMatchObject({ role: 'coder', scope: { deny: ['test/**'] } });
    expect(coder?.brief.map(({ text }) => text).join('\n')).toContain('test/new.test.ts::new');
    expect(coder?.tree).not.toBe(id('base tree'));
  });

  it('that runs in circles is stopped', async () => {
    const circles = recorder((input) => {
      if (roleOf(input.session as never) !== 'coder') return undefined;
      return { digest: 'the same', ending: undefined as never };
    });
    const roomy: Partial<AllActivities> = {
      openSession: async (input) => ({ ...(await agentStubs.openSession(input)), maxTurns: 50 }),
    };
    const first = await ended(workItem('CODER-4'), { ...circles.activities, ...roomy });
    expect(first).toMatchObject({ result: 'cannot-do' });
    expect(JSON.stringify(first)).toContain('re-plans did not help');
    expect(circles.told('coder').map(({ from }) => from)).toContain('signalbox');
  });

  it('that never calls a tool is stopped', async () => {
    const silent = await ended(workItem('CODER-5'), {
      ...withAgents(),
      callModel: async (input) =>
        roleOf(input.session as never) === 'coder'
          ? { ...answered, calls: 0, stop: 'end', conversation: `${input.session} ${input.n}` }
          : agentStubs.callModel(input),
    });
    expect(silent).toMatchObject({ result: 'cannot-do' });
  });

  it('has its conversation compacted before it overflows', async () => {
    const compacted: CallModel[] = [];
    const { activities } = recorder((input, n) =>
      roleOf(input.session as never) === 'coder' && n < 3
        ? { context: 100_000, ending: undefined as never }
        : undefined,
    );
    const outcome = await ended(workItem('CODER-6'), {
      ...activities,
      compactConversation: async (input) => {
        compacted.push(input);
        return agentStubs.compactConversation(input);
      },
      callModel: async (input) => {
        const context = roleOf(input.session as never) === 'coder' && compacted.length === 0 ? 90_000 : 1000;
        return { ...(await agentStubs.callModel(input)), context };
      },
    });
    expect(outcome).toMatchObject({ result: 'shipped' });
    expect(compacted).toHaveLength(1);
    expect(compacted[0]).toMatchObject({ n: 2 });
  });

  it('keeps its conversation as long as the answer that its model can give still fits', async () => {
    const { activities } = recorder((input, n) =>
      roleOf(input.session as never) === 'coder' && n < 3 ? { digest: `${n}`, ending: undefined as never } : undefined,
    );
    const compacted: CallModel[] = [];
    const outcome = await ended(workItem('CODER-8'), {
      ...activities,
      openSession: async (input) => {
        const opened = await agentStubs.openSession(input);
        const small = { contextTokens: 32_000, maxOutputTokens: 8_000 };
        const rungs = opened.route.rungs.map((rung) => ({ ...rung, ...small }));
        return { ...opened, route: { ...opened.route, rungs } };
      },
      callModel: async (input) => ({ ...(await agentStubs.callModel(input)), context: 15_000 }),
      compactConversation: async (input) => {
        compacted.push(input);
        return agentStubs.compactConversation(input);
      },
    });
    expect(outcome).toMatchObject({ result: 'shipped' });
    expect(compacted).toEqual([]);
  });

  it('goes on in a new run of its workflow when the history is long, with everything that it knew', async () => {
    const { activities, opened } = recorder((input, n) =>
      roleOf(input.session as never) === 'coder' && n < 4
        ? { digest: `turn ${n}`, ending: undefined as never }
        : undefined,
    );
    const { outcome, runs } = await missions.working(activities, async () => {
      const handle = await missions.start(workItem('CODER-7'), { historyLimit: 30 });
      const result = await handle.result();
      const history = missions.client().workflow.list({ query: `WorkflowId = '${workflowId.task('CODER-7', 'one')}'` });
      let count = 0;
      for await (const _run of history) count++;
      return { outcome: result, runs: count };
    });
    expect(outcome).toMatchObject({ result: 'shipped' });
    expect(opened.filter(({ role }) => role === 'coder')).toHaveLength(1);
    expect(runs).toBeGreaterThan(1);
  });
});
