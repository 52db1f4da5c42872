import { createClaimActivities } from '../activities/claims.js';
import { signatureOf } from '../activities/fingerprint.js';
import { createClaims } from '../adapters/temporal/claims.js';
import { createDispatcher } from '../gateway/dispatch.js';
import type { Alert } from '../schemas/alert.js';
import type { IncidentStatus } from '../schemas/incident.js';
import { TASK_QUEUE, workflowId } from '../schemas/names.js';
import type { Signal } from '../schemas/signal.js';
import { alertsStart, incidentOf } from '../schemas/triage-start.js';
import { answer, incidentAnswer, questionOf } from '../test/workflows/questions.js';
import { type AllActivities, operator, person, stubs, workItem } from '../test/workflows/stubs.js';
import {
  correctTriage,
  decideIncident,
  incidentStatus,
  incidentWaitsFor,
  incidentWork,
  type TriageStatus,
  triageStatus,
} from '../workflows/messages-triage.js';
import { pause } from './history-case.js';
import type { Keep } from './standing-histories.js';

// Cases of whose work a fault is: claims, what is folded, and what people correct.

/** Everything that it writes goes to three places. */
export async function recordWriteBack(keep: Keep): Promise<void> {
  if (!keep.isKept('mission-wrote-everywhere')) await wroteEverywhere(keep);
  if (!keep.isKept('mission-decided-everywhere')) await decidedEverywhere(keep);
}

/** What people decided is told to what was folded in. */
async function decidedEverywhere({ server, write }: Keep): Promise<void> {
  const item = workItem('H-56', { alsoFrom: [{ kind: 'jira', id: '10001', item: 'PAY-7' }] });
  const id = workflowId.mission(item.key);
  await server.working({ reviewChange: async ({ touches }) => (touches ? [] : [person]) }, async () => {
    const handle = await server.client.workflow.start('mission', {
      ...{ taskQueue: TASK_QUEUE, workflowId: id, args: [{ item, attempt: 1 }] },
    });
    await answer(server.client, await questionOf(server.client, item.key));
    await handle.result();
  });
  await write('mission-decided-everywhere', id);
}

async function wroteEverywhere({ server, write }: Keep): Promise<void> {
  const alsoFrom = [
    { kind: 'jira', id: '10001', item: 'PAY-7' },
    { kind: 'github', id: '42', item: 'acme.parcels-3' },
  ] as const;
  const item = workItem('H-55', { alsoFrom: [...alsoFrom] });
  const id = workflowId.mission(item.key);
  await server.working({}, () =>
    server.client.workflow.execute('mission', { taskQueue: TASK_QUEUE, workflowId: id, args: [{ item, attempt: 1 }] }),
  );
  await write('mission-wrote-everywhere', id);
}

export async function recordClaims(keep: Keep): Promise<void> {
  if (['dedupe-claims', 'triage-folded-and-split', 'mission-took-another-in'].every(keep.isKept)) return;
  const { server, write } = keep;
  const { workflow } = server.client;
  // One that continues as new soon; nobody else has asked for it here.
  await workflow.start('dedupe', {
    ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.dedupe() },
    args: [{ windowMs: 60_000, historyLimit: 16 }],
  });
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((done) => {
    letGo = done;
  });
  const activities: Partial<AllActivities> = {
    ...createClaimActivities({
      claims: createClaims(() => server.client, 60_000),
      records: { append: async () => undefined, read: async () => [] },
    }),
    assess: async ({ subject }) => {
      const item = workItem(subject, { repo: 'kept-claims' });
      const told = { key: subject, source: item.source, title: 'Labels print twice', text: 'Each label comes twice.' };
      const claim = {
        item: subject,
        source: item.source,
        title: told.title,
        repo: item.repo,
        signature: signatureOf(told),
      };
      return { status: 'ready', item, claim };
    },
    writeProof: (proof) => held.then(() => stubs.writeProof(proof)),
  };
  await server.working(activities, async () => {
    const dispatcher = createDispatcher({ client: server.client, dedupeMs: 3_000, withinMs: 20_000 });
    const [lead, other] = ['H-50', 'H-51'].map((item) => workflow.getHandle(workflowId.triage(`linear/${item}`)));
    if (!lead || !other) throw new Error('two triages are needed');
    const until = async (handle: typeof lead, holds: (status: TriageStatus) => boolean) => {
      while (!holds(await handle.query(triageStatus))) await pause();
    };
    await dispatcher.signal(labelled('H-50'));
    await until(lead, ({ stage }) => stage === 'running');
    await dispatcher.signal(labelled('H-51'));
    await until(other, ({ stage }) => stage === 'folded');
    await other.executeUpdate(correctTriage, { args: [{ by: operator, text: '', to: { kind: 'split' } }] });
    await until(other, ({ stage }) => stage === 'running');
    letGo();
    await Promise.all([lead.result(), other.result()]);
  });
  await write('triage-folded-and-split', workflowId.triage('linear/H-51'));
  await write('triage-took-another-in', workflowId.triage('linear/H-50'));
  await write('mission-took-another-in', workflowId.mission('H-50'));
  await write('dedupe-claims', workflowId.dedupe(), true);
  await write('dedupe-continued-run', workflowId.dedupe());
  await workflow.getHandle(workflowId.dedupe()).terminate('recorded');
}

