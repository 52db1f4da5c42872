import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { connect } from '../adapters/temporal/client.js';
import { type DevServer, startDevServer } from '../infra/dev-server.js';
import { type Config, loadConfig } from '../temporal.config.js';
import { audit, deliverAll, planDeliveries } from '../test/deliveries.js';
import { SENDERS_CONFIG, senderSecrets } from '../test/fakes/webhooks/installation.js';
import { SENDERS } from '../test/fakes/webhooks/senders.js';
import { type Gateway, startGateway } from './server.js';

// Promise P1, small: `scripts/deliveries` does the same with 10,000 deliveries, and processes that are killed.

const DELIVERIES = 132;
const SECRET = 'whsec';
const { cacheDir } = loadConfig();
const log = pino({ level: 'silent' });

let stateDir: string;
let server: DevServer;
let gateway: Gateway;
let config: Config;

beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'signalbox-delivery-'));
  server = await startDevServer({ stateDir, cacheDir, quiet: true });
  writeFileSync(join(stateDir, 'signalbox.config.yaml'), SENDERS_CONFIG);
  config = loadConfig({ TEMPORAL_ADDRESS: server.address, PORT: '0', ...senderSecrets([SECRET]) }, stateDir);
  gateway = await startGateway({ config, log });
});
afterAll(async () => {
  await gateway.close();
  await server.close();
  rmSync(stateDir, { recursive: true, force: true });
});

async function restartTemporal(missed: () => Promise<void> = async () => undefined): Promise<void> {
  const port = Number(server.address.split(':')[1]);
  process.kill(server.pid, 'SIGKILL');
  await server.ended;
  await missed();
  server = await startDevServer({ stateDir, cacheDir, port, quiet: true });
}

async function restartGateway(): Promise<void> {
  await gateway.close();
  gateway = await startGateway({ config, log });
}

it('every acknowledged delivery of every vendor is with exactly one triage, although Temporal and the gateway go down', async () => {
  const plan = planDeliveries({ deliveries: DELIVERIES, seed: 7 });
  let [taken, refused] = [0, 0];
  const sending = deliverAll({
    ...{ plan, secret: SECRET, together: 6, url: () => gateway.url },
    taken: (count) => {
      taken = count;
    },
    refused: (count) => {
      refused = count;
    },
  });
  let over = false;
  const end = () => {
    over = true;
  };
  sending.then(end, end);
  const waitFor = async (share: number) => {
    while (taken < plan.length * share && !over) await sleep(5);
  };
  await waitFor(0.2);
  // It is away for so long that the gateway has to say so.
  await restartTemporal(async () => {
    while (refused === 0 && !over) await sleep(50);
  });
  await waitFor(0.5);
  await restartGateway();
  await waitFor(0.7);
  await restartTemporal();
  const { acknowledged } = await sending;

  const { address, namespace } = server;
  const { client, close } = connect({ address, namespace, connection: { address } });
  const { items, lost, double, bySource } = await audit(client, acknowledged);
  await close();
  expect({ acknowledged: acknowledged.length, lost, double }).toEqual({
    acknowledged: plan.length,
    lost: 0,
    double: 0,
  });
  expect(items).toBeLessThan(plan.length);
  expect(Object.keys(bySource).sort()).toEqual(SENDERS.map(({ door }) => door).sort());
});
