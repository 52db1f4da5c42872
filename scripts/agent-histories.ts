import type { Finding } from '../schemas/finding.js';
import { workflowId } from '../schemas/names.js';
import { agentStubs, answered, roleOf, turnsOf } from '../test/workflows/agent-stubs.js';
import type { StubbedServer } from '../test/workflows/server.js';
import {
  type AllActivities,
  BLOB,
  changeTask,
  operator,
  planOf,
  verdict,
  withAgents,
} from '../test/workflows/stubs.js';
import { answerMission, handOver, promptMission } from '../workflows/messages.js';
import { approve, type Case, cancel, mission, task, waitFor } from './history-case.js';

// Histories of missions in which models plan, write and review.

const review = (item: string, round: number) => ({ workflow: workflowId.review(item, 'one', round) });
const isCoder = (session: string) => roleOf(session as never) === 'coder';

const agents = withAgents();

const plan = (change: Parameters<typeof planOf>[1][number]): Partial<AllActivities> => ({
  adoptPlan: async ({ version }) => ({ plan: planOf(version, [change]), hash: `hash-${version}` }),
});

const FINDING: Finding = {
  ...{ id: 'ab'.repeat(8), rule: 'model-correctness', severity: 'blocker', path: 'src/one.ts', line: 3 },
  ...{ message: 'an empty list is not handled', risk: 'low' },
};

function reviewed(judgement: 'resolved' | 'upheld'): Partial<AllActivities> {
  return {
    ...agents,
    readFindings: async (input) => ({
      ...(await agentStubs.readFindings(input)),
      findings: input.asked.length === 0 && input.since === undefined && input.lens === 'correctness' ? [FINDING] : [],
      earlier: input.asked.map((finding) => ({ finding, state: judgement, why: 'because' })),
    }),
    readCoderOutput: async () => ({
      summary: 'changed it',
      answers: [{ finding: FINDING.id, answer: 'disputed', reason: 'the caller never sends one' }],
    }),
  };
}

export const AGENT_CASES: readonly Case[] = [
  {
    item: 'A-1',
    activities: { ...agents, ...turnsOf(3) },
    keep: {
      'mission-with-agents': mission('A-1'),
      'task-coder-passed': task('A-1', 'one'),
      'review-converged': review('A-1', 1),
    },
  },
  {
    item: 'A-2',
    activities: {
      ...agents,
      ...plan({ ...changeTask('one', [], []), proof: 'test-first' }),
      runGate: async (input) => ({ ...verdict(input.gate, input.tree), cases: BLOB }),
    },
    keep: { 'task-test-first': task('A-2', 'one') },
  },
  {
    item: 'A-3',
    activities: {
      ...agents,
      ...plan(changeTask('one')),
      repair: async () => ({ status: 'cannot-do', because: 'exhausted', index: 3, tried: 3, evidence: BLOB }),
      openSession: async (input) => {
        const opened = await agentStubs.openSession(input);
        const [rung] = opened.route.rungs;
        if (!rung) throw new Error('the stub has a rung');
        return { ...opened, route: { rungs: [rung, { ...rung, tier: 'strong', models: ['model-b'] }], dropped: [] } };
      },
      runTools: async (input) => {
        const result = await agentStubs.runTools(input);
        const first = isCoder(input.session) && input.session.includes('coder-1');
        return first ? { ...result, ending: { tool: 'cannot_do', because: 'too hard' } } : result;
      },
    },
    keep: { 'task-escalated': task('A-3', 'one') },
  },
  {
    item: 'A-4',
    activities: { ...agents, ...turnsOf(8) },
    input: { historyLimit: 40 },
    keep: { 'task-continued-as-new': { ...task('A-4', 'one'), first: true }, 'task-continued-run': task('A-4', 'one') },
  },
  {
    item: 'A-5',
    activities: reviewed('upheld'),
    drive: approve,
    keep: {
      'mission-disputed-finding': mission('A-5'),
      'review-upheld': review('A-5', 2),
      'archive-done': { workflow: (runId) => workflowId.archive('A-5', runId) },
    },
  },
  {
    item: 'A-6',
    activities: {
      ...agents,
      callModel: async (input) =>
        roleOf(input.session as never) === 'reviewer'
          ? { ...answered, calls: 0, stop: 'refusal', conversation: `${input.session} ${input.n}` }
          : agentStubs.callModel(input),
    },
    drive: approve,
    keep: { 'review-missing-lenses': review('A-6', 1) },
  },
  {
    item: 'A-7',
    activities: {
      ...turnsOf(30),
      ...withAgents({ budget: { usd: 0.05, tokens: 10_000_000, steerAt: 0.8 } }),
    },
    drive: async (server, item) => {
      for (let n = 1; await asksAgain(server, item, n); n++) await approve(server, item, n);
    },
    keep: { 'mission-budget-raised': mission('A-7'), 'approval-budget': { workflow: workflowId.approval('A-7', 1) } },
  },
  {
    item: 'A-8',
    activities: {
      ...agents,
      runTools: async (input) => {
        const result = await agentStubs.runTools(input);
        const first = isCoder(input.session) && input.conversation.endsWith(' 1');
        return first ? { ...result, ending: { tool: 'ask', question: 'Net or gross?', options: [] } } : result;
      },
    },
    drive: async (server, item) => {
      await waitFor(server, item, ({ waitingOn }) => waitingOn?.what.includes('Net or gross') ?? false);
      await order(server, item, answerMission, 'gross');
    },
    keep: { 'mission-asked': mission('A-8'), 'task-asked': task('A-8', 'one') },
  },
  {
    item: 'A-9',
    ticket: { interactive: true },
    activities: agents,
    drive: async (server, item) => {
      await waitFor(server, item, ({ stage }) => stage === 'attached');
      await order(server, item, promptMission, 'and another thing');
      await waitFor(server, item, ({ stage, planVersion }) => stage === 'attached' && planVersion === 2);
      await order(server, item, handOver, 'go on alone');
    },
    keep: { 'mission-run-handed-over': mission('A-9') },
  },
  {
    item: 'A-10',
    activities: {
      ...agents,
      callModel: async (input) => {
        if (isCoder(input.session)) await new Promise((done) => setTimeout(done, 1_500));
        return agentStubs.callModel(input);
      },
    },
    drive: cancel,
    keep: { 'task-coder-cancelled': task('A-10', 'one'), 'mission-cancelled-with-agents': mission('A-10') },
  },
];

/** False when the mission has ended instead. */
async function asksAgain(server: StubbedServer, item: string, n: number): Promise<boolean> {
  let ended = false;
  await waitFor(server, item, ({ outcome, waitingOn }) => {
    ended = outcome !== undefined;
    return ended || waitingOn?.what.endsWith(`approve ${item}`) === true;
  });
  return !ended && n < 10;
}

async function order(
  { client }: StubbedServer,
  item: string,
  update: typeof answerMission,
  text: string,
): Promise<void> {
  await client.workflow.getHandle(workflowId.mission(item)).executeUpdate(update, { args: [{ by: operator, text }] });
}
