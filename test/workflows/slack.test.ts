import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDispatcher } from '../../gateway/dispatch.js';
import type { Signal } from '../../schemas/signal.js';
import { incidentOf } from '../../schemas/triage-start.js';
import { incidentStatus } from '../../workflows/messages-triage.js';
import { eventually } from '../eventually.js';
import type { StoredMessage } from '../fakes/slack-workspace.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import { ADA, BOB, CLEO, GUEST, PARCELS, type SlackStack, startSlackStack } from './slack-stack.js';
import { blueprint, person, stubs } from './stubs.js';

// A person in Slack, from the press of a key through the gateway and Temporal back to what they read there.

const WAITS_MS = 400_000;

let server: StubbedServer;
let stack: SlackStack;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signalbox-slack-'));
  server = await startStubbedServer();
  stack = await startSlackStack(directory, server);
});
afterAll(async () => {
  await stack?.close();
  await server?.close();
  await rm(directory, { recursive: true, force: true });
});

const command = (text: string, user: string) =>
  stack.send(stack.slack.people.command(text, { channel: PARCELS, user }));
const press = (action: string, pressed: StoredMessage, user: string) =>
  stack.send(stack.slack.people.press(action, pressed, { channel: PARCELS, user }));
const ours = () => stack.slack.workspace.ours(PARCELS);
const shown = ({ text, blocks = [] }: StoredMessage) => `${text} ${JSON.stringify(blocks)}`;
const message = (...words: readonly string[]) =>
  eventually(
    () => ours().find((one) => words.every((word) => shown(one).includes(word))),
    (found) => found !== undefined,
  ).then((found) => found ?? Promise.reject(new Error('unreachable')));

function alertOf(fingerprint: string): Signal {
  const alert = {
    ...{ fingerprint, name: 'CheckoutErrors', status: 'firing' as const, severity: 'high' as const },
    ...{ summary: 'Half of all checkouts fail', labels: { service: 'checkout' }, startsAt: '2026-11-21T10:00:00Z' },
  };
  return {
    ...{ specversion: '1.0', id: `fired ${fingerprint}`, source: 'alertmanager', type: 'alert.fired' },
    ...{ time: '2026-11-21T10:00:00Z', subject: `alertmanager-${fingerprint}`, data: { alert } },
    ...{ datacontenttype: 'application/json', bodyhash: Buffer.from(fingerprint).toString('hex').padEnd(64, '0') },
  };
}

