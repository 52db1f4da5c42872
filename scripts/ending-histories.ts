import { permanent } from '../activities/failure.js';
import { createDispatcher } from '../gateway/dispatch.js';
import { TASK_QUEUE, workflowId } from '../schemas/names.js';
import { agentStubs, roleOf } from '../test/workflows/agent-stubs.js';
import { answer, questionOf } from '../test/workflows/questions.js';
import { budgetOf, startBudget } from '../test/workflows/scopes.js';
import type { StubbedServer } from '../test/workflows/server.js';
import { changeTask, operator, person, planOf, stubs, withAgents } from '../test/workflows/stubs.js';
import { cancelMission } from '../workflows/messages.js';
import { cancelTriage, triageStatus } from '../workflows/messages-triage.js';
import { type Case, mission, pause, task, waitFor } from './history-case.js';

// Histories of workflows that are cancelled, that fail, and that never end by themselves.

const order = { by: operator, text: 'not needed' };
const one = async ({ version }: { version: number }) => ({ plan: planOf(version, [changeTask('one')]), hash: 'h' });
const cancelNow = ({ client }: StubbedServer, item: string) =>
  client.workflow.getHandle(workflowId.mission(item)).executeUpdate(cancelMission, { args: [order] });

export const ENDING_CASES: readonly Case[] = [
  {
    item: 'E-1',
    activities: {
      planMission: async () => {
        throw permanent('InvalidPlan', 'a plan that can not be');
      },
    },
    keep: { 'mission-failed': mission('E-1') },
  },
  {
    item: 'E-2',
    activities: {
      planMission: one,
      repair: async () => {
        throw permanent('SandboxRefused', 'no sandbox holds here');
      },
    },
    keep: { 'mission-task-broke': mission('E-2'), 'task-broke': task('E-2', 'one') },
  },
  {
    item: 'E-14',
    activities: {
      planMission: async ({ version }) => ({
        plan: planOf(version, [changeTask(version === 1 ? 'one' : 'other')]),
        hash: `h${version}`,
      }),
      repair: async (input) => {
        if (input.touches[0] === 'src/one.ts') await new Promise((done) => setTimeout(done, 1_500));
        return stubs.repair(input);
      },
    },
    drive: async (server, item) => {
      await waitFor(server, item, ({ tasks }) => tasks.some(({ state }) => state === 'running'));
      await server.client.workflow.getHandle(workflowId.task(item, 'one')).cancel();
    },
    keep: { 'mission-task-cancelled': mission('E-14') },
  },
  {
    item: 'E-3',
    activities: { reviewChange: async ({ touches }) => (touches ? [] : [person]) },
    drive: async (server, item) => {
      await waitFor(server, item, ({ waitingOn }) => waitingOn !== undefined);
      await questionOf(server.client, item);
      await cancelNow(server, item);
    },
    keep: {
      'mission-cancelled-at-approval': mission('E-3'),
      'approval-cancelled': { workflow: workflowId.approval('E-3', 1) },
    },
  },
  {
    item: 'E-4',
    activities: { reviewChange: async ({ touches }) => (touches ? [] : [person]) },
    drive: async (server, item) => {
      await waitFor(server, item, ({ waitingOn }) => waitingOn !== undefined);
      await answer(server.client, await questionOf(server.client, item), { decision: 'reject', reason: 'too risky' });
    },
    keep: { 'mission-rejected': mission('E-4'), 'approval-rejected': { workflow: workflowId.approval('E-4', 1) } },
  },
  {
    // The branch has moved when somebody says yes: the mission looks again, and asks again.
    item: 'E-6-people',
    activities: {
      reviewChange: async ({ touches }) => (touches ? [] : [person]),
      verifyAnswer: async (input) => (input.question.id.endsWith('/1') ? { stale: 'h2' } : stubs.verifyAnswer(input)),
    },
    drive: async ({ client }, item) => {
      await answer(client, await questionOf(client, item)).catch(() => undefined);
      await answer(client, await questionOf(client, item, 2));
    },
    keep: {
      'mission-asked-anew': mission('E-6-people'),
      'approval-stale': { workflow: workflowId.approval('E-6-people', 1) },
      'approval-signed': { workflow: workflowId.approval('E-6-people', 2) },
    },
  },
  {
    item: 'E-5',
    activities: {
      ...withAgents(),
      callModel: async (input) => {
        if (roleOf(input.session) === 'reviewer') await new Promise((done) => setTimeout(done, 1_500));
        return agentStubs.callModel(input);
      },
    },
    drive: async (server, item) => {
      const review = server.client.workflow.getHandle(workflowId.review(item, 'one', 1));
      const calls = async () =>
        ((await review.describe()).raw.pendingActivities ?? []).some(({ state }) => state === 2);
      while (!(await calls().catch(() => false))) await pause();
      await cancelNow(server, item);
    },
    keep: {
      'mission-cancelled-in-review': mission('E-5'),
      'review-cancelled': { workflow: workflowId.review('E-5', 'one', 1) },
    },
  },
];

