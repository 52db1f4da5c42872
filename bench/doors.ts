import { randomBytes, randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { Pool } from 'undici';
import { connect } from '../adapters/temporal/client.js';
import { TASK_QUEUE } from '../schemas/names.js';
import { SENDERS, type VendorSender } from '../test/fakes/webhooks/senders.js';
import type { Bench, BenchContext } from './context.js';
import { startGatewayProcess } from './gateway-process.js';
import { burst, inTurns, median, timed } from './measure.js';
import { type Row, ratioRow } from './row.js';
import { startBenchServer } from './server.js';
import { startSlowProxy } from './slow-proxy.js';

const DELIVERIES = 100;
const TOGETHER = 20;
/** One way, of a Temporal that is far away or under load. */
const SLOW_MS = 100;

/** Every door, through verification until Temporal has the workflow, against starting one directly. No worker runs. */
export const doors: Bench = {
  name: 'doors',
  async run(context) {
    const server = await startBenchServer({ context, name: 'doors' });
    const slow = await startSlowProxy(server.server.address, SLOW_MS);
    try {
      const { address, namespace } = server.server;
      return [
        ...(await at({ context, address, namespace }, everyDoor)),
        ...(await at({ context, address, namespace }, (bench) => acknowledgement(bench, 'Temporal healthy', 200))),
        ...(await at({ context, address: slow.address, namespace }, (bench) =>
          acknowledgement(bench, `Temporal ${2 * SLOW_MS} ms away`, 60),
        )),
      ];
    } finally {
      await slow.close();
      await server.close();
    }
  },
};

interface Place {
  readonly context: BenchContext;
  /** Of Temporal, for the gateway and for what it is compared with alike. */
  readonly address: string;
  readonly namespace: string;
}

interface Measuring {
  readonly context: BenchContext;
  readonly deliver: (sender: VendorSender) => () => Promise<void>;
  readonly start: () => Promise<unknown>;
}

let number = 0;

async function at(place: Place, measure: (measuring: Measuring) => Promise<readonly Row[]>): Promise<readonly Row[]> {
  const { context, address, namespace } = place;
  const secret = randomBytes(24).toString('hex');
  const gateway = await startGatewayProcess({ context, secret, temporal: address });
  const temporal = connect({ address, namespace, connection: { address } });
  const pool = new Pool(gateway.url, { connections: TOGETHER });
  try {
    const deliver = (sender: VendorSender) => delivery({ sender, secret, pool });
    return await measure({ context, deliver, start: () => bareStart(temporal.client) });
  } finally {
    await pool.close();
    await temporal.close();
    await gateway.close();
  }
}

function bareStart(client: Client): Promise<unknown> {
  const id = `bare/${randomUUID()}`;
  return client.workflow.start('triage', {
    taskQueue: TASK_QUEUE,
    workflowId: id,
    args: [{ dedupeKey: id, source: 'linear', subject: id, dedupeMs: 1000 }],
  });
}

interface Delivery {
  readonly sender: VendorSender;
  readonly secret: string;
  readonly pool: Pool;
}

/** Signed beforehand: what the vendor does is not ours to measure. */
function delivery({ sender, secret, pool }: Delivery): () => Promise<void> {
  const at = Date.now();
  const { headers, body, query } = sender.sign(sender.body(++number, at), { secret, at, delivery: randomUUID() });
  const path = `/webhooks/${sender.door}${query ? `?${query}` : ''}`;
  return async () => {
    const answer = await pool.request({ path, method: 'POST', headers, body });
    const { accepted } = (await answer.body.json()) as { readonly accepted?: string };
    if (answer.statusCode !== 200 || accepted !== 'started-or-folded') {
      throw new Error(`expected ${sender.door} to start a workflow, got ${answer.statusCode}`);
    }
  };
}

async function everyDoor({ context, deliver, start }: Measuring): Promise<readonly Row[]> {
  const rate = (ms: number) => (DELIVERIES * 1000) / ms;
  const times = <Job>(job: () => Job) => Array.from({ length: DELIVERIES }, job);
  const rows: Row[] = [];
  for (const sender of SENDERS) {
    const measured = await inTurns({
      repetitions: context.quick ? 2 : 5,
      warmUps: 1,
      ours: async () =>
        rate(
          await burst(
            times(() => deliver(sender)),
            TOGETHER,
          ),
        ),
      baseline: async () =>
        rate(
          await burst(
            times(() => start),
            TOGETHER,
          ),
        ),
    });
    const name = `the door of ${sender.door}: ${DELIVERIES} deliveries, ${TOGETHER} at a time / bare starts`;
    rows.push(ratioRow({ name, unit: 'per s', ...measured, target: { atLeast: 0.7 } }));
  }
  return rows;
}

/** What these send here is one group each, which is one incident: nothing is started for most of it. */
const FOLDING = ['alertmanager', 'grafana', 'datadog'];

/** Of the doors that start something each time, in turn and one at a time: that is what a bare start does. */
async function acknowledgement(measuring: Measuring, where: string, repetitions: number): Promise<readonly Row[]> {
  const { context, deliver, start } = measuring;
  const senders = SENDERS.filter(({ door }) => !FOLDING.includes(door));
  const { ours, baseline } = await inTurns({
    repetitions: context.quick ? 22 : repetitions,
    warmUps: 22,
    ours: (n) => timed(deliver(senders[n % senders.length] ?? fail())),
    baseline: () => timed(start),
  });
  const row = (what: string, pick: (values: readonly number[]) => number) => {
    const name = `${where}: ${what} of the acknowledgement at a door that starts something / of a bare start`;
    return ratioRow({ name, unit: 'ms', ours: [pick(ours)], baseline: [pick(baseline)], target: { atMost: 1.5 } });
  };
  return [row('p50', median), row('p99', (values) => percentile(values, 0.99))];
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? fail();
}

function fail(): never {
  throw new Error('expected at least one');
}
