import { ApplicationFailure } from '@temporalio/common';
import type { OrderTaken } from '../activities/agent-session.js';
import { ensureKpis } from '../adapters/temporal/schedules.js';
import { createDispatcher } from '../gateway/dispatch.js';
import type { ApprovalQuestion, ApprovalTerms } from '../schemas/approval.js';
import { KpiSettings } from '../schemas/kpi.js';
import { TASK_QUEUE, workflowId } from '../schemas/names.js';
import type { Signal } from '../schemas/signal.js';
import { answer } from '../test/workflows/questions.js';
import type { StubbedServer } from '../test/workflows/server.js';
import { type AllActivities, operator, stubs, workItem } from '../test/workflows/stubs.js';
import {
  approvalStatus,
  approvalTouched,
  approvalWaitsFor,
  type MergeQueueStatus,
  mergeQueueStatus,
  replyApproval,
} from '../workflows/messages-standing.js';
import { triageStatus } from '../workflows/messages-triage.js';
import { pause } from './history-case.js';

// Cases of workflows that stand for long, or come again and again: approval, triage, merge queues, watched figures.

export interface Keep {
  readonly server: StubbedServer;
  readonly isKept: (name: string) => boolean;
  /** `first`: the first run of the chain. */
  readonly write: (name: string, workflow: string, first?: true) => Promise<void>;
}

export async function recordStanding(keep: Keep): Promise<void> {
  const cases = {
    'approval-continued-as-new': approvalContinued,
    'approval-talked-and-escalated': approvalTalked,
    'approval-heard': approvalHeard,
    'triage-continued-as-new': triageContinued,
    'mergeQueue-turns': turns,
    'mergeQueue-holder-lost': holderLost,
    'mergeQueue-continued-as-new': queueContinued,
    'kpi-breached': (at: Keep) => kpiRounds(at, 'kpi-breached', 9),
    'kpi-blind': (at: Keep) => kpiRounds(at, 'kpi-blind', undefined),
    'agentSession-spoke': (at: Keep) => spoke(at, 'agentSession-spoke'),
    'agentSession-refused': (at: Keep) =>
      spoke(at, 'agentSession-refused', undefined, { refused: 'mallory is nobody in people.yaml' }),
    'agentSession-continued-as-new': (at: Keep) => spoke(at, 'agentSession-continued-as-new', 40),
    'sweep-found': (at: Keep) =>
      swept(at, 'sweep-found', async () => ({ seen: { A: '1' }, started: ['A'], woken: [] })),
    'sweep-away': (at: Keep) => swept(at, 'sweep-away', () => Promise.reject(ApplicationFailure.nonRetryable('away'))),
  };
  for (const [name, record] of Object.entries(cases)) if (!keep.isKept(name)) await record(keep);
}

async function approvalContinued({ server, write }: Keep): Promise<void> {
  const item = 'H-40';
  const question = standingQuestion(item);
  const id = workflowId.approval(item, 1);
  await server.working({}, async () => {
    const handle = await server.client.workflow.start('approval', {
      ...{ taskQueue: TASK_QUEUE, workflowId: id },
      args: [{ question, source: { kind: 'linear', id: item }, attempt: 1, historyLimit: 15 }],
    });
    while ((await handle.query(approvalStatus)).reminders < 4) await pause();
    await answer(server.client, question, { reason: 'read it' });
    await handle.result();
  });
  await write('approval-continued-as-new', id, true);
  await write('approval-continued-run', id);
}

/** With terms: it is escalated, asked back, handed over, and two say yes, over several runs. */
async function approvalTalked({ server, write }: Keep): Promise<void> {
  const item = 'H-48-people';
  const question = standingQuestion(item, { reminderMs: 700 });
  const id = workflowId.approval(item, 1);
  const counted: AllActivities['verifyAnswer'] = async ({ record }) => ({
    person: { key: record.actor.id, name: record.actor.id },
    ...{ rules: [0], needed: [{ rule: 0, count: 2 }], gone: [] },
  });
  const by = (key: string) => ({ actor: { source: 'cli', id: key } as const });
  await server.working({ verifyAnswer: counted }, async () => {
    const terms: ApprovalTerms = {
      rules: [{ from: { teams: ['shop'] }, count: 2 }],
      escalation: [{ after: '1s', to: { onCall: ['shop'] } }],
    };
    const handle = await server.client.workflow.start('approval', {
      ...{ taskQueue: TASK_QUEUE, workflowId: id },
      args: [{ question, source: { kind: 'linear', id: item }, attempt: 1, historyLimit: 60, terms }],
    });
    while ((await handle.query(approvalStatus)).escalated !== 1) await pause();
    await answer(server.client, question, { ...by('alice'), decision: 'ask-back', reason: 'is it needed?' });
    await handle.executeUpdate(replyApproval, { args: [{ text: 'it is', by: operator }] });
    await answer(server.client, question, { ...by('alice'), decision: 'hand-over', to: { person: 'bob' } });
    await answer(server.client, question, by('alice'));
    const { reminders } = await handle.query(approvalStatus);
    while ((await handle.query(approvalStatus)).reminders < reminders + 6) await pause();
    await answer(server.client, question, by('bob'));
    await handle.result();
  });
  await write('approval-talked-and-escalated', id, true);
  await write('approval-talked-run', id);
}

