import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import type { Outcome } from '../../schemas/outcome.js';
import type { Proof } from '../../schemas/proof.js';
import { cancelMission } from '../../workflows/messages.js';
import { type MergeQueueStatus, mergeQueueStatus } from '../../workflows/messages-standing.js';
import { eventually } from '../eventually.js';
import { type GrowingRepoOptions, growingRepo } from './growing-repo.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import { operator, stubs, workItem } from './stubs.js';

// Missions that wait for their turn to merge are validated together.

describe('changes that wait to be merged', () => {
  let server: StubbedServer;
  beforeAll(async () => {
    server = await startStubbedServer();
  });
  afterAll(() => server.close());

  /** One mission keeps its turn until all others wait for theirs; `meanwhile` happens before it gives it back. */
  async function inLine(name: string, count: number, options: GrowingRepoOptions = {}, meanwhile = async () => {}) {
    const repo = growingRepo(name, options);
    const proofs: Proof[] = [];
    let release: () => void = () => undefined;
    const released = new Promise<void>((done) => {
      release = done;
    });
    const items = Array.from({ length: count }, (_none, n) => `${name}-${n}`);
    const { workflow } = server.client;
    const queue = workflow.getHandle(workflowId.mergeQueue(name));
    const status = (): Promise<MergeQueueStatus | undefined> => queue.query(mergeQueueStatus).catch(() => undefined);
    const until = (holds: (status: MergeQueueStatus | undefined) => boolean) => eventually(status, holds);
    const activities = {
      ...repo.activities,
      writeProof: async (proof: Proof) => {
        proofs.push(proof);
        if (proof.item.key === items[0]) await released;
        return stubs.writeProof(proof);
      },
    };
    return server.working(activities, async () => {
      const handles = [];
      for (const [n, item] of items.entries()) {
        handles.push(
          await workflow.start('mission', {
            ...{ taskQueue: TASK_QUEUE, workflowId: workflowId.mission(item) },
            args: [{ item: workItem(item, { repo: name }), attempt: 1 }],
          }),
        );
        await until((now) => (n === 0 ? now?.holder !== undefined : now?.waiting.length === n));
      }
      await meanwhile();
      release();
      const outcomes = await Promise.all(handles.map((handle) => handle.result() as Promise<Outcome>));
      return { repo, proofs, outcomes, items, status: await status() };
    });
  }

  it('are validated once, together, and merged in their order; each proof says what it was judged with', async () => {
    const { repo, proofs, outcomes, items, status } = await inLine('B1', 8);
    expect(outcomes.map(({ result }) => result)).toEqual(items.map(() => 'shipped'));
    expect(repo.log).toEqual(items);
    // One by one it is one validation for each after the first: seven.
    expect(repo.judged).toEqual([items]);
    expect(status?.batches).toEqual({ changes: 7, validations: 1, culprits: 0 });
    const last = proofs.at(-1);
    expect(last?.batch?.items).toEqual(items.slice(1));
    expect(proofs[1]?.head.map(({ tree }) => repo.itemsOf(tree))).toEqual([items, items]);
    expect(proofs[1]?.passingAfter).toEqual([]);
  });

  it('are halved when they are red: the culprit is found and goes by itself, the others are merged', async () => {
    const { repo, outcomes, items, status } = await inLine('B2', 8, { red: (all) => all.includes('B2-5') });
    expect(outcomes.map(({ result }) => result)).toEqual(items.map((item) => (item === 'B2-5' ? 'failed' : 'shipped')));
    expect(outcomes[5]?.because).toContain('it does not pass together with what moved it');
    expect(repo.log).toEqual(items.filter((item) => item !== 'B2-5'));
    // 1-7, then halves, the two behind it as a batch of their own, and the culprit by itself.
    expect(repo.judged.length).toBeLessThanOrEqual(6);
    expect(status?.batches).toMatchObject({ changes: 6, culprits: 1 });
  });

  it('are merged without the one that does not fit, which is given back with what conflicts', async () => {
    const { repo, outcomes, items } = await inLine('B3', 4, { conflict: ['B3-1', 'B3-2'] });
    expect(repo.log).toEqual(items.filter((item) => item !== 'B3-2'));
    expect(outcomes[2]).toMatchObject({ result: 'failed', because: expect.stringContaining('src/tax.ts') });
    expect(repo.judged).toEqual([['B3-0', 'B3-1', 'B3-3']]);
  });

  it('are validated by themselves when somebody leaves the line after they were judged with them', async () => {
    let cancelled = false;
    const { repo, outcomes } = await inLine('B4', 4, {
      red: () => {
        if (!cancelled) {
          cancelled = true;
          void server.client.workflow
            .getHandle(workflowId.mission('B4-1'))
            .executeUpdate(cancelMission, { args: [{ by: operator, text: '' }] });
        }
        return false;
      },
    });
    expect(outcomes.map(({ result }) => result)).toEqual(['shipped', 'cancelled', 'shipped', 'shipped']);
    expect(repo.merged()).toEqual(['B4-0', 'B4-2', 'B4-3']);
    // What is merged was judged as it is, by somebody.
    expect(repo.judged).toContainEqual(['B4-0', 'B4-2']);
    expect(repo.judged).toContainEqual(['B4-0', 'B4-2', 'B4-3']);
  });
});
