import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import type { Outcome } from '../../schemas/outcome.js';
import { AGENT_CASES } from '../../scripts/agent-histories.js';
import type { Case } from '../../scripts/history-case.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import { workItem } from './stubs.js';

const MINUTES = 3 * 60_000;

/** Missions with their tasks, reviews and archives, that are asked for nothing on the way: a query is a replay too. */
const CHOSEN = ['mission-with-agents', 'task-test-first', 'task-continued-as-new', 'task-escalated'];

describe('a worker that keeps no workflow in its cache', () => {
  let server: StubbedServer;
  beforeAll(async () => {
    server = await startStubbedServer();
  });
  afterAll(() => server.close());

  const cases = CHOSEN.map((name): [string, Case] => {
    const found = AGENT_CASES.find(({ keep }) => name in keep);
    if (!found) throw new Error(`there is no case of ${name}`);
    return [name, found];
  });

  it.each(cases)(
    'replays all of it for each of its steps: %s',
    async (name, { item, ticket, activities, input }) => {
      const outcome = await server.working(
        activities,
        async () => {
          const handle = await server.client.workflow.start('mission', {
            taskQueue: TASK_QUEUE,
            workflowId: workflowId.mission(item),
            args: [{ item: workItem(item, ticket), attempt: 1, ...input }],
            workflowTaskTimeout: '1 minute',
          });
          return (await handle.result()) as Outcome;
        },
        { cached: 0 },
      );
      expect([name, outcome.result]).toEqual([name, 'shipped']);
      const { events } = await server.client.workflow.getHandle(workflowId.mission(item)).fetchHistory();
      const failures = events?.flatMap(
        ({ workflowTaskFailedEventAttributes: failed }) => failed?.failure?.message ?? [],
      );
      expect(failures?.filter((message) => /nondetermini|TMPRL1100/i.test(message))).toEqual([]);
    },
    MINUTES,
  );
});