function standingQuestion(item: string, change: Partial<ApprovalQuestion> = {}): ApprovalQuestion {
  return {
    ...{ id: `${item}/1`, item, action: 'merge', title: 't', head: 'h', planHash: 'p', risk: 'high' },
    ...{ because: ['b'], recommendation: 'r', changedFiles: [], reminderMs: 1_000, deadlineMs: 600_000 },
    ...change,
  };
}

/** What was asked back is answered by a comment on the ticket. */
async function approvalHeard({ server, write }: Keep): Promise<void> {
  const item = 'H-49';
  const question = standingQuestion(item, { reminderMs: 30_000 });
  const id = workflowId.approval(item, 1);
  const readReply = async () => ({ by: 'rita', text: 'yes', comment: 'c-1' });
  await server.working({ readReply }, async () => {
    const handle = await server.client.workflow.start('approval', {
      ...{ taskQueue: TASK_QUEUE, workflowId: id },
      args: [{ question, source: { kind: 'linear', id: item }, attempt: 1, terms: { rules: [], escalation: [] } }],
    });
    await answer(server.client, question, { decision: 'ask-back', reason: 'why?' });
    await handle.signal(approvalTouched, { delivery: 'd-1' });
    while ((await handle.query(approvalStatus)).talk?.[0]?.reply === undefined) await pause();
    await handle.executeUpdate(approvalWaitsFor, { args: [{ person: 'ada' }] });
    await answer(server.client, question);
    await handle.result();
  });
  await write('approval-heard', id);
}

async function triageContinued({ server, write }: Keep): Promise<void> {
  const item = 'H-41';
  const dedupeKey = `linear/${item}`;
  const handle = server.client.workflow.getHandle(workflowId.triage(dedupeKey));
  const labelled = (delivery: string): Signal => ({
    ...{ specversion: '1.0', source: 'linear', type: 'ticket.labelled', datacontenttype: 'application/json' },
    ...{ id: delivery, subject: item, time: new Date().toISOString(), data: {} },
    bodyhash: Buffer.from(delivery).toString('hex').padEnd(64, '0'),
  });
  const held = latch();
  await server.working({ readBase: async (input) => held.opened.then(() => stubs.readBase(input)) }, async () => {
    await server.client.workflow.start('triage', {
      ...{ taskQueue: TASK_QUEUE, workflowId: handle.workflowId },
      args: [{ dedupeKey, source: 'linear', subject: item, dedupeMs: 3_000, historyLimit: 30 }],
    });
    const dispatcher = createDispatcher({ client: server.client, dedupeMs: 3_000, withinMs: 20_000 });
    for (let n = 0; n < 20; n++) {
      await dispatcher.signal(labelled(`delivery ${n}`));
      await pause();
    }
    held.open();
    while ((await handle.query(triageStatus)).stage !== 'done') {
      await dispatcher.signal(labelled(`late ${Date.now()}`));
      await pause();
    }
    await handle.result();
  });
  await write('triage-continued-as-new', handle.workflowId, true);
  await write('triage-continued-run', handle.workflowId);
}

/** The round that sees another level, after one that was well. `value`: undefined fails the measuring. */
async function kpiRounds({ server, write }: Keep, name: string, value: number | undefined): Promise<void> {
  const kpi = KpiSettings.parse({ name, means: 'm', query: 'q', above: 5, samples: 1, every: '1s' });
  const told: string[] = [];
  const measureKpi = async () => {
    if (told.length === 0) return 1;
    if (value === undefined) throw new Error('away');
    return value;
  };
  const tellKpi = async ({ now }: { readonly now: { readonly level: string } }) => void told.push(now.level);
  await server.working({ measureKpi, tellKpi }, async () => {
    await ensureKpis(server.client, [kpi]);
    while (told.length < 2) await pause();
    await ensureKpis(server.client, []);
  });
  for await (const { workflowId, runId } of server.client.workflow.list({ query: 'WorkflowType = "kpi"' })) {
    if (!workflowId.startsWith(`kpi/${name}-`)) continue;
    const { events } = await server.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const isIt = events?.filter(
      ({ activityTaskScheduledEventAttributes: step }) => step?.activityType?.name === 'tellKpi',
    );
    const continued = events?.[0]?.workflowExecutionStartedEventAttributes?.lastCompletionResult;
    if (isIt?.length === 1 && continued) return write(name, workflowId);
  }
  throw new Error(`no round of ${name} saw another level`);
}

