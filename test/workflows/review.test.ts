import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Context } from '@temporalio/activity';
import { type Client, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { CancelledFailure, defaultPayloadConverter } from '@temporalio/common';
import { permanent } from '../../activities/failure.js';
import type { OpenSession, RunTools, ToolsResult } from '../../schemas/agent.js';
import type { Lens } from '../../schemas/blueprint.js';
import type { Finding } from '../../schemas/finding.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import type { ReadFindings, ReviewBriefInput, ReviewInput, ReviewResult } from '../../schemas/review.js';
import { fundsGranted, reviewStatus } from '../../workflows/messages.js';
import type { Grant } from '../../workflows/purse.js';
import { agentStubs, answered } from './agent-stubs.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import { type AllActivities, BLOB, id } from './stubs.js';

const LENSES: readonly Lens[] = ['correctness', 'security', 'simplicity', 'tests'];
const PLENTY: Grant = { allowance: { usd: 1, tokens: 1_000_000 }, share: 0.1 };

const lensOf = (session: string) => LENSES.find((lens) => session.includes(`/${lens}-`)) ?? 'none';

const nothing: ReadFindings = {
  findings: [],
  late: [],
  earlier: [],
  risk: 'low',
  riskBecause: 'a small change',
  unmatched: 0,
};

const found = (severity: Finding['severity'], change: Partial<Finding> = {}): Finding => ({
  ...{ id: '0123456789abcdef', rule: 'model-tests', severity, path: 'src/one.ts', message: 'is not tested' },
  risk: 'medium',
  ...change,
});

function reviewOf(item: string, change: Partial<ReviewInput> = {}): ReviewInput {
  return {
    ...{ item, node: 'one', round: 1, repo: 'parcels', blueprint: BLOB, near: id('base tree') },
    from: { commit: id('base'), tree: id('base tree') },
    to: { commit: id('head'), tree: id('head tree') },
    ...{ since: {}, open: [], lenses: [...LENSES], bar: 'should', steerAt: 0.8 },
    spec: [{ title: 'Goal', from: 'the plan', text: 'mend it' }],
    author: { model: 'model-a', summary: 'I mended it.' },
    ...change,
  };
}

/** The mission's half of the money, played by the test: a workflow that nobody works on, whose signals are answered. */
async function fundedBy(client: Client, item: string, grant: Grant) {
  const mission = await client.workflow.start('mission', {
    taskQueue: 'nobody',
    workflowId: workflowId.mission(item),
    args: [],
  });
  const signals = async (name: string) => {
    const { events } = await mission.fetchHistory();
    return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => {
      const payload = signal?.signalName === name ? signal.input?.payloads?.[0] : undefined;
      return payload ? [defaultPayloadConverter.fromPayload<{ holder: string }>(payload)] : [];
    });
  };
  let over = false;
  const answering = (async () => {
    for (let given = 0; !over; await new Promise((done) => setTimeout(done, 20))) {
      for (const { holder } of (await signals('fundsWanted')).slice(given)) {
        given++;
        await client.workflow.getHandle(holder).signal(fundsGranted, grant);
      }
    }
  })();
  return {
    returned: () => signals('fundsReturned'),
    async close() {
      over = true;
      await answering;
      await mission.terminate();
    },
  };
}

