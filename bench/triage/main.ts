import { parseArgs } from 'node:util';
import { createIncidentActivities } from '../../activities/incident.js';
import { createRuns } from '../../adapters/temporal/runs.js';
import { createDispatcher } from '../../gateway/dispatch.js';
import type { Alert } from '../../schemas/alert.js';
import { IncidentsSection } from '../../schemas/incident.js';
import { TASK_QUEUE } from '../../schemas/names.js';
import type { Signal } from '../../schemas/signal.js';
import { incidentOf } from '../../schemas/triage-start.js';
import { loadConfig } from '../../temporal.config.js';
import { memoryBlobs } from '../../test/memory-blobs.js';
import { startStubbedServer } from '../../test/workflows/server.js';
import { alertsReceived, incidentStatus } from '../../workflows/messages-triage.js';
import { folding, routing } from './folding.js';
import { readLabelled } from './labelled.js';

// `npm run bench:triage`: how well signals are put together and sent to the right place, and what a storm costs.

const STORM = 10_000;
const TOGETHER = 256;
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function alert(n: number): Signal {
  const described: Alert = {
    ...{ fingerprint: `fault ${n}`, group: 'storm', name: 'CheckoutErrors', status: 'firing', severity: 'high' },
    ...{ summary: 'Half of all checkouts fail', labels: { service: 'checkout', pod: `checkout-${n}` } },
    startsAt: '2026-11-21T10:00:00Z',
  };
  return {
    ...{ specversion: '1.0', id: `delivery ${n}`, source: 'alertmanager', type: 'alert.fired', subject: `am-${n}` },
    ...{ time: '2026-11-21T10:00:00Z', datacontenttype: 'application/json', data: { alert: described } },
    bodyhash: n.toString(16).padStart(64, '0'),
  };
}

async function each(count: number, send: (n: number) => Promise<unknown>): Promise<number> {
  const started = performance.now();
  let next = 0;
  const sender = async () => {
    for (let n = next++; n < count; n = next++) await send(n);
  };
  await Promise.all(Array.from({ length: TOGETHER }, sender));
  return (performance.now() - started) / count;
}

async function storm(): Promise<void> {
  const server = await startStubbedServer();
  try {
    const { client } = server;
    const dispatcher = createDispatcher({ client, dedupeMs: 60_000, withinMs: 60_000 });
    const policy = { ...IncidentsSection.parse({}), missionFrom: 'never' as const };
    const activities = createIncidentActivities({
      ...{ policy, blobs: memoryBlobs(), runs: createRuns(() => client), evidence: [], dedupeMs: 60_000 },
      ...{ repos: [{ name: 'shop' }], catalogue: { read: async () => ({ services: {} }) } },
    });
    await server.working(activities, async () => {
      // In turns, so that both meet the same machine; nobody works on the bare ones.
      const ours: number[] = [];
      const bare: number[] = [];
      const size = 1_000;
      for (let turn = 0; turn * size < STORM; turn++) {
        ours.push(await each(size, (n) => dispatcher.signal(alert(turn * size + n))));
        const workflowId = `bare/${turn}`;
        const start = { taskQueue: `${TASK_QUEUE}-nobody`, workflowId, args: [{}] };
        const handle = await client.workflow.start('incident', start);
        bare.push(await each(size, (n) => handle.signal(alertsReceived, [alert(n)])));
        await handle.terminate('measured');
      }
      const handle = client.workflow.getHandle(incidentOf(alert(0)));
      for (;;) {
        const { alerts, stage } = await handle.query(incidentStatus);
        if (alerts >= STORM && stage === 'asking') break;
        await new Promise((done) => setTimeout(done, 100));
      }
      const { alerts, faults } = await handle.query(incidentStatus);
      const { historyLength, historySize = 0 } = await handle.describe();
      const incidents = await client.workflow.count(
        "WorkflowId STARTS_WITH 'incident/' AND ExecutionStatus = 'Running'",
      );
      const middle = (values: number[]) =>
        values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
      const ratio = middle(ours) / middle(bare);
      say(`storm: ${STORM} alerts -> ${incidents.count} incident, ${alerts} counted, ${faults} faults told apart`);
      say(`its newest run: ${historyLength} events, ${Math.round(historySize / 1024)} KiB`);
      say(`an alert costs its sender ${ratio.toFixed(2)} of a bare signal (median of ${ours.length} turns)`);
    });
  } finally {
    await server.close();
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const { wrong, only } = parseArgs({
  options: { wrong: { type: 'boolean', default: false }, only: { type: 'string' } },
}).values;
const { installDir } = loadConfig();
const all = readLabelled(installDir);
if (only !== 'storm') {
  const groups = new Set(all.map(({ group }) => group));
  say(`${all.length} signals of ${groups.size} faults from ${new Set(all.map(({ source }) => source)).size} sources`);
  for (const heldOut of [false, true]) {
    const found = folding(all, heldOut);
    const {
      right,
      wrong: misrouted,
      asked,
    } = await routing(
      all.filter((one) => one.heldOut === heldOut),
      installDir,
    );
    say(
      `${heldOut ? 'held out' : 'tuned on'}: folding precision ${percent(found.precision)}, recall ${percent(found.recall)}, of the missed pairs ${percent(found.linked)} linked; ${found.missions.toFixed(1)} missions for ${found.faults} faults`,
    );
    say(
      `${heldOut ? 'held out' : 'tuned on'}: routing ${right} right, ${misrouted} wrong, ${asked} asked; of the routed ${percent(right / (right + misrouted))} right`,
    );
    if (wrong) for (const pair of found.wrong) say(`  ${pair}`);
  }
}
if (only !== 'folding') await storm();
