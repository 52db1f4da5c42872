import type { Client } from '@temporalio/client';

export interface StartedBy {
  readonly client: Client;
  readonly workflow: string;
}

/** Names of all activities, and `child` for each child, that a workflow and its children started; sorted. */
export async function startedBy({ client, workflow }: StartedBy): Promise<string[]> {
  const { events } = await client.workflow.getHandle(workflow).fetchHistory();
  const started: string[] = [];
  for (const event of events ?? []) {
    const activity = event.activityTaskScheduledEventAttributes?.activityType?.name;
    if (activity) started.push(activity);
    const child = event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId;
    if (child) started.push('child', ...(await startedBy({ client, workflow: child })));
  }
  return started.sort();
}
