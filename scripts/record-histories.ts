import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { createDispatcher } from '../gateway/dispatch.js';
import { TASK_QUEUE, workflowId } from '../schemas/names.js';
import { loadConfig } from '../temporal.config.js';
import { sealHistories } from '../test/kept-histories.js';
import { startStubbedServer } from '../test/workflows/server.js';
import { BLOB, changeTask, id, operator, person, planOf, verdict, workItem } from '../test/workflows/stubs.js';
import { answerTriage, triageStatus } from '../workflows/messages-triage.js';
import { AGENT_CASES } from './agent-histories.js';
import { BUDGET_CASES } from './budget-histories.js';
import { CHANGE_CASES, recordBatches, recordSets } from './change-histories.js';
import { recordChat } from './chat-histories.js';
import { ALONE, ENDING_CASES } from './ending-histories.js';
import { approve, type Case, cancel, mission, pause, task } from './history-case.js';
import { recordStanding } from './standing-histories.js';
import { STOP_CASES } from './stop-histories.js';
import { recordClaims, recordIncidents, recordWriteBack } from './triage-histories.js';
import { recordVerdicts } from './verdict-histories.js';

// Adds a history for each case that has none yet. What is kept is never recorded again: shipped code must resume every
// history ever written.

const DIRECTORY = join(loadConfig().installDir, 'test/histories');

const one = async ({ version }: { version: number }) => ({ plan: planOf(version, [changeTask('one')]), hash: 'h' });

const CASES: readonly Case[] = [
  {
    item: 'H-1',
    activities: {},
    keep: {
      'mission-shipped': mission('H-1'),
      'task-change-passed': task('H-1', 'one'),
      'task-integrate-passed': task('H-1', 'integrate'),
    },
  },
  {
    item: 'H-2',
    activities: {
      planMission: async (input) =>
        input.previous ? { cannotDo: 'no other plan is left', evidence: ['one: exhausted'] } : one(input),
      repair: async () => ({ status: 'cannot-do', because: 'exhausted', index: 3, tried: 3, evidence: BLOB }),
    },
    keep: { 'mission-cannot-do': mission('H-2'), 'task-cannot-do': task('H-2', 'one') },
  },
  {
    item: 'H-3',
    activities: {
      planMission: async ({ version, previous }) => ({
        plan: planOf(version, previous ? [changeTask('two-1'), changeTask('two-2', ['two-1'])] : [changeTask('two')]),
        hash: `h${version}`,
      }),
      repair: async (input) =>
        input.touches[0] === 'src/two.ts'
          ? { status: 'cannot-do', because: 'exhausted', index: 3, tried: 3, evidence: BLOB }
          : {
              status: 'plausible',
              commit: id(input.touches[0] ?? ''),
              tree: id('t'),
              candidate: 'c',
              summary: 's',
              confidence: 'high',
              index: 1,
              tried: 1,
              evidence: BLOB,
            },
    },
    keep: { 'mission-replanned': mission('H-3') },
  },
  {
    item: 'H-4',
    activities: {
      planMission: async ({ version }) => ({
        plan: planOf(version, [changeTask('one'), changeTask('two', ['one']), changeTask('three', ['two'])]),
        hash: 'h',
      }),
    },
    input: { historyLimit: 60 },
    keep: { 'mission-continued-as-new': { ...mission('H-4'), first: true }, 'mission-continued-run': mission('H-4') },
  },
  {
    item: 'H-5',
    activities: { reviewChange: async ({ touches }) => (touches ? [] : [person]) },
    drive: approve,
    keep: { 'mission-approved': mission('H-5'), 'approval-approved': { workflow: workflowId.approval('H-5', 1) } },
  },
  {
    item: 'H-6',
    activities: {
      repair: () =>
        new Promise((done) =>
          setTimeout(() => done({ status: 'cannot-do', because: 'late', index: 0, tried: 0, evidence: BLOB }), 1_500),
        ),
    },
    drive: cancel,
    keep: { 'mission-cancelled': mission('H-6'), 'task-cancelled': task('H-6', 'one') },
  },
  {
    item: 'H-7',
    activities: {
      planMission: one,
      repair: async ({ rejected }) => ({
        status: 'plausible',
        commit: id('c'),
        tree: id(`t${rejected.length}`),
        candidate: `c${rejected.length}`,
        summary: 's',
        confidence: 'high',
        index: 1,
        tried: 1,
        evidence: BLOB,
      }),
      runGate: async ({ gate, tree }) => verdict(gate, tree, tree === id('t0') ? 'fail' : 'pass'),
    },
    keep: { 'task-second-iteration': task('H-7', 'one') },
  },
  {
    item: 'H-8',
    activities: {
      pushBranch: (() => {
        let pushes = 0;
        return async () => (++pushes === 1 ? { moved: id('person') } : { pushed: true, already: false });
      })(),
    },
    keep: { 'mission-persons-commits': mission('H-8') },
  },
];

