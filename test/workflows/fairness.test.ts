import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { activityInfo } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { createDispatcher } from '../../gateway/dispatch.js';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import { missionPriority, type WorkPriority } from '../../schemas/priority.js';
import type { WorkItem } from '../../schemas/work-item.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import { type AllActivities, workItem } from './stubs.js';

const MINUTES = 4 * 60_000;
const pause = () => new Promise((done) => setTimeout(done, 50));

describe('who is served first', () => {
  let server: StubbedServer;
  beforeAll(async () => {
    server = await startStubbedServer();
  });
  afterAll(() => server.close());

  interface Waiting {
    readonly name: string;
    readonly priority: WorkPriority;
  }

  /** Steps that wait for the one place on a queue, having come in this order; says in which order they got it. */
  async function crowd(waiting: readonly Waiting[]): Promise<readonly string[]> {
    const served: string[] = [];
    let open = (): void => undefined;
    const opened = new Promise<void>((done) => {
      open = done;
    });
    const tidyHost: AllActivities['tidyHost'] = async () => {
      served.push(activityInfo().workflowExecution?.workflowId ?? '');
      await opened;
      return { processes: 0, removed: 0, quarantined: 0, removedBytes: 0, freeBytes: 0 };
    };
    const queued = async (handle: WorkflowHandle) => {
      while (((await handle.describe()).raw.pendingActivities ?? []).length === 0) await pause();
    };
    await server.working(
      { tidyHost },
      async () => {
        const handles: WorkflowHandle[] = [];
        for (const { name, priority } of waiting) {
          const handle = await server.client.workflow.start('housekeeping', {
            taskQueue: TASK_QUEUE,
            workflowId: name,
            args: [{ host: 'stub', patienceMs: MINUTES }],
            priority,
          });
          await queued(handle);
          handles.push(handle);
        }
        open();
        await Promise.all(handles.map((handle) => handle.result()));
      },
      { sandboxes: 1 },
    );
    // One has the place before anybody else is there.
    return served.slice(1);
  }

  const several = (count: number, name: string, item: Pick<WorkItem, 'severity' | 'repo'>): Waiting[] =>
    Array.from({ length: count }, (_, n) => ({ name: `${name}-${n}`, priority: missionPriority(item) }));

  it(
    'what is urgent goes before what is not, whenever it came',
    async () => {
      const served = await crowd([
        ...several(5, 'low', { severity: 'low', repo: 'shop' }),
        ...several(4, 'normal', { severity: 'normal', repo: 'shop' }),
        ...several(3, 'urgent', { severity: 'urgent', repo: 'shop' }),
      ]);
      expect(served.map((name) => name.split('-')[0])).toEqual([
        ...Array(3).fill('urgent'),
        ...Array(4).fill('normal'),
        ...Array(4).fill('low'),
      ]);
    },
    MINUTES,
  );

  it(
    'a repository with few missions does not wait for all those of one with many',
    async () => {
      const served = await crowd([
        ...several(25, 'many', { severity: 'normal', repo: 'busy' }),
        ...several(3, 'few', { severity: 'normal', repo: 'quiet' }),
      ]);
      // In the order of arrival they would be the last three of 27.
      expect(served.findLastIndex((name) => name.startsWith('few'))).toBeLessThan(12);
    },
    MINUTES,
  );

  it('a mission has the priority of its item from its triage on, and its steps have it from the mission', async () => {
    const assess: AllActivities['assess'] = async ({ subject }) => ({
      status: 'ready',
      item: workItem(subject, { severity: 'urgent', repo: 'shop' }),
    });
    const described = await server.working({ assess }, async () => {
      await createDispatcher({ client: server.client, dedupeMs: 1_000 }).signal({
        ...{ specversion: '1.0', id: 'p', source: 'linear', type: 'ticket.labelled', subject: 'PRIO-1', data: {} },
        ...{ time: '2026-11-21T10:00:00Z', datacontenttype: 'application/json', bodyhash: '0'.repeat(64) },
      } as never);
      const handle = server.client.workflow.getHandle(workflowId.mission('PRIO-1'));
      for (;;) {
        const found = await handle.describe().catch(() => undefined);
        if (found?.status.name === 'COMPLETED') return { found, history: await handle.fetchHistory() };
        await new Promise((done) => setTimeout(done, 50));
      }
    });
    expect(described.found.priority).toMatchObject({ priorityKey: 2, fairnessKey: 'shop' });
    const started = described.history.events?.flatMap(
      ({ startChildWorkflowExecutionInitiatedEventAttributes: child }) => (child ? [child.workflowId ?? ''] : []),
    );
    const first = started?.find((id) => id.startsWith('task/')) ?? '';
    const child = await server.client.workflow.getHandle(first).describe();
    expect(child.priority).toMatchObject({ priorityKey: 2, fairnessKey: 'shop' });
  });
});
