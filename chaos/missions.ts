import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { bindingOf } from '../schemas/approval-record.js';
import { workflowId } from '../schemas/names.js';
import type { Outcome } from '../schemas/outcome.js';
import { approvalStatus } from '../workflows/messages-standing.js';

interface MissionEnd {
  readonly result: string;
  readonly because: string;
}

/** Items whose missions are closed. Throws while Temporal is away. */
export async function closedItems(client: Client, items: readonly string[]): Promise<Set<string>> {
  const closed = new Set<string>();
  const prefix = workflowId.mission('');
  const query = `WorkflowType = 'mission' AND ExecutionStatus != 'Running'`;
  for await (const run of client.workflow.list({ query })) {
    if (run.status.name !== 'CONTINUED_AS_NEW') closed.add(run.workflowId.slice(prefix.length));
  }
  return new Set(items.filter((item) => closed.has(item)));
}

export interface Door {
  readonly client: Client;
  readonly gatewayUrl: string;
  /** Of the local person, whose token the gateway has left there. */
  readonly stateDir: string;
}

/** The gateway waits for a worker, and either may be down. */
const ANSWER_MS = 30_000;

/** Says yes to whatever waits for a person, by the gateway. Throws while it or Temporal is away. */
export async function answerApprovals({ client, gatewayUrl, stateDir }: Door): Promise<void> {
  const query = `WorkflowType = 'approval' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId: id } of client.workflow.list({ query })) {
    const handle = client.workflow.getHandle(id);
    const { question, state } = await handle.query(approvalStatus);
    if (state !== 'open') continue;
    const token = readFileSync(join(stateDir, 'people/local-token'), 'utf8').trim();
    await fetch(`${gatewayUrl}/approvals`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...bindingOf(question), decision: 'approve', reason: 'asked for by chaos' }),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  }
}

/** Of a mission that is closed. */
export async function endOf(client: Client, item: string): Promise<MissionEnd> {
  try {
    const { result, because } = await client.workflow.result<() => Promise<Outcome>>(workflowId.mission(item));
    return { result, because };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return { result: 'broken', because: error.cause?.message ?? error.message };
  }
}
