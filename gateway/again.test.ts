import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createQuarantine } from '../adapters/quarantine/quarantine.js';
import { DoorsSection } from '../schemas/door-settings.js';
import type { Signal } from '../schemas/signal.js';
import { sendersConfig } from '../test/fakes/webhooks/installation.js';
import { SENDERS, SUPPORT } from '../test/fakes/webhooks/senders.js';
import { lookAgain } from './again.js';
import { doorNamed, openDoors } from './doors/index.js';
import { testGateway } from './testing.js';

// What is in quarantine goes through its door again, when that has learnt to understand it.

const SECRET = 'whsec';
const config = sendersConfig([SECRET]);
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'signalbox-quarantine-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function setting() {
  const quarantine = createQuarantine(join(directory, crypto.randomUUID()));
  const signals: Signal[] = [];
  const dispatcher = {
    signal: async (signal: Signal) => {
      signals.push(signal);
      return { workflowId: `triage/${signal.source}/${signal.subject}`, accepted: 'started-or-folded' as const };
    },
  };
  const knock = async (door: string, change: typeof config, body?: string) => {
    const sender = SENDERS.find((one) => one.door === door);
    if (!sender) throw new Error(`expected a sender of ${door}`);
    const at = Date.now();
    const sent = sender.sign(body ?? sender.body(7, at), { secret: SECRET, at, delivery: 'd-7' });
    const { app } = testGateway({ doors: openDoors(change), quarantine });
    const { headers, query } = sent;
    const path = `/webhooks/${door}${query ? `?${query}` : ''}`;
    return (await app.request(path, { method: 'POST', headers, body: sent.body })).status;
  };
  const again = async (change: typeof config) => {
    const [id = ''] = await quarantine.list();
    const odd = await quarantine.read(id);
    const door = odd && doorNamed(odd.door, change);
    if (!odd || !door) throw new Error('expected it in quarantine');
    return lookAgain({ odd, door, dispatcher });
  };
  return { quarantine, signals, knock, again };
}

it('starts what it would have started, without its secret, once the configuration says where things stand', async () => {
  const { knock, again, signals } = setting();
  const wrong = { ...config, doors: DoorsSection.parse({ webhooks: [{ ...SUPPORT, title: '/subject' }] }) };
  expect(await knock('support', wrong)).toBe(202);
  expect(await again(wrong)).toEqual({ odd: '/subject: expected a title there' });
  const mended = { ...config, webhookSecrets: {} };
  expect(await again(mended)).toEqual({
    dispatched: [{ workflowId: 'triage/webhook/support-mail-7', accepted: 'started-or-folded' }],
  });
  expect(signals).toMatchObject([{ type: 'prompt.submitted', subject: 'support-mail-7' }]);
});

it.each(SENDERS.map(({ door }) => door))(
  'asks the door of %s what is odd about it, in the same words',
  async (door) => {
    const { knock, again, quarantine, signals } = setting();
    const sender = SENDERS.find((one) => one.door === door);
    const whole: unknown = JSON.parse(sender?.body(7, Date.now()) ?? '{}');
    // Its time and its kind stay, and what it is about is gone.
    const gutted = JSON.stringify(whole, (key, value: unknown) => (GUTS.has(key) ? undefined : value));
    expect(await knock(door, config, gutted)).toBe(202);
    const [id = ''] = await quarantine.list();
    const reason = (await quarantine.read(id))?.reason;
    expect(await again(config)).toEqual({ odd: reason });
    expect(signals).toEqual([]);
  },
);

const GUTS = new Set(['identifier', 'key', 'number', 'alerts', 'title', 'aggreg_key', 'alertId', 'subject', 'id']);
