import { afterAll, beforeAll } from '@jest/globals';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import type { WorkItem } from '../../schemas/work-item.js';
import { type MissionStatus, missionStatus } from '../../workflows/messages.js';
import { eventually } from '../eventually.js';
import { type StubbedServer, startStubbedServer } from './server.js';
import type { AllActivities } from './stubs.js';

/** A server for the tests of one file, and missions on it. */
export function useMissions() {
  let server: StubbedServer;
  beforeAll(async () => {
    server = await startStubbedServer();
  });
  afterAll(() => server?.close());

  return {
    client: () => server.client,

    working: <Result>(activities: Partial<AllActivities>, work: () => Promise<Result>) =>
      server.working(activities, work),

    start(item: WorkItem, more: Record<string, unknown> = {}) {
      return server.client.workflow.start('mission', {
        taskQueue: TASK_QUEUE,
        workflowId: workflowId.mission(item.key),
        args: [{ item, attempt: 1, ...more }],
      });
    },

    until: (item: string, holds: (status: MissionStatus) => boolean): Promise<MissionStatus> =>
      eventually(() => server.client.workflow.getHandle(workflowId.mission(item)).query(missionStatus), holds),
  };
}
