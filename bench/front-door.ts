import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { Pool } from 'undici';
import { TASK_QUEUE } from '../schemas/names.js';
import { signedWebhook, type Webhook } from '../test/fakes/linear-webhook.js';
import type { Bench, BenchContext } from './context.js';
import { startGatewayProcess } from './gateway-process.js';
import { burst, inTurns, timed } from './measure.js';
import { type Row, ratioRow } from './row.js';
import { startBenchServer } from './server.js';

const DELIVERIES = 200;
const TOGETHER = 20;

/** A signed webhook until its 200, which says that Temporal has the workflow, against starting one directly. */
export const frontDoor: Bench = {
  name: 'front-door',
  async run(context) {
    const server = await startBenchServer({ context, name: 'front-door' });
    try {
      return await withGateway({ context, client: server.client, temporal: server.server.address });
    } finally {
      await server.close();
    }
  },
};

interface WithGateway {
  readonly context: BenchContext;
  readonly client: Client;
  readonly temporal: string;
}

async function withGateway({ context, client, temporal }: WithGateway): Promise<Row[]> {
  const secret = randomBytes(24).toString('hex');
  const gateway = await startGatewayProcess({ context, secret, temporal });
  const pool = new Pool(gateway.url, { connections: TOGETHER });
  try {
    // No worker: what is measured is the acknowledgement, not the work.
    return await knock({ context, client, pool, secret });
  } finally {
    await pool.close();
    await gateway.close();
  }
}

interface Knocking {
  readonly context: BenchContext;
  readonly client: Client;
  readonly pool: Pool;
  readonly secret: string;
}

async function knock({ context, client, pool, secret }: Knocking): Promise<Row[]> {
  let issue = 0;
  const next = () => labelled({ secret, n: ++issue });
  const deliver = (webhook: Webhook) => delivered({ pool, webhook });
  let started = 0;
  const start = () =>
    client.workflow.start('triage', {
      taskQueue: TASK_QUEUE,
      workflowId: `bare/${++started}`,
      args: [{ dedupeKey: `bare/${started}`, source: 'linear', subject: `BARE-${started}`, dedupeMs: 1000 }],
    });
  const latency = await inTurns({
    repetitions: context.quick ? 40 : 300,
    warmUps: 40,
    ours: () => {
      const webhook = next();
      return timed(() => deliver(webhook));
    },
    baseline: () => timed(start),
  });
  const rate = (ms: number) => (DELIVERIES * 1000) / ms;
  const throughput = await inTurns({
    repetitions: context.quick ? 2 : 7,
    warmUps: 1,
    ours: async () => {
      const webhooks = Array.from({ length: DELIVERIES }, next);
      return rate(
        await burst(
          webhooks.map((webhook) => () => deliver(webhook)),
          TOGETHER,
        ),
      );
    },
    baseline: async () =>
      rate(
        await burst(
          Array.from({ length: DELIVERIES }, () => start),
          TOGETHER,
        ),
      ),
  });
  const name = 'signed webhook until its 200 / bare workflow start';
  return [
    ratioRow({ name, unit: 'ms', ...latency, target: { atMost: 1.2 } }),
    ratioRow({
      name: `burst of ${DELIVERIES}, ${TOGETHER} at a time: the same`,
      unit: 'per s',
      ...throughput,
      target: { atLeast: 0.85 },
    }),
  ];
}

function labelled({ secret, n }: { readonly secret: string; readonly n: number }): Webhook {
  const label = { id: 'label-signalbox', name: 'signalbox', color: '#888888' };
  const identifier = `BENCH-${n}`;
  return signedWebhook({
    ...{ type: 'Issue', action: 'update', secret, actor: { id: 'person', name: 'Reporter' } },
    data: {
      ...{ id: `issue-${n}`, identifier, number: n, title: 'Quotes are too high', description: 'word '.repeat(200) },
      ...{
        url: `https://linear.example/issue/${identifier}`,
        teamId: 'team',
        team: { id: 'team', key: 'BENCH', name: 'BENCH' },
      },
      ...{ labelIds: [label.id], labels: [label] },
    },
    updatedFrom: { labelIds: [] },
  });
}

async function delivered({ pool, webhook }: { readonly pool: Pool; readonly webhook: Webhook }): Promise<void> {
  const { headers, body } = webhook;
  const answer = await pool.request({ path: '/webhooks/linear', method: 'POST', headers, body });
  const { accepted, ...rest } = (await answer.body.json()) as { readonly accepted?: string };
  if (answer.statusCode !== 200 || accepted !== 'started-or-folded') {
    throw new Error(`expected the webhook to start a workflow, got ${answer.statusCode} ${JSON.stringify(rest)}`);
  }
}
