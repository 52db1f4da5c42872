import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { workflowId } from '../../schemas/names.js';
import type { Outcome } from '../../schemas/outcome.js';
import { type MissionStatus, missionStatus } from '../../workflows/messages.js';
import { eventually } from '../eventually.js';
import { fileTicket, readTicket, type Stack, startStack } from '../stack.js';

const MINUTES = 60_000;

describe('a mission whose worker is killed', () => {
  let directory: string;
  let stack: Stack;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'signalbox-crash-'));
    stack = await startStack({ directory, memory: true });
  }, 2 * MINUTES);

  afterAll(async () => {
    await stack?.close();
    await rm(directory, { recursive: true, force: true });
  }, MINUTES);

  const handle = stackHandle(() => stack);
  const status = (item: string) => handle(item).query<MissionStatus, []>(missionStatus);

  async function label(): Promise<string> {
    const ticket = readTicket('parcels-faults');
    fileTicket(stack.linear, ticket);
    const webhook = stack.linear.addLabel(ticket.identifier, 'signalbox');
    await stack.linear.deliver(webhook, `${stack.gatewayUrl}/webhooks/linear`);
    return ticket.identifier;
  }

  async function until(item: string, holds: (status: MissionStatus) => boolean): Promise<void> {
    const seen = await eventually(
      () => status(item),
      (now) => holds(now) || now.outcome !== undefined,
    );
    if (!holds(seen)) throw new Error(`ended too early: ${seen.outcome?.because}`);
  }

  it(
    'ends the same: killed while tasks run, once with the same host back and once with another one',
    async () => {
      const one = await stack.startWorker('one');
      const item = await label();
      await until(item, ({ tasks }) => tasks.some(({ state }) => state === 'running'));
      await one.kill();
      const again = await stack.startWorker('one');
      await until(item, ({ tasks }) => tasks.filter(({ state }) => state === 'passed').length >= 1);
      await again.kill();
      await stack.startWorker('two');

      const outcome = await handle(item).result();
      expect(outcome).toMatchObject({ result: 'shipped', planVersions: 1 });
      const changed = stack.repo.git('diff', '--name-only', 'main^1', 'main').split('\n');
      expect(changed).toHaveLength(5);
      // The five right edits, as an undisturbed mission makes them.
      expect(stack.repo.git('show', 'main:service/src/pagination.ts')).not.toContain('size - 1');
      expect(stack.repo.git('show', 'main:rates/rates/rounding.py')).toContain('math.ceil');
      expect(stack.repo.git('show', 'main:rates/rates/zones.py')).toContain('direction(origin, destination)');

      const effects = stack.linear.ledger.map(({ effect, issue, key }) => `${effect} ${issue} ${key}`);
      expect(new Set(effects).size).toBe(effects.length);
      expect(stack.repo.git('rev-list', '--count', '--merges', '--first-parent', 'main')).toBe('1');
    },
    6 * MINUTES,
  );
});

function stackHandle(stack: () => Stack) {
  return (item: string) => stack().client.workflow.getHandle<() => Promise<Outcome>>(workflowId.mission(item));
}