function labelled(subject: string): Signal {
  return {
    ...{ specversion: '1.0', source: 'linear', type: 'ticket.labelled', datacontenttype: 'application/json' },
    ...{ id: `delivery of ${subject}`, subject, time: new Date().toISOString(), data: {} },
    bodyhash: Buffer.from(subject).toString('hex').padEnd(64, '0'),
  };
}

/** One that is mended, one that passes, one that goes on in a new run. */
export async function recordIncidents(keep: Keep): Promise<void> {
  const names = ['mended', 'noted', 'asked', 'storm', 'told'];
  if (names.every((name) => keep.isKept(`incident-${name}`))) return;
  const { server, write } = keep;
  const { workflow } = server.client;
  const send = async (n: number, type: Signal['type'], input: Partial<{ historyLimit: number }> = {}) => {
    const signal = alert(n, type);
    const start = alertsStart([signal], signal);
    await workflow.signalWithStart('incident', {
      ...{ taskQueue: TASK_QUEUE, workflowId: start.workflowId, signal: start.signal.name },
      ...{
        signalArgs: [start.signal.input],
        args: [{ ...start.input, ...input }],
        workflowIdConflictPolicy: 'USE_EXISTING',
      },
    });
    return workflow.getHandle(start.workflowId);
  };
  const until = async (handle: Awaited<ReturnType<typeof send>>, holds: (status: IncidentStatus) => boolean) => {
    while (!holds(await handle.query(incidentStatus))) await pause();
  };
  const over = { stage: 'done', because: 'shipped' } as const;
  await server.working({}, async () => {
    const mended = await send(1, 'alert.fired');
    await until(mended, ({ stage }) => stage === 'working');
    await mended.signal(incidentWork, over);
    await send(1, 'alert.resolved');
    await mended.result();
    const storm = await send(2, 'alert.fired', { historyLimit: 20 });
    await until(storm, ({ stage }) => stage === 'working');
    for (let n = 0; n < 12; n++) {
      await send(2, 'alert.fired');
      await pause();
    }
    await storm.signal(incidentWork, over);
    await send(2, 'alert.resolved');
    await storm.result();
  });
  const terms = await stubs.routeIncident({ alert: alertOf(3) });
  await server.working({ routeIncident: async () => ({ ...terms, holdMs: 60_000 }) }, async () => {
    const noted = await send(3, 'alert.fired');
    await until(noted, ({ stage }) => stage === 'holding');
    await send(3, 'alert.resolved');
    await noted.result();
  });
  await server.working({ routeIncident: async () => ({ ...terms, missionFrom: 'never' }) }, async () => {
    const asked = await send(4, 'alert.fired');
    await until(asked, ({ stage }) => stage === 'asking');
    const answer = incidentAnswer(await asked.query(incidentStatus), false, 'a test');
    await asked.executeUpdate(decideIncident, { args: [answer] });
    await asked.result();
  });
  const told = { channel: 'C0PARCELS1', everyMs: 50 };
  const routeIncident = async () => ({ ...terms, missionFrom: 'never' as const, told });
  await server.working({ routeIncident, readThread: async () => null }, async () => {
    const asked = await send(5, 'alert.fired');
    await until(asked, ({ stage }) => stage === 'asking');
    const status = await asked.query(incidentStatus);
    await asked.executeUpdate(incidentWaitsFor, { args: [{ person: operator.id }] });
    await asked.executeUpdate(decideIncident, { args: [incidentAnswer(status, false, 'a test')] });
    await asked.result();
  });
  for (const [n, name] of [
    [5, 'incident-told'],
    [1, 'incident-mended'],
    [3, 'incident-noted'],
    [4, 'incident-asked'],
  ] as const) {
    await write(name, incidentOf(alert(n, 'alert.fired')));
  }
  await write('incident-storm', incidentOf(alert(2, 'alert.fired')), true);
  await write('incident-storm-run', incidentOf(alert(2, 'alert.fired')));
}

function alertOf(n: number): Alert {
  return {
    ...{ fingerprint: `kept ${n}`, name: 'CheckoutErrors', status: 'firing', severity: 'high' },
    ...{ summary: 'Half of all checkouts fail', labels: {}, startsAt: '2026-11-21T10:00:00Z' },
  };
}

let delivery = 0;

function alert(n: number, type: Signal['type']): Signal {
  return {
    ...labelled(`kept-alert-${n}`),
    ...{ id: `delivery ${++delivery}`, source: 'alertmanager', type },
    data: { alert: { ...alertOf(n), status: type === 'alert.fired' ? 'firing' : 'resolved' } },
  };
}
