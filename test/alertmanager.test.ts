import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { alertmanagerDoor } from '../gateway/doors/alertmanager.js';
import { testGateway } from '../gateway/testing.js';
import { eventually } from './eventually.js';
import { type RealAlertmanager, startAlertmanager } from './real/alertmanager.js';

// A real Alertmanager at the front door: what it sends is understood, and only from one that knows the secret.

const SECRET = 'alertmanager-secret';

const gateway = testGateway({ doors: [alertmanagerDoor({ secrets: [SECRET] })] });
const server = createAdaptorServer({ fetch: gateway.app.fetch }) as Server;
let webhook: string;
const started: RealAlertmanager[] = [];
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/alertmanager`;
});
afterAll(async () => {
  await Promise.all(started.map((alertmanager) => alertmanager.close()));
  server.closeAllConnections();
  server.close();
});

async function alertmanager(token: string): Promise<RealAlertmanager> {
  const one = await startAlertmanager({ webhook, token });
  started.push(one);
  return one;
}

const errors = (handler: string) => ({
  labels: { alertname: 'CheckoutErrors', service: 'shop', severity: 'critical', handler },
  annotations: { summary: `Checkouts fail in ${handler}` },
  generatorURL: 'http://127.0.0.1:9090/graph',
});

describe('a real Alertmanager', () => {
  it('tells each alert of a group as a signal of its own, and that it is over under the same name', async () => {
    const { fire } = await alertmanager(SECRET);
    await fire([errors('pay'), errors('ship')]);
    const fired = () => gateway.signals.filter(({ type }) => type === 'alert.fired');
    await eventually(() => new Set(fired().map(({ subject }) => subject)).size === 2);
    const [pay] = fired().filter(({ data }) => data.alert?.labels.handler === 'pay');
    expect(pay).toMatchObject({
      source: 'alertmanager',
      subject: expect.stringMatching(/^alertmanager-[0-9a-f]{16}$/),
      data: {
        alert: { name: 'CheckoutErrors', status: 'firing', severity: 'urgent', summary: 'Checkouts fail in pay' },
      },
    });
    await fire([{ ...errors('pay'), endsAt: new Date(Date.now() - 1_000).toISOString() }]);
    await eventually(() =>
      gateway.signals.some(({ type, subject }) => type === 'alert.resolved' && subject === pay?.subject),
    );
    expect(gateway.kept).toEqual([]);
  }, 400_000);

  it('is refused with another secret, and nothing comes of what it says', async () => {
    const before = gateway.signals.length;
    const { fire } = await alertmanager('guessed');
    await fire([errors('forged')]);
    await eventually(() => gateway.lines.some((line) => line.includes('"status":401')));
    expect(gateway.signals).toHaveLength(before);
  }, 400_000);
});
