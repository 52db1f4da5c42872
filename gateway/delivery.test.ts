import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pino } from 'pino';
import { connect } from '../adapters/temporal/client.js';
import { type DevServer, startDevServer } from '../infra/dev-server.js';
import { type Config, loadConfig } from '../temporal.config.js';
import { FakeLinear } from '../test/fakes/linear.js';
import { issueData } from '../test/fakes/linear-webhook.js';
import { type Gateway, startGateway } from './server.js';

// Promise: what was acknowledged is never lost and never starts twice, whatever is killed meanwhile.

const ISSUES = 60;
const { cacheDir } = loadConfig();
const log = pino({ level: 'silent' });

let stateDir: string;
let server: DevServer;
let gateway: Gateway;
let config: Config;
const linear = new FakeLinear();

beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'signalbox-delivery-'));
  server = await startDevServer({ stateDir, cacheDir, quiet: true });
  const env = { TEMPORAL_ADDRESS: server.address, LINEAR_WEBHOOK_SECRET: linear.webhookSecret, PORT: '0' };
  config = loadConfig(env, stateDir);
  gateway = await startGateway({ config, log });
});
afterAll(async () => {
  await gateway.close();
  await server.close();
  rmSync(stateDir, { recursive: true, force: true });
});

/** As Linear does, only sooner: again, restamped, until there is a 200. */
async function deliverUntilTaken(key: string): Promise<void> {
  const data = issueData(linear.workspace, linear.workspace.issue(key));
  const event = { type: 'Issue', action: 'update', data, updatedFrom: { labelIds: [] }, delivery: `delivery-${key}` };
  for (;;) {
    const answer = await linear
      .deliver(linear.signedWebhook(event), `${gateway.url}/webhooks/linear`)
      .catch(() => undefined);
    if (answer?.status === 200) return;
    expect([undefined, 503]).toContain(answer?.status);
    await sleep(50);
  }
}

async function restartTemporal(): Promise<void> {
  const port = Number(server.address.split(':')[1]);
  process.kill(server.pid, 'SIGKILL');
  await server.ended;
  server = await startDevServer({ stateDir, cacheDir, port, quiet: true });
}

async function restartGateway(): Promise<void> {
  await gateway.close();
  gateway = await startGateway({ config, log });
}

it('every acknowledged delivery is with exactly one triage, although Temporal and the gateway go down', async () => {
  const keys = Array.from({ length: ISSUES }, (_none, n) => `ENG-${n + 1}`);
  for (const key of keys) linear.addIssue({ key, title: key, description: '', labels: ['signalbox'] });
  const repeats = fc.sample(fc.integer({ min: 0, max: 3 }), { numRuns: ISSUES, seed: 7 });
  const deliveries = keys.flatMap((key, n) => Array.from({ length: 1 + (repeats[n] ?? 0) }, () => key));
  const [shuffled = []] = fc.sample(fc.shuffledSubarray(deliveries, { minLength: deliveries.length }), {
    numRuns: 1,
    seed: 7,
  });
  const lanes = Array.from({ length: 6 }, (_none, lane) => shuffled.filter((_key, n) => n % 6 === lane));
  let taken = 0;
  const sending = lanes.map(async (lane) => {
    for (const key of lane) {
      await deliverUntilTaken(key);
      taken += 1;
    }
  });
  const waitFor = async (share: number) => {
    while (taken < shuffled.length * share) await sleep(5);
  };
  await waitFor(0.2);
  await restartTemporal();
  await waitFor(0.5);
  await restartGateway();
  await waitFor(0.7);
  await restartTemporal();
  await Promise.all(sending);

  const { address, namespace } = server;
  const { client, close } = connect({ address, namespace, connection: { address } });
  for (const key of keys) {
    const handle = client.workflow.getHandle(`triage/linear/${key}`);
    const { events } = await handle.fetchHistory();
    const types = (events ?? []).map((event) => Object.keys(event).find((name) => name.endsWith('Attributes')));
    const count = (type: string) => types.filter((each) => each === type).length;
    expect(count('workflowExecutionStartedEventAttributes')).toBe(1);
    const acknowledged = shuffled.filter((each) => each === key).length;
    expect(count('workflowExecutionSignaledEventAttributes')).toBeGreaterThanOrEqual(acknowledged);
  }
  await close();
});
