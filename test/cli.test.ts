import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getClient } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { createApprovalActivities } from '../activities/approvals.js';
import { createClaimActivities } from '../activities/claims.js';
import { createIncidentActivities } from '../activities/incident.js';
import { createTriageActivities } from '../activities/triage.js';
import { createAnswerKeys } from '../adapters/people/answer-keys.js';
import { createOnCall } from '../adapters/people/on-call.js';
import { createPeople } from '../adapters/people/people-file.js';
import { makeToken } from '../adapters/people/tokens.js';
import { createUsedAnswers } from '../adapters/people/used-answers.js';
import { createClaims } from '../adapters/temporal/claims.js';
import { createRuns } from '../adapters/temporal/runs.js';
import { createTriageRecords } from '../adapters/triage/records.js';
import { createDispatcher } from '../gateway/dispatch.js';
import { type Gateway, startGateway } from '../gateway/server.js';
import { type DevServer, startDevServer } from '../infra/dev-server.js';
import { IncidentsSection } from '../schemas/incident.js';
import { TASK_QUEUE, workflowId } from '../schemas/names.js';
import { type Config, loadConfig } from '../temporal.config.js';
import type { ApprovalInput } from '../workflows/approval.js';
import { eventually } from './eventually.js';
import { memoryBlobs } from './memory-blobs.js';

// The built command line as a process, against a real server and the real workflows. Missions stop at their first step
// here, where their ticket would be set to "started": shipping one is the business of the end-to-end test.

const { cacheDir, installDir } = loadConfig();
const TOKENS = { alice: makeToken(), bob: makeToken(), rita: makeToken() };
const PEOPLE = [
  { key: 'alice', name: 'Alice', teams: 'shop', tokens: TOKENS.alice.hash },
  { key: 'bob', name: 'Bob', teams: 'shop', tokens: TOKENS.bob.hash },
  { key: 'rita', name: 'Rita', teams: 'shop', tokens: TOKENS.rita.hash },
];

/** The real ones; there is no change behind these questions, so nothing is read of a repository. */
function approvals(config: Config) {
  const none = () => Promise.reject(new Error('these questions are about no change'));
  return createApprovalActivities({
    people: createPeople(config.people),
    onCall: createOnCall(config.onCall),
    keys: createAnswerKeys(config.people),
    used: createUsedAnswers(join(config.stateDir, 'answers')),
    ...{ depot: { diff: none, read: none, authors: none }, forge: { head: none }, boards: [] },
  });
}

const TICKET = `# The total ignores the discount

## What happens
An order of 200 EUR with 10 % off costs 200 EUR.

## What should happen
It costs 180 EUR.

## Acceptance
- 200 EUR with 10 % off is 180 EUR.
`;