describe('a mission that is asked for in Slack', () => {
  it(
    'has one message, edited in place to its end, and waits for the one who may say yes',
    async () => {
      const rules = [{ from: { teams: ['deciders'] }, count: 1 }];
      const policy = { ...blueprint.policy, approvals: rules, approvalReminder: '1h' };
      const { readBase = stubs.readBase } = stack.activities;
      const activities = {
        ...stack.activities,
        readBase: async (input: Parameters<typeof readBase>[0]) => ({
          ...(await readBase(input)),
          blueprint: { ...blueprint, policy },
        }),
        reviewChange: async ({ touches }: Parameters<typeof stubs.reviewChange>[0]) => (touches ? [] : [person]),
      };
      await server.working(activities, async () => {
        const text = 'run What is wrong: totals are off. Expected: they are right. Acceptance: a test shows it.';
        await expect(
          stack.send(stack.slack.people.command(text, { channel: PARCELS, user: ADA }), 'not-ours'),
        ).rejects.toThrow('401');
        expect(ours()).toEqual([]);
        expect(await command(text, ADA)).toContain('It is on its way');
        const question = await message('May this change be merged?', 'approval_approve');
        const [root] = ours();
        if (!root) throw new Error('nothing was posted');
        expect(question.thread_ts).toBe(root.ts);
        // Ada asked for it, Cleo is in no team, and Bob decides.
        expect(await command('mine', BOB)).toMatch(/Waits for you:\\n`\/signalbox approve slack-/);
        expect(await command('mine', CLEO)).not.toContain('Waits for you');
        expect(await command('mine', ADA)).not.toContain('Waits for you');
        expect(await press('approval_approve', question, CLEO)).toContain('may not decide on');
        expect(await press('approval_approve', question, ADA)).toContain('cannot approve it');
        expect(await press('approval_approve', question, GUEST)).toContain('people.yaml');
        expect(shown(question)).toContain('approval_approve');
        expect(await press('approval_approve', question, BOB)).toContain('is approved');
        await eventually(() => shown(root).includes('Shipped.'));
        await eventually(() => /\*Approved\* by bob/.test(shown(question)));
        expect(shown(question)).not.toContain('approval_approve');
        // One message of its own in the channel, whatever happened: everything else is in its thread.
        expect(ours().filter(({ thread_ts: thread }) => thread === undefined)).toEqual([root]);
        expect(root.edited).toBeDefined();
      });
      expect(stack.slack.problems).toEqual([]);
    },
    WAITS_MS,
  );
});

describe('an incident', () => {
  it(
    'of an alert has one message with counts and evidence; who is on call is told, and decides by its buttons',
    async () => {
      const [signal, more] = [alertOf('storm'), { ...alertOf('storm'), id: 'fired again' }];
      const door = createDispatcher({ client: server.client, dedupeMs: 3_000, withinMs: 20_000 });
      await server.working(stack.activities, async () => {
        await door.signal(signal);
        const root = await message('CheckoutErrors', 'incident_open');
        expect(shown(root)).toContain('abc123 by bob: pay with &lt;cards&gt;');
        expect(shown(root)).toContain('1 alerts about 1 faults');
        expect((await message(`<@${CLEO}>`, 'shall CheckoutErrors be worked on?')).thread_ts).toBe(root.ts);
        await door.signal(more);
        expect(await command('mine', CLEO)).toContain('alertmanager-storm');
        expect(await command('mine', BOB)).not.toContain('alertmanager-storm');
        expect(await press('incident_open', root, BOB)).toContain('may not decide on');
        expect(await press('incident_open', root, GUEST)).toContain('people.yaml');
        const handle = server.client.workflow.getHandle(incidentOf(signal));
        expect(await handle.query(incidentStatus)).toMatchObject({ stage: 'asking', alerts: 2 });
        expect(await press('incident_close', root, CLEO)).toContain('is left, with a record');
        await eventually(() => shown(root).includes('*closed*') && shown(root).includes('cleo closed it'));
        expect(shown(root)).toContain('2 alerts about 1 faults');
        expect(shown(root)).not.toContain('incident_open');
        const last = await message('is closed: cleo closed it', 'sha256:');
        expect(last.thread_ts).toBe(root.ts);
        expect(ours().filter((one) => shown(one).includes('CheckoutErrors') && !one.thread_ts)).toEqual([root]);
      });
      expect(stack.slack.problems).toEqual([]);
    },
    WAITS_MS,
  );

  it(
    'of a command is listed, shown, and worked on when whoever may says so; once it is over it can not be',
    async () => {
      await server.working(stack.activities, async () => {
        const said = await command('incident in parcels: Labels do not print', ADA);
        const id = /slack-[0-9a-f]{16}/.exec(said)?.[0] ?? '';
        const root = await message('Labels do not print', 'incident_open');
        expect(await command('incident ls', GUEST)).toContain(id);
        expect(await command(`incident show ${id}`, ADA)).toContain('abc123 by bob');
        expect(await command(`incident open ${id}`, GUEST)).toContain('people.yaml');
        expect(await command(`incident open ${id} it is Monday`, BOB)).toContain('may not decide on');
        expect(await command(`incident open ${id} it is Monday`, CLEO)).toContain('is worked on');
        const handle = server.client.workflow.getHandle(`incident/${id}`);
        // Through triage to a mission, whose thread tells of it: what a command reported is no message of Slack.
        await eventually(async () => /work: done, shipped/.test(JSON.stringify(await handle.query(incidentStatus))));
        expect(await handle.query(incidentStatus)).toMatchObject({ stage: 'working', item: id, repo: 'parcels' });
        await eventually(() => shown(root).includes('as cleo decided: it is Monday'));
        expect(await command(`incident close ${id}`, CLEO)).toContain('nothing is asked');
        expect(await command('incident show slack-0000000000000000', ADA)).toContain('There is no incident');
        await message('Labels do not print', 'Shipped.');
      });
      expect(stack.slack.problems).toEqual([]);
    },
    WAITS_MS,
  );
});
