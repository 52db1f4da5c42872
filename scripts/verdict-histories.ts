import type { WorkflowHandle } from '@temporalio/client';
import { signatureOf } from '../activities/fingerprint.js';
import type { Verdict } from '../activities/triage-verdicts.js';
import { TASK_QUEUE, workflowId } from '../schemas/names.js';
import type { Signal } from '../schemas/signal.js';
import { alertsStart } from '../schemas/triage-start.js';
import { type AllActivities, BLOB, operator, stubs, workItem } from '../test/workflows/stubs.js';
import {
  answerTriage,
  correctTriage,
  incidentStatus,
  incidentWork,
  signalReceived,
  type TriageStatus,
  triageStatus,
} from '../workflows/messages-triage.js';
import { pause } from './history-case.js';
import type { Keep } from './standing-histories.js';

// Cases of what is not worked on as it is, of who is told in time, and of what models say where rules end.

const NAMES = [
  'triage-told-in-time',
  'triage-declined',
  'triage-split',
  'mission-part-of-another',
  'incident-analysed',
];

function signal(subject: string, change: Partial<Signal> = {}): Signal {
  return {
    ...{ specversion: '1.0', source: 'linear', type: 'ticket.labelled', datacontenttype: 'application/json' },
    ...{ id: `delivery of ${subject}`, subject, time: new Date().toISOString(), data: {} },
    bodyhash: Buffer.from(subject).toString('hex').padEnd(64, '0'),
    ...change,
  };
}

function verdict(item: string, kind: Verdict['kind'], by: Verdict['by']): Verdict {
  const source = { kind: 'linear', id: item } as const;
  const told = { key: item, source, title: 'Labels print twice', text: 'Each label comes twice.' };
  const whole: NonNullable<Verdict['split']>['whole'] = { kind: 'linear', id: item, item, labels: [], risk: 'low' };
  return {
    ...{ kind, by, id: '0123456789abcdef', because: 'model-a: it is no work on this code', title: told.title },
    claim: { item, source, title: told.title, signature: signatureOf(told) },
    stood: { by, answers: 0, given: 0 },
    ...(kind === 'split' && { split: { parts: BLOB, titles: ['One', 'Two'], whole, repo: 'parcels' } }),
  };
}

const ACTIVITIES: Partial<AllActivities> = {
  assess: async ({ subject, answers, opinions }) => {
    if (subject === 'H-60' && answers.length === 0) {
      return { status: 'incomplete', title: 'vague', missing: [{ field: 'expected', question: 'What then?' }] };
    }
    if (subject === 'H-61' && !opinions) {
      return { status: 'consider', consider: { item: BLOB, of: '0'.repeat(64), repos: ['parcels'] } };
    }
    if (subject === 'H-61') return { status: 'verdict', verdict: verdict(subject, 'decline', 'model'), may: false };
    if (subject === 'H-62') return { status: 'verdict', verdict: verdict(subject, 'split', 'rules'), may: true };
    return { status: 'ready', item: workItem(subject) };
  },
  considerItem: async ({ of }) => ({ of, usd: 0.001, model: 'model-a', output: BLOB }),
  triageTerms: async () => ({ escalateMs: 400 }),
  describeEscalation: async () => ({
    names: ['Alice'],
    message: { channel: 'C0TRIAGE', text: 'linear/H-60 is asking', blocks: '[]' },
  }),
};

export async function recordVerdicts({ server, write, isKept }: Keep): Promise<void> {
  if (NAMES.every(isKept)) return;
  const { workflow } = server.client;
  const begin = (subject: string, lookMs: number) =>
    workflow.signalWithStart('triage', {
      ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.triage(`linear/${subject}`) },
      ...{ signal: signalReceived, signalArgs: [signal(subject)] },
      args: [{ dedupeKey: `linear/${subject}`, source: 'linear', subject, dedupeMs: 2_000, lookMs }],
    });
  await server.working(ACTIVITIES, async () => {
    const [told, declined, split] = await Promise.all([
      begin('H-60', 100),
      begin('H-61', 3_600_000),
      begin('H-62', 3_600_000),
    ]);
    const until = async (handle: typeof told, holds: (status: TriageStatus) => boolean) => {
      while (!holds(await handle.query(triageStatus))) await pause();
    };
    await until(declined, ({ stage }) => stage === 'asking');
    await declined.executeUpdate(correctTriage, { args: [{ by: operator, text: '', to: { kind: 'accept' } }] });
    while (!(await hasPosted(told))) await pause();
    await told.executeUpdate(answerTriage, { args: [{ text: 'It rounds up.', by: operator }] });
    await Promise.all([told.result(), declined.result(), split.result()]);
    const alsoFrom = [{ kind: 'linear', id: 'H-64', item: 'H-64', whole: true }] as const;
    const item = workItem('H-63', {
      source: { kind: 'api', id: 'H-63', reporterAt: 'linear' },
      alsoFrom: [...alsoFrom],
    });
    const options = { taskQueue: TASK_QUEUE, workflowId: workflowId.mission(item.key) };
    await workflow.execute('mission', { ...options, args: [{ item, attempt: 1 }] });
  });
  await write('triage-told-in-time', workflowId.triage('linear/H-60'));
  await write('triage-declined', workflowId.triage('linear/H-61'));
  await write('triage-split', workflowId.triage('linear/H-62'));
  await write('mission-part-of-another', workflowId.mission('H-63'));
  await recordAnalysis({ server, write, isKept });
}

/** Whether the chat was told, and that is over. */
async function hasPosted(handle: WorkflowHandle): Promise<boolean> {
  const { events } = await handle.fetchHistory();
  const posts = (events ?? []).filter(
    ({ activityTaskScheduledEventAttributes: step }) => step?.activityType?.name === 'postMessage',
  );
  const over = (events ?? []).map(({ activityTaskCompletedEventAttributes: step }) => String(step?.scheduledEventId));
  return posts.some(({ eventId }) => over.includes(String(eventId)));
}

async function recordAnalysis({ server, write }: Keep): Promise<void> {
  const fired = alert('alert.fired');
  const { workflowId: id, input, signal: first } = alertsStart([fired], fired);
  const terms = await stubs.routeIncident({ alert: fired.data.alert as never });
  const activities: Partial<AllActivities> = {
    routeIncident: async () => ({ ...terms, analyse: true }),
    analyseIncident: async () => ({
      lines: [{ kind: 'analysis', text: 'model-a thinks: it is the rounding' }],
      blob: BLOB,
    }),
  };
  await server.working(activities, async () => {
    const handle = await server.client.workflow.signalWithStart('incident', {
      ...{ taskQueue: TASK_QUEUE, workflowId: id, signal: first.name, signalArgs: [first.input], args: [input] },
    });
    const isAnalysed = async () =>
      (await handle.query(incidentStatus)).evidence.some(({ kind }) => kind === 'analysis');
    while (!(await isAnalysed())) await pause();
    await handle.signal(incidentWork, { stage: 'done', because: 'shipped' });
    await handle.signal('alertsReceived', [alert('alert.resolved')]);
    await handle.result();
  });
  await write('incident-analysed', id);
}

function alert(type: 'alert.fired' | 'alert.resolved'): Signal {
  const status = type === 'alert.fired' ? 'firing' : 'resolved';
  return signal('kept-alert-5', {
    ...{ id: type, source: 'alertmanager', type },
    data: {
      alert: {
        ...{ fingerprint: 'kept 5', name: 'CheckoutErrors', status, severity: 'high' },
        ...{ summary: 'Half of all checkouts fail', labels: {}, startsAt: '2026-11-21T10:00:00Z' },
      },
    },
  });
}