const server = await startStubbedServer();
try {
  mkdirSync(DIRECTORY, { recursive: true });
  const all = [...CASES, ...AGENT_CASES, ...BUDGET_CASES, ...STOP_CASES, ...ENDING_CASES, ...CHANGE_CASES];
  for (const one of all) await record(one);
  await recordTriage();
  await recordHousekeeping();
  for (const { name, workflow, record } of ALONE) {
    if (isKept(name)) continue;
    await record(server);
    await write(name, workflow);
  }
  await recordStanding({ server, isKept, write });
  await recordBatches({ server, isKept, write });
  await recordSets({ server, isKept, write });
  await recordClaims({ server, isKept, write });
  await recordWriteBack({ server, isKept, write });
  await recordIncidents({ server, isKept, write });
  await recordVerdicts({ server, isKept, write });
  await recordChat({ server, isKept, write });
  sealHistories(DIRECTORY);
} finally {
  await server.close();
}

async function record({ item, ticket, activities, input, drive, keep }: Case): Promise<void> {
  if (Object.keys(keep).every(isKept)) return;
  const runs = await server.working(activities, async () => {
    const handle = await server.client.workflow.start('mission', {
      taskQueue: TASK_QUEUE,
      workflowId: workflowId.mission(item),
      // The first one loads the code, which takes a busy machine longer than the usual 10 seconds.
      workflowTaskTimeout: '1 minute',
      args: [{ item: workItem(item, ticket), attempt: 1, ...input }],
    });
    await drive?.(server, item);
    await handle.result();
    const { firstExecutionRunId } = handle;
    await server.client.workflow.getHandle(workflowId.archive(item, firstExecutionRunId)).result();
    return firstExecutionRunId;
  });
  for (const [name, { workflow, first }] of Object.entries(keep)) {
    await write(name, typeof workflow === 'string' ? workflow : workflow(runs), first);
  }
}

async function write(name: string, workflow: string, first?: true): Promise<void> {
  if (isKept(name)) return;
  const { raw } = await server.client.workflow.getHandle(workflow).describe();
  const runId = first ? raw.workflowExecutionInfo?.firstRunId : raw.workflowExecutionInfo?.execution?.runId;
  const history = await server.client.workflow.getHandle(workflow, runId ?? undefined).fetchHistory();
  writeFileSync(fileOf(name), withoutStackTraces(historyToJSON(history)));
  process.stderr.write(`recorded ${name}: ${history.events?.length} events\n`);
}

async function recordTriage(): Promise<void> {
  if (isKept('triage-asked-and-done')) return;
  const item = 'H-9';
  const handle = server.client.workflow.getHandle(workflowId.triage(`linear/${item}`));
  await server.working(
    {
      assess: async ({ answers, subject }) =>
        answers.length > 0
          ? { status: 'ready', item: workItem(subject) }
          : { status: 'incomplete', title: 't', missing: [{ field: 'expected', question: 'What?' }] },
    },
    async () => {
      const time = new Date().toISOString();
      const shape = {
        specversion: '1.0',
        source: 'linear',
        type: 'ticket.labelled',
        datacontenttype: 'application/json',
      } as const;
      await createDispatcher({ client: server.client, dedupeMs: 3_000 }).signal({
        ...shape,
        id: 'd',
        subject: item,
        time,
        bodyhash: '0'.repeat(64),
        data: {},
      });
      while ((await handle.query(triageStatus)).stage !== 'asking') await pause();
      await handle.executeUpdate(answerTriage, { args: [{ text: 'It should work.', by: operator }] });
      await handle.result();
    },
  );
  await write('triage-asked-and-done', handle.workflowId);
}

async function recordHousekeeping(): Promise<void> {
  for (const [name, host] of [
    ['housekeeping-tidied', 'stub'],
    ['housekeeping-away', 'gone'],
  ] as const) {
    if (isKept(name)) continue;
    await server.working({}, () =>
      server.client.workflow.execute('housekeeping', {
        taskQueue: TASK_QUEUE,
        workflowId: workflowId.housekeeping(host),
        args: [{ host, patienceMs: 1_000 }],
      }),
    );
    await write(name, workflowId.housekeeping(host));
  }
}

/** A stack trace names paths of the machine that records, and no replay reads it. */
function withoutStackTraces(json: string): string {
  return JSON.stringify(
    JSON.parse(json, (key, value) => (key === 'stackTrace' ? '' : value)),
    null,
    2,
  );
}

function isKept(name: string): boolean {
  return existsSync(fileOf(name));
}

function fileOf(name: string): string {
  return join(DIRECTORY, `${name}.json`);
}