/** Created, told, prompted, stopped, silent for a while, and told the end. */
async function spoke(
  { server, write }: Keep,
  name: string,
  historyLimit?: number,
  taken: OrderTaken = 'taken',
): Promise<void> {
  const id = workflowId.agentSession(name);
  let looked = 0;
  const lookAtWork = async () => ({ running: ++looked < 12, said: 'tests' });
  await server.working({ lookAtWork, orderWork: async () => taken }, async () => {
    const { workflow } = server.client;
    await workflow.start('agentSession', {
      ...{ taskQueue: TASK_QUEUE, workflowId: id },
      args: [
        {
          ...{ source: 'linear', session: name, item: 'H-56', beatMs: 400, idleMs: 2_000 },
          ...(historyLimit !== undefined && { historyLimit }),
        },
      ],
    });
    const handle = workflow.getHandle(id);
    const at = { specversion: '1.0', source: 'linear', subject: 'H-56', data: { text: 'five' } };
    await handle.signal('sessionEvent', { ...at, id: 'd-1', type: 'session.created' });
    await handle.signal('sessionTold', { as: 'elicitation', body: 'Which?', key: 'k-1' });
    await handle.signal('sessionEvent', { ...at, id: 'd-2', type: 'session.prompted' });
    await handle.signal('sessionEvent', { ...at, id: 'd-3', type: 'session.stopped' });
    await handle.result();
  });
  await write(name, id, true);
  if (historyLimit !== undefined) await write('agentSession-continued-run', id);
}

/** One round over one tracker. */
async function swept(
  { server, write }: Keep,
  name: string,
  sweepTickets: AllActivities['sweepTickets'],
): Promise<void> {
  const id = `${workflowId.sweep()}-${name}`;
  await server.working({ sweepTickets }, () =>
    server.client.workflow.execute('sweep', {
      ...{ taskQueue: TASK_QUEUE, workflowId: id, args: [{ sources: ['linear'] }] },
    }),
  );
  await write(name, id);
}

async function turns(keep: Keep): Promise<void> {
  const held = latch();
  await onRepo(keep, { repo: 'kept-turns', activities: holding('H-42', held) }, async ({ start, until }) => {
    const first = await start('H-42');
    await until(({ holder }) => holder?.item === 'H-42');
    const second = await start('H-43');
    await until(({ waiting }) => waiting.length === 1);
    held.open();
    await Promise.all([first.result(), second.result()]);
  });
  await keep.write('mergeQueue-turns', workflowId.mergeQueue('kept-turns'));
  await keep.write('mission-waited-for-its-turn', workflowId.mission('H-43'));
}

async function holderLost(keep: Keep): Promise<void> {
  const held = latch();
  const on = { repo: 'kept-lost', activities: holding('H-44', held), more: { lookMs: 1_000 } };
  await onRepo(keep, on, async ({ start, until }) => {
    const lost = await start('H-44');
    await until(({ holder }) => holder?.item === 'H-44');
    const next = await start('H-45');
    await until(({ waiting }) => waiting.length === 1);
    await lost.terminate('by an operator');
    await next.result();
    held.open();
  });
  await keep.write('mergeQueue-holder-lost', workflowId.mergeQueue('kept-lost'));
}

async function queueContinued(keep: Keep): Promise<void> {
  const on = { repo: 'kept-continued', activities: {}, more: { historyLimit: 15 } };
  await onRepo(keep, on, async ({ start }) => {
    const missions = await Promise.all(['H-46', 'H-47', 'H-48', 'H-49'].map(start));
    await Promise.all(missions.map((mission) => mission.result()));
  });
  await keep.write('mergeQueue-continued-as-new', workflowId.mergeQueue('kept-continued'), true);
  await keep.write('mergeQueue-continued-run', workflowId.mergeQueue('kept-continued'));
}

interface OnRepo {
  readonly repo: string;
  readonly activities: Partial<AllActivities>;
  readonly more?: { readonly lookMs?: number; readonly historyLimit?: number };
}

interface Driver {
  start(item: string): ReturnType<StubbedServer['client']['workflow']['start']>;
  until(holds: (status: MergeQueueStatus) => boolean): Promise<void>;
}

export function onRepo(
  { server }: Keep,
  { repo, activities, more }: OnRepo,
  drive: (driver: Driver) => Promise<void>,
): Promise<void> {
  const { workflow } = server.client;
  return server.working(activities, async () => {
    const queue = await workflow.start('mergeQueue', {
      ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.mergeQueue(repo) },
      args: [{ repo, lookMs: 60_000, ...more }],
    });
    await drive({
      start: (item) =>
        workflow.start('mission', {
          ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.mission(item) },
          args: [{ item: workItem(item, { repo }), attempt: 1 }],
        }),
      async until(holds) {
        while (!holds(await queue.query(mergeQueueStatus))) await pause();
      },
    });
  });
}

/** One that keeps its turn until it is let go on. */
function holding(item: string, held: ReturnType<typeof latch>): Partial<AllActivities> {
  return {
    writeProof: async (proof) => {
      if (proof.item.key === item) await held.opened;
      return stubs.writeProof(proof);
    },
  };
}

function latch(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((done) => {
    open = done;
  });
  return { opened, open };
}