/** Those that no mission brings to their end. */
export interface Alone {
  readonly name: string;
  readonly workflow: string;
  record(server: StubbedServer): Promise<void>;
}

const ENDED = /cancelled|failed/i;
const whatever = (error: unknown) => {
  if (!ENDED.test(String(error))) throw error;
};

const STALL = { kind: 'retrying', workflowId: 'mission/E-20', mission: 'E-20', source: 'linear' } as const;

export const ALONE: readonly Alone[] = [
  {
    name: 'stallWatch-told',
    workflow: workflowId.stallWatch(),
    record: (server) =>
      server.working(
        {
          findStalls: async () => ({
            looked: 3,
            stalls: [{ ...STALL, key: 'stall/retrying/mission/E-20/run/7', detail: 'it fails', remedy: 'mend it' }],
          }),
        },
        async () => {
          await server.client.workflow.execute('stallWatch', {
            taskQueue: TASK_QUEUE,
            workflowId: workflowId.stallWatch(),
            args: [{ noWorkerMs: 1_000, retries: 8, quietMs: 1_000 }],
          });
        },
      ),
  },
  {
    name: 'triage-unreadable',
    workflow: workflowId.triage('linear/E-10'),
    record: (server) =>
      server.working(
        {
          assess: async () => {
            throw permanent('ItemNotFound', 'there is no such item');
          },
        },
        async () => {
          await labelled(server, 'E-10');
          await server.client.workflow.getHandle(workflowId.triage('linear/E-10')).result();
        },
      ),
  },
  {
    name: 'triage-cancelled',
    workflow: workflowId.triage('linear/E-11'),
    record: (server) =>
      server.working(
        {
          assess: async () => ({
            status: 'incomplete',
            title: 't',
            missing: [{ field: 'expected', question: 'What?' }],
          }),
        },
        async () => {
          const triage = server.client.workflow.getHandle(workflowId.triage('linear/E-11'));
          await labelled(server, 'E-11');
          while ((await triage.query(triageStatus)).stage !== 'asking') await pause();
          await triage.executeUpdate(cancelTriage, { args: [order] });
          await triage.result();
        },
      ),
  },
  {
    name: 'archive-failed',
    workflow: workflowId.archive('E-12', 'run'),
    record: (server) =>
      server.working(
        {
          archiveRun: async () => {
            throw permanent('BadInput', 'there is no such run');
          },
        },
        async () => {
          const archive = await startArchive(server, 'E-12');
          await archive.result().catch(whatever);
        },
      ),
  },
  {
    name: 'archive-cancelled',
    workflow: workflowId.archive('E-13', 'run'),
    record: (server) =>
      server.working(
        { archiveRun: () => new Promise((done) => setTimeout(() => done({ seq: 1, missing: 0 }), 1_000)) },
        async () => {
          const archive = await startArchive(server, 'E-13');
          while (!(await archive.describe()).raw.pendingActivities?.length) await pause();
          await archive.cancel();
          await archive.result().catch(whatever);
        },
      ),
  },
  {
    name: 'budget-raised-and-cancelled',
    workflow: workflowId.budget('team/E'),
    record: (server) =>
      server.working({}, async () => {
        await startBudget(server.client, 'team/E', { terms: { usd: 1, tokens: null, per: null } });
        const { handle, raise } = budgetOf(server.client, 'team/E');
        await raise(1);
        await handle.cancel();
        await handle.result().catch(whatever);
      }),
  },
];

function startArchive({ client }: StubbedServer, item: string) {
  return client.workflow.start('archive', {
    taskQueue: TASK_QUEUE,
    workflowId: workflowId.archive(item, 'run'),
    args: [{ item, workflowId: workflowId.mission(item), runId: 'run' }],
  });
}

async function labelled({ client }: StubbedServer, subject: string): Promise<void> {
  await createDispatcher({ client, dedupeMs: 1_000 }).signal({
    ...{ specversion: '1.0', source: 'linear', type: 'ticket.labelled', datacontenttype: 'application/json' },
    ...{ id: 'd', subject, time: new Date().toISOString(), bodyhash: '0'.repeat(64), data: {} },
  });
}