describe('the command line', () => {
  let directory: string;
  let server: DevServer;
  let connection: Connection;
  let gateway: Gateway;
  const endings: (() => unknown)[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'signalbox-cli-'));
    endings.push(() => rmSync(directory, { recursive: true, force: true }));
    server = await startDevServer({ stateDir: directory, cacheDir, memory: true, quiet: true });
    endings.push(() => server.close());
    connection = await Connection.connect({ address: server.address });
    endings.push(() => connection.close());
    writeFileSync(join(directory, 'people.yaml'), stringify({ people: PEOPLE }));
    writeFileSync(join(directory, 'signalbox.config.yaml'), stringify({ people: 'people.yaml' }));
    const config = loadConfig({ TEMPORAL_ADDRESS: server.address, PORT: '0' }, directory);
    gateway = await startGateway({ config, log: pino({ level: 'silent' }) });
    endings.push(() => gateway.close());
    Runtime.install({
      telemetryOptions: { logging: { filter: 'OFF' } },
      logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} },
    });
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const worker = await Worker.create({
      connection: await NativeConnection.connect({ address: server.address }),
      taskQueue: TASK_QUEUE,
      workflowBundle: { codePath: join(installDir, 'dist/workflow-bundle.js') },
      activities: {
        ...createTriageActivities({
          trackers: {},
          label: 'signalbox',
          repos: ['shop', 'web'].map((name) => ({ name, match: [] })),
        }),
        ...createClaimActivities({
          claims: createClaims(getClient, config.dedupeMs),
          records: createTriageRecords(join(config.stateDir, 'triage')),
        }),
        ...createIncidentActivities({
          ...{ blobs: memoryBlobs(), runs: createRuns(getClient), repos: [], evidence: [], dedupeMs: config.dedupeMs },
          ...{
            policy: IncidentsSection.parse({ holdSeconds: 0 }),
            catalogue: { read: async () => ({ services: {} }) },
          },
        }),
        comment: async () => ({ id: 'c', already: false }),
        ...approvals(config),
        setState: async ({ state }: { state: string }) => {
          if (state === 'started') await held;
          return { already: false };
        },
      },
    });
    const working = worker.run();
    endings.push(() => {
      // A step that is held must be let go before its worker can end.
      release();
      worker.shutdown();
      return working;
    });
  });

  afterAll(async () => {
    for (const end of endings.reverse()) await end();
  });

  async function signalbox(args: readonly string[], { input = '', user = 'alice' } = {}) {
    const person = TOKENS[user as keyof typeof TOKENS];
    const env = {
      ...{ PATH: process.env.PATH, HOME: directory, TEMPORAL_ADDRESS: server.address, USER: user },
      ...{ SIGNALBOX_GATEWAY_URL: gateway.url, ...(person && { SIGNALBOX_PERSONAL_TOKEN: person.token }) },
    };
    const child = spawn(process.execPath, [join(installDir, 'dist/cli/main.js'), ...args], { cwd: directory, env });
    child.stdin.end(input);
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { out, err, code, json: () => JSON.parse(out) };
  }

  async function ask(item: string): Promise<void> {
    const question: ApprovalInput['question'] = {
      ...{
        id: `${item}/1`,
        item,
        action: 'merge',
        title: 'Mend the \x1b[31mtotal',
        head: 'a'.repeat(40),
        planHash: 'p',
      },
      ...{
        risk: 'high',
        because: ['src/auth.ts is protected'],
        recommendation: 'look at the test',
        changedFiles: ['src/auth.ts'],
      },
      ...{ requester: { id: 'cli:rita' }, reminderMs: 3_600_000, deadlineMs: 7_200_000 },
    };
    const terms = { rules: [{ from: { teams: ['shop'] }, count: 1 }], escalation: [] };
    const input: ApprovalInput = { question, source: { kind: 'cli', id: item }, attempt: 1, terms };
    const start = { workflowId: workflowId.approval(item, 1), taskQueue: TASK_QUEUE, args: [input] };
    await new Client({ connection }).workflow.start('approval', start);
  }

  it('follows a submitted piece of work, takes orders for it, and ends with its result', async () => {
    writeFileSync(join(directory, 'ticket.md'), TICKET);
    const args = ['submit', 'ticket.md', '--repo', 'shop', '--id', 'CART-1'];
    expect((await signalbox([...args, '--json'])).json()).toEqual({ id: 'CART-1', workflowId: 'triage/cli/CART-1' });
    const waiting = signalbox([...args, '--wait']);
    const status = await eventually(
      () => signalbox(['status', 'CART-1', '--json']),
      ({ code }) => code === 0,
    );
    expect(status.json()).toMatchObject({ item: 'CART-1', repo: 'shop', title: 'The total ignores the discount' });
    await eventually(
      () => signalbox(['ls', '--open', '--json']),
      ({ out }) => out.includes('"CART-1"'),
    );
    expect((await signalbox(['ls'])).out).toMatch(/^MISSION.*\nCART-1 +shop /);
    expect((await signalbox(['steer', 'CART-1', 'leave the rounding'])).err).toContain('heard');
    expect(await signalbox(['steer', 'CART-1', ' '])).toMatchObject({
      code: 1,
      err: expect.stringContaining('refused: text:'),
    });
    expect((await signalbox(['pause', 'CART-1', '--json'])).json()).toMatchObject({ paused: true });
    expect((await signalbox(['resume', 'mission/CART-1', '--json'])).json()).toMatchObject({ paused: false });
    expect((await signalbox(['plan', 'CART-1'])).err).toContain('no plan yet');
    expect(await signalbox(['plan', 'CART-1', '--version', '2'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('its plans: none yet'),
    });
    expect((await signalbox(['proof', 'CART-1'])).err).toContain('has no proof yet');
    expect((await signalbox(['cancel', 'CART-1', '--reason', 'not needed'])).code).toBe(0);

    const watched = await waiting;
    expect(watched.code).toBe(1);
    expect(watched.out).toMatch(
      /CART-1: The total ignores the discount \(shop\)\n.*note steered by alice: leave the rounding\n/s,
    );
    expect(watched.out).toMatch(/cancelled {2}cancelled by alice: not needed\n/);
    const lines = (await signalbox(['watch', 'CART-1', '--json'])).out.trim().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ outcome: { result: 'cancelled' }, progress: {} });
    expect(await signalbox(['steer', 'CART-1', 'x'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('signalbox ls'),
    });
  });

  it('shows what triage asks, and takes the answer', async () => {
    const { json } = await signalbox(['submit', '-', '--json'], { input: TICKET });
    const { id } = json();
    const asked = await eventually(
      () => signalbox(['status', '--json']),
      ({ out }) => out.includes(`cli/${id}`),
    );
    expect(asked.json().asking).toMatchObject([{ missing: [expect.stringMatching(/^repo: Which repository/)] }]);
    expect((await signalbox(['status'])).out).toContain(`signalbox answer cli/${id} <text>`);
    // It has claimed nothing yet, and is seen nevertheless.
    expect((await signalbox(['triage', 'ls'])).out).toMatch(new RegExp(`^cli/${id}  asking\n  \\? repo: Which`, 'm'));
    // Whoever was told to watch it is not told that there is no such thing.
    for (const command of ['status', 'plan']) {
      const { err } = await signalbox([command, id]);
      expect(err).toContain(`there is no mission ${id} yet, it is not clear enough:\n  repo: Which`);
      expect(err).toContain(`signalbox answer cli/${id} <text>`);
    }
    const watching = signalbox(['watch', `cli/${id}`]);
    expect((await signalbox(['answer', id, 'repo: web', '--json'])).json()).toEqual({
      accepted: true,
      triage: `cli/${id}`,
    });
    const status = await eventually(
      () => signalbox(['status', id, '--json']),
      ({ code }) => code === 0,
    );
    expect(status.json()).toMatchObject({ repo: 'web' });
    await signalbox(['cancel', id]);
    expect((await watching).out).toMatch(/cancelled {2}cancelled by alice/);
    expect((await signalbox(['answer', 'NOBODY-1', 'x'])).err).toContain('nothing is asked about NOBODY-1');
  });

  it('says how many items triage decided on, in what time, and how many of them a person had to put right', async () => {
    const { decided, time, used } = (await signalbox(['triage', 'ls', '--json'])).json();
    expect({ decided, used }).toEqual({
      decided: { items: 2, corrected: 0, untouched: 1 },
      used: { apart: 0, moved: 0 },
    });
    expect(time.p95Ms).toBeGreaterThan(0);
    const { out } = await signalbox(['triage', 'ls']);
    expect(out).toContain('2 decided on, 0 of them corrected (100 % without a correction)');
    expect(out).toMatch(/time to triage: half within \S+, 95 % within \S+, at most \S+; 0 after more than 24 h/);
    expect((await signalbox(['triage', 'accept', 'CART-1'])).err).toContain('nothing is proposed');
  });

  it('shows what is approved, and binds the answer to the head that it has shown', async () => {
    await ask('CART-2');
    const { code, err, json } = await signalbox(['approve', 'CART-2', '--reason', 'seen', '--json']);
    expect(code).toBe(0);
    expect(err).toContain('because      src/auth.ts is protected');
    expect(err).toContain('Mend the \\u{1b}[31mtotal');
    expect(json()).toMatchObject({
      state: 'approved',
      by: { id: 'alice', name: 'Alice' },
      reason: 'seen',
      question: { head: 'a'.repeat(40) },
      given: [{ person: 'alice', via: 'cli' }],
    });
    expect((await signalbox(['approve', 'CART-2/1'])).err).toContain('was answered already: approved');
  });

  it('says why an answer is refused', async () => {
    await ask('CART-3');
    const own = await signalbox(['approve', 'CART-3/1', '--yes'], { user: 'rita' });
    expect(own).toMatchObject({ code: 1, err: expect.stringContaining('refused: Rita asked for the change') });
    const nobody = await signalbox(['approve', 'CART-3/1', '--yes'], { user: 'mallory' });
    expect(nobody).toMatchObject({ code: 1, err: expect.stringContaining('set SIGNALBOX_PERSONAL_TOKEN') });
    expect((await signalbox(['reject', 'CART-3', '--reason', 'too risky'])).code).toBe(0);
    expect((await signalbox(['approve', 'CART-9'])).err).toContain('nothing of CART-9 waits for an approval');
  });

  it('asks something back, takes the answer to that, and hands over to whoever may decide', async () => {
    await ask('CART-4');
    expect((await signalbox(['ask-back', 'CART-4', 'is the old rounding needed?'])).err).toContain('is awaited');
    expect((await signalbox(['answer', 'CART-4', 'no, it is not'], { user: 'rita' })).err).toContain('with CART-4/1');
    expect((await signalbox(['status'])).out).toContain('is the old rounding needed? -- no, it is not');
    const own = await signalbox(['hand-over', 'CART-4', 'rita']);
    expect(own).toMatchObject({ code: 1, err: expect.stringContaining('rita may not decide on CART-4/1') });
    expect((await signalbox(['hand-over', 'CART-4', 'bob'])).err).toContain('stays open, with bob');
    expect((await signalbox(['approve', 'CART-4', '--json'], { user: 'bob' })).json()).toMatchObject({
      state: 'approved',
      talk: [{ by: 'Alice', text: 'is the old rounding needed?', reply: 'no, it is not', repliedBy: 'rita' }],
    });
  });

  it('shows the incidents that ask, whatever does not answer now', async () => {
    const alert = {
      ...{ fingerprint: 'disk', name: 'DiskFull', status: 'firing' as const, severity: 'high' as const },
      ...{ summary: 'The disk is full', labels: {}, startsAt: '2026-11-21T10:00:00Z' },
    };
    const signal = {
      ...{ specversion: '1.0' as const, id: 'a1', source: 'alertmanager' as const, type: 'alert.fired' as const },
      ...{ subject: 'alertmanager-disk', time: '2026-11-21T10:00:00Z', bodyhash: '0'.repeat(64) },
      ...{ datacontenttype: 'application/json' as const, data: { alert } },
    };
    const client = new Client({ connection });
    const { workflowId: id } = await createDispatcher({ client, dedupeMs: 1_000, withinMs: 20_000 }).signal(signal);
    const incident = id.replace('incident/', '');
    // Nobody polls there.
    const lost = { workflowId: 'triage/cli/LOST-1', taskQueue: 'nobody', args: [{}] };
    const handle = await client.workflow.start('triage', lost);
    const { out } = await eventually(
      () => signalbox(['status']),
      (seen) => seen.out.includes(`incident open ${incident}`) && seen.out.includes('LOST-1'),
    );
    expect(out).toContain('a person has to decide: no repository is known for it');
    expect(out).toContain('no answer now of triage/cli/LOST-1');
    await handle.terminate();
    expect((await signalbox(['status', '--json'])).json().incidents).toMatchObject([{ name: 'DiskFull' }]);
    expect((await signalbox(['incident', 'open', incident])).err).toContain('no repository is known for it');
  });

  it('knows people, makes tokens and names what is wrong with people.yaml', async () => {
    expect((await signalbox(['people', 'ls'])).out).toContain('alice  Alice  team shop');
    expect((await signalbox(['people', 'show', 'rita', '--json'])).json()).toMatchObject({ key: 'rita', tokens: 1 });
    const { token, hash } = (await signalbox(['people', 'token', 'bob', '--json'])).json();
    expect([token, hash]).toEqual([expect.stringMatching(/^sbp_.{40,}$/), expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect((await signalbox(['people', 'token', 'mallory'])).err).toContain('there is no mallory in people.yaml');
    expect((await signalbox(['people', 'check'])).code).toBe(0);
    const twice = [...PEOPLE, { key: 'mallory', name: 'Mallory', ids: { cli: ['rita'] } }];
    writeFileSync(join(directory, 'people.yaml'), stringify({ people: twice }));
    const wrong = await signalbox(['people', 'check']);
    expect(wrong).toMatchObject({
      code: 1,
      err: expect.stringContaining('people.3.ids.cli: cli rita is rita already'),
    });
    // Fails closed: while it can't be read, nobody is let in.
    await ask('CART-5');
    expect((await signalbox(['approve', 'CART-5'])).err).toContain('cli rita is rita already');
    writeFileSync(join(directory, 'people.yaml'), stringify({ people: PEOPLE }));
    expect((await signalbox(['approve', 'CART-5'])).code).toBe(0);
  });

  it('says what is not there', async () => {
    for (const args of [['status'], ['watch'], ['plan'], ['proof'], ['cancel']]) {
      const { code, err } = await signalbox([...args, 'NOBODY-1'].slice(0, 2));
      expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('there is no mission NOBODY-1') });
    }
  });
});