describe('a review by models', () => {
  let server: StubbedServer;
  beforeAll(async () => {
    server = await startStubbedServer();
  });
  afterAll(() => server?.close());

  const start = (input: ReviewInput) =>
    server.client.workflow.start<(input: ReviewInput) => Promise<ReviewResult>>('review', {
      taskQueue: TASK_QUEUE,
      workflowId: workflowId.review(input.item, input.node, input.round),
      args: [input],
    });

  async function reviewed<Result>(
    input: ReviewInput,
    activities: Partial<AllActivities>,
    work: (
      handle: WorkflowHandle<(input: ReviewInput) => Promise<ReviewResult>>,
      returned: () => Promise<unknown>,
    ) => Promise<Result>,
    grant = PLENTY,
  ): Promise<Result> {
    const money = await fundedBy(server.client, input.item, grant);
    try {
      return await server.working(activities, async () => work(await start(input), money.returned));
    } finally {
      await money.close();
    }
  }

  it('is one reviewer for each lens, side by side, none of them the author', async () => {
    const sessions: OpenSession[] = [];
    const waiting: (() => void)[] = [];
    const asked: unknown[] = [];
    const { result, status, returned } = await reviewed(
      reviewOf('R-1'),
      {
        openSession: async (input) => {
          sessions.push(input);
          return agentStubs.openSession(input);
        },
        // Nobody is answered before all four have asked: one after the other they would wait for ever.
        callModel: async (input) => {
          await new Promise<void>((go) => {
            waiting.push(go);
            if (waiting.length === LENSES.length) for (const each of waiting) each();
          });
          return agentStubs.callModel(input);
        },
        readFindings: async (input) => {
          asked.push(input);
          const { lens } = input;
          if (lens === 'security') return { ...nothing, risk: 'medium', riskBecause: 'it parses input' };
          return lens === 'tests' ? { ...nothing, findings: [found('blocker')] } : nothing;
        },
      },
      async (handle, back) => ({
        result: await handle.result(),
        status: await handle.query(reviewStatus),
        returned: await back(),
      }),
    );
    expect(sessions.map(({ lens }) => lens).sort()).toEqual(LENSES);
    expect(new Set(sessions.map(({ key }) => key)).size).toBe(4);
    for (const session of sessions) {
      expect(session).toMatchObject({ role: 'reviewer', kind: 'review', tree: id('head tree'), avoid: ['model-a'] });
      expect(session.brief[0]).toMatchObject({ title: 'Goal' });
    }
    expect(asked).toContainEqual({
      ...{ repo: 'parcels', lens: 'tests', from: id('base'), to: id('head'), bar: 'should', asked: [] },
      output: expect.objectContaining({ mediaType: 'application/json' }),
    });
    expect(result).toMatchObject({
      ...{ round: 1, commit: id('head'), findings: [found('blocker')], reviewed: LENSES, missing: [] },
      // The highest of all lenses.
      ...{ risk: 'medium', because: 'security: it parses input' },
      cost: { usd: 0.0044, usage: { input: 400, output: 40 } },
    });
    expect(result.firstFindingMs).toBeGreaterThan(0);
    expect(status).toMatchObject({
      lenses: { tests: { state: 'reported', findings: 1, detail: 'a small change' } },
    });
    expect(status.turns).toHaveLength(4);
    expect(returned).toEqual([{ holder: 'review/R-1/one/1', spent: result.cost }]);
  });

  it('counts a lens that did not report as missing, with the reason, whatever it was', async () => {
    const result = await reviewed(
      reviewOf('R-2'),
      {
        callModel: async (input) => {
          const lens = lensOf(input.session);
          if (lens === 'security') throw permanent('ModelRefused', 'every model refuses this call');
          if (lens !== 'simplicity') return agentStubs.callModel(input);
          return { ...answered, stop: 'refusal', calls: 0, said: 'I may not', conversation: input.conversation };
        },
        runTools: async (input) => {
          if (lensOf(input.session) !== 'tests') return agentStubs.runTools(input);
          const ending = { tool: 'cannot_do', because: 'the files can not be read' } as const;
          return { ...(await agentStubs.runTools(input)), ending };
        },
      },
      (handle) => handle.result(),
    );
    expect(result.reviewed).toEqual(['correctness']);
    expect(result.missing).toEqual([
      { lens: 'security', why: 'every model refuses this call' },
      { lens: 'simplicity', why: 'model-a refused: I may not' },
      { lens: 'tests', why: 'the files can not be read' },
    ]);
  });

  it('counts a report that can not be read as missing', async () => {
    const result = await reviewed(
      reviewOf('R-3', { lenses: ['tests'] }),
      {
        readFindings: async () => {
          throw permanent('BadInput', 'what the reviewer handed in was refused');
        },
      },
      (handle) => handle.result(),
    );
    expect(result).toMatchObject({
      ...{ reviewed: [], missing: [{ lens: 'tests', why: 'what the reviewer handed in was refused' }] },
      ...{ risk: 'high', because: 'no lens reported', firstFindingMs: null },
    });
  });

  it('is missing as a whole when there is no money for it', async () => {
    const result = await reviewed(reviewOf('R-4'), {}, (handle) => handle.result(), { allowance: null, share: 1 });
    expect(result.missing.map(({ why }) => why)).toEqual(LENSES.map(() => 'the budget is used up'));
    expect(result).toMatchObject({ risk: 'high', cost: { usd: 0 } });
  });

  it('reads only what is new since each lens last reported, and judges what was answered', async () => {
    const briefs: ReviewBriefInput[] = [];
    const open = { finding: found('blocker'), answer: { answer: 'fixed', reason: 'I added a test' } } as const;
    const result = await reviewed(
      // Security did not report in the first round: it has to read all of the change.
      reviewOf('R-5', { round: 2, since: { tests: id('seen'), simplicity: id('seen') }, open: [open] }),
      {
        reviewBrief: async (input) => {
          briefs.push(input);
          if (input.lens === 'tests') return agentStubs.reviewBrief(input);
          return input.lens === 'security'
            ? { files: 1, chunks: [{ brief: [], asked: [] }] }
            : { files: 0, chunks: [] };
        },
      },
      (handle) => handle.result(),
    );
    const since = Object.fromEntries(briefs.map((each) => [each.lens, each.since]));
    expect(since).toEqual({
      ...{ correctness: undefined, security: undefined, tests: id('seen'), simplicity: id('seen') },
    });
    expect(briefs[0]).toMatchObject({ from: id('base'), to: id('head'), open: [open], summary: 'I mended it.' });
    expect(result.earlier).toEqual([{ finding: '0123456789abcdef', state: 'resolved', why: 'it is gone' }]);
    // Nothing is new to simplicity, whose last report stands; correctness has none, and nothing to read either.
    expect(result.reviewed).toEqual(['security', 'simplicity', 'tests']);
    expect(result.missing).toEqual([{ lens: 'correctness', why: 'the change is empty' }]);
  });

  it('spreads a large change over several reviewers, and misses the lens when one of them does not report', async () => {
    const result = await reviewed(
      reviewOf('R-6', { lenses: ['tests', 'security'] }),
      {
        reviewBrief: async () => ({ files: 9, chunks: [1, 2, 3].map(() => ({ brief: [], asked: [] })) }),
        callModel: async (input) => {
          if (input.session.includes('/tests-2')) throw permanent('ModelRefused', 'too long for every model');
          return agentStubs.callModel(input);
        },
        readFindings: async ({ lens }) => (lens === 'tests' ? { ...nothing, findings: [found('blocker')] } : nothing),
      },
      (handle) => handle.result(),
    );
    expect(result.missing).toEqual([{ lens: 'tests', why: 'too long for every model' }]);
    expect(result.reviewed).toEqual(['security']);
    // What its other parts found is not lost, and two that found the same found one thing.
    expect(result.findings).toEqual([found('blocker')]);
  });

  it('closes its workspaces and gives its money back when it is cancelled', async () => {
    const opened = new Set<string>();
    const closed: string[] = [];
    const returned = await reviewed(
      reviewOf('R-7'),
      {
        runTools: async (input: RunTools): Promise<ToolsResult> => {
          opened.add(input.session);
          const { ending: _, ...result } = await agentStubs.runTools(input);
          return result;
        },
        callModel: async (input) => {
          if (input.n === 1) return agentStubs.callModel(input);
          const { heartbeat, cancelled } = Context.current();
          const beat = setInterval(heartbeat, 50);
          await cancelled.catch(async (error) => {
            // One of them takes longer to stop than the others: it is waited for.
            if (lensOf(input.session) === 'security') await new Promise((done) => setTimeout(done, 500));
            clearInterval(beat);
            throw error;
          });
          return agentStubs.callModel(input);
        },
        closeWorkspace: async ({ session }) => {
          closed.push(session);
        },
      },
      async (handle, back) => {
        while ((await handle.query(reviewStatus)).turns.length < LENSES.length) {
          await new Promise((done) => setTimeout(done, 25));
        }
        await handle.cancel();
        const error = await handle.result().catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(WorkflowFailedError);
        expect((error as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
        return back();
      },
    );
    expect(closed.sort()).toEqual([...opened].sort());
    expect(closed).toHaveLength(4);
    expect(returned).toMatchObject([{ holder: 'review/R-7/one/1' }]);
  });
});
