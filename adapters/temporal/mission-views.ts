import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { workflowId } from '../../schemas/names.js';

/** How a mission says that it is. `client` is asked for at each call: a worker's is its own. */
export function createMissionViews<Status>(client: () => Client) {
  return {
    async status(item: string): Promise<Status | undefined> {
      try {
        return await client().workflow.getHandle(workflowId.mission(item)).query<Status, []>('missionStatus');
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw error;
      }
    },
  };
}

/** How an incident says that it is, and whether it still goes on. */
export function createIncidentViews<Status>(client: () => Client) {
  return {
    async status(id: string): Promise<{ readonly status: Status; readonly running: boolean } | undefined> {
      try {
        const handle = client().workflow.getHandle(id);
        const status = await handle.query<Status, []>('incidentStatus');
        return { status, running: (await handle.describe()).status.name === 'RUNNING' };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw error;
      }
    },
  };
}

/** Where a mission is told about; undefined when it is not. */
export async function threadPlace<Place>(client: Client, item: string): Promise<Place | undefined> {
  try {
    const place = await client.workflow.getHandle(workflowId.thread(item)).query<Place | null, []>('threadStatus');
    return place ?? undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
