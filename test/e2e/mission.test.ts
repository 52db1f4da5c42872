import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { workflowId } from '../../schemas/names.js';
import type { Outcome } from '../../schemas/outcome.js';
import { unpackPlans } from '../../schemas/plan-versions.js';
import { Proof } from '../../schemas/proof.js';
import { loadConfig } from '../../temporal.config.js';
import { type MissionStatus, missionPlans, missionStatus } from '../../workflows/messages.js';
import { triageStatus } from '../../workflows/messages-triage.js';
import { eventually } from '../eventually.js';
import { fileTicket, readTicket, type Stack, startStack } from '../stack.js';

const { installDir } = loadConfig();
const MINUTES = 60_000;

describe('from a signed webhook to a merged change', () => {
  let directory: string;
  let stack: Stack;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'signalbox-e2e-'));
    stack = await startStack({ directory, memory: true });
    await stack.startWorker('one');
  }, 2 * MINUTES);

  afterAll(async () => {
    await stack?.close();
    await rm(directory, { recursive: true, force: true });
  }, MINUTES);

  async function label(ticketName: string) {
    const ticket = readTicket(ticketName);
    fileTicket(stack.linear, ticket);
    const webhook = stack.linear.addLabel(ticket.identifier, 'signalbox');
    const response = await stack.linear.deliver(webhook, `${stack.gatewayUrl}/webhooks/linear`);
    expect(response.status).toBe(200);
    return { item: ticket.identifier, webhook };
  }

  async function cli(...args: string[]) {
    const run = promisify(execFile)(process.execPath, [join(installDir, 'dist/cli/main.js'), ...args], {
      env: { ...stack.env },
    });
    return (await run).stdout;
  }

  const handle = (item: string) => stack.client.workflow.getHandle<() => Promise<Outcome>>(workflowId.mission(item));
  const status = (item: string) => handle(item).query<MissionStatus, []>(missionStatus);
  const started = (item: string) =>
    eventually(
      () => status(item),
      () => true,
    );
  const comments = (item: string) => stack.linear.workspace.issue(item).comments.map(({ body }) => body);

  it(
    'repairs five faults in two modules side by side, proves, merges and tells the ticket',
    async () => {
      const { item, webhook } = await label('parcels-faults');
      await started(item);
      const outcome = await handle(item).result();
      expect(outcome).toMatchObject({ result: 'shipped', spend: { usd: 0 } });

      const message = stack.repo.git('show', '--no-patch', '--format=%B', 'main');
      expect(stack.repo.git('rev-parse', 'main')).toBe(outcome.mergeCommit);
      expect(message).toContain('Signalbox-Mission: mission/PAR-101');
      expect(message).toContain(`Signalbox-Proof: sha256:${outcome.proof?.sha256}`);
      const changed = stack.repo.git('diff', '--name-only', 'main^1', 'main').split('\n').sort();
      expect(changed).toEqual([
        'rates/rates/rounding.py',
        'rates/rates/zones.py',
        'service/src/discount.ts',
        'service/src/events.ts',
        'service/src/pagination.ts',
      ]);

      const [plan] = unpackPlans(await handle(item).query(missionPlans));
      expect(plan?.tasks.filter(({ kind }) => kind === 'change')).toHaveLength(5);
      expect(plan?.tasks.slice(-2).map(({ id }) => id)).toEqual(['integrate', 'scenarios']);

      const proof = Proof.parse(JSON.parse(await cli('proof', item, '--json')));
      expect(proof.change.head).toBe(stack.repo.git('rev-parse', 'main^2'));
      expect(proof.passingAfter).toHaveLength(11);
      expect(proof.head.every((verdict) => verdict.outcome === 'pass' && verdict.tree === proof.change.tree)).toBe(
        true,
      );
      expect(proof.base.find(({ gate }) => gate === 'service-tests')?.outcome).toBe('fail');

      expect(comments(item)).toHaveLength(2);
      expect(comments(item)[1]).toContain(outcome.mergeCommit);
      expect(stack.linear.workspace.issue(item).state.type).toBe('completed');

      const archive = stack.client.workflow.getHandle(workflowId.archive(item, (await handle(item).describe()).runId));
      expect(await archive.result()).toEqual({ seq: 1, missing: 0 });
      expect(JSON.parse(await cli('replay', item, '--json'))).toMatchObject({ same: true });
      expect(JSON.parse(await cli('trace', item, '--json'))).toMatchObject({ outcome, totals: { all: { calls: 0 } } });

      await stack.linear.deliver(stack.linear.again(webhook), `${stack.gatewayUrl}/webhooks/linear`);
      const triage = stack.client.workflow.getHandle(workflowId.triage(`linear/${item}`));
      await eventually(
        () => triage.query(triageStatus),
        ({ folded }) => folded === 1,
      );
      const found = await eventually(
        () => stack.client.workflow.count(`SignalboxMission = "${item}" AND WorkflowType = "mission"`),
        ({ count }) => count > 0,
      );
      expect(found.count).toBe(1);
    },
    4 * MINUTES,
  );

  it(
    'says "cannot do" to a feature, with the evidence on the ticket and nothing merged',
    async () => {
      const main = stack.repo.git('rev-parse', 'main');
      const { item } = await label('parcels-csv-export');
      await started(item);
      const outcome = await handle(item).result();
      expect(outcome.result).toBe('cannot-do');
      expect(outcome.because).toContain('no failing test');
      expect(comments(item).at(-1)).toContain('Cannot do this');
      expect(comments(item).at(-1)).toContain('tests were run on the base');
      expect(stack.repo.git('rev-parse', 'main')).toBe(main);
      expect(stack.repo.git('branch', '--list', `signalbox/${item}`)).toBe('');
    },
    2 * MINUTES,
  );

  it(
    'waits for a person when the repair touches a protected path, and is approved from the CLI',
    async () => {
      stack.repo.commit('parcels-tax-fault', 'Tests for the reverse charge');
      const main = stack.repo.git('rev-parse', 'main');
      const { item } = await label('parcels-tax');
      const waiting = await eventually(
        () => status(item),
        ({ stage, waitingOn }) => stage === 'approval' && waitingOn !== undefined,
      );
      expect(waiting.waitingOn?.what).toContain(`signalbox approve ${item}/1`);
      expect(stack.repo.git('rev-parse', 'main')).toBe(main);
      await eventually(
        async () => comments(item),
        (bodies) => bodies.some((body) => body.includes('A person has to decide')),
      );
      await cli('approve', `${item}/1`, '--reason', 'read the diff');
      const outcome = await handle(item).result();
      expect(outcome.result).toBe('shipped');
      const proof = Proof.parse(JSON.parse(await cli('proof', item, '--json')));
      expect(proof.approvals).toMatchObject([
        { outcome: 'approved', reason: 'read the diff', question: { head: proof.change.head } },
      ]);
    },
    2 * MINUTES,
  );

  it(
    'asks the reporter of a vague ticket once, and goes on with the answer',
    async () => {
      const { item } = await label('parcels-vague');
      const triage = stack.client.workflow.getHandle(workflowId.triage(`linear/${item}`));
      await eventually(
        () => triage.query(triageStatus),
        ({ stage }) => stage === 'asking',
      );
      await eventually(
        async () => comments(item),
        (bodies) => bodies.length === 1,
      );
      expect(comments(item)[0]).toContain('What should happen instead?');
      const answer = stack.linear.addComment(
        item,
        'A quote should be the same every time.\n\n- ten quotes of one parcel are equal',
      );
      await stack.linear.deliver(answer, `${stack.gatewayUrl}/webhooks/linear`);
      await started(item);
      expect((await handle(item).result()).result).toBe('cannot-do');
      expect(comments(item).filter((body) => body.includes('Before work can start'))).toHaveLength(1);
    },
    2 * MINUTES,
  );

  it('has one trace from the webhook to every step, in the logs of both processes', () => {
    const lines = (file: string) =>
      readFileSync(join(directory, file), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    const dispatched = lines('gateway.log').find(({ subject }) => subject === 'PAR-102');
    const steps = lines('worker-one.log').filter(({ mission, outcome }) => mission === 'PAR-102' && outcome === 'done');
    expect(dispatched?.trace_id).toMatch(/^[0-9a-f]{32}$/);
    expect(steps.length).toBeGreaterThan(5);
    expect(new Set(steps.map(({ trace_id }) => trace_id))).toEqual(new Set([dispatched?.trace_id]));
  });

  it('writes each comment exactly once', () => {
    const keys = stack.linear.ledger.map(({ effect, issue, key }) => `${effect} ${issue} ${key}`);
    expect(keys.length).toBeGreaterThan(0);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
