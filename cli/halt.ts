import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { createHalting } from '../gateway/dispatch.js';
import type { HaltStatus } from '../schemas/halt.js';
import { workflowId } from '../schemas/names.js';
import { Actor } from '../schemas/signal.js';
import { resumeAll } from '../workflows/messages-standing.js';
import { withClient } from './connect.js';
import { Refusal } from './errors.js';
import { json, safe } from './output.js';
import { duration } from './text.js';

// Stops everything that this installation does, and lets it go on.

export interface HaltOrder {
  readonly reason: string;
  readonly json: boolean;
}

export function halt({ reason, json: asJson }: HaltOrder): Promise<number> {
  return withClient(async ({ client, config, output }) => {
    const by = { id: `cli:${config.user}`, name: config.user };
    try {
      await createHalting(client).halt({ by, reason });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      output.talk('everything is halted already');
    }
    const status = await haltStatus(client);
    if (!status) throw new Refusal('the halt was lifted at once by somebody else');
    if (asJson) output.data(json(status));
    else {
      output.data(describeHalt(status));
      output.talk('no new call is paid and nothing new begins; what runs may finish. `signalbox resume-all` goes on');
    }
    return 0;
  });
}

export function resume({ reason, json: asJson }: HaltOrder): Promise<number> {
  return withClient(async ({ client, config, output }) => {
    const by = { id: `cli:${config.user}`, name: config.user };
    const handle = client.workflow.getHandle(workflowId.halt());
    if (!(await haltStatus(client))) throw new Refusal('nothing is halted');
    const lifted = await handle.executeUpdate(resumeAll, { args: [{ by, text: reason }] });
    await handle.result();
    if (asJson) output.data(json(lifted));
    else output.talk(`goes on after ${duration(Date.now() - Date.parse(lifted.since))}; what waits is being told`);
    return 0;
  });
}

/** Undefined: nothing is halted. Needs no worker. */
export async function haltStatus(client: Client): Promise<HaltStatus | undefined> {
  try {
    const { status, runId, startTime, memo } = await client.workflow.getHandle(workflowId.halt()).describe();
    if (status.name !== 'RUNNING') return undefined;
    const by = Actor.safeParse(memo?.by).data ?? { id: 'unknown' };
    const reason = typeof memo?.reason === 'string' ? memo.reason : '';
    return { id: runId, since: startTime.toISOString(), by, reason };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

export function describeHalt({ since, by, reason }: HaltStatus): string {
  const who = safe(by.name ?? by.id);
  const why = reason ? `: ${safe(reason)}` : '';
  return `HALTED for ${duration(Date.now() - Date.parse(since))} by ${who}${why}`;
}
