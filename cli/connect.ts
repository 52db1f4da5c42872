import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { connect, type Temporal, type TemporalSettings } from '../adapters/temporal/client.js';
import { type Config, loadConfig } from '../temporal.config.js';
import { Refusal } from './errors.js';
import { type Output, processOutput } from './output.js';

// What every command that talks to Temporal gets; the connection is closed when the command is done.

const ANSWER_MS = 5_000;

export interface Context {
  readonly client: Client;
  readonly config: Config;
  readonly output: Output;
}

/** A connection that has been seen to work. */
export async function reach(settings: TemporalSettings): Promise<Temporal> {
  const temporal = connect(settings);
  try {
    await temporal.ping(ANSWER_MS);
    return temporal;
  } catch (error) {
    await temporal.close();
    throw new Refusal(`${error instanceof Error ? error.message : error} (\`signalbox dev\` starts one here)`);
  }
}

export async function withClient(work: (context: Context) => Promise<number>): Promise<number> {
  const config = loadConfig();
  const temporal = await reach(config.temporal);
  try {
    return await work({ client: temporal.client, config, output: processOutput(config.color) });
  } finally {
    await temporal.close();
  }
}

/** For commands that the archive can answer too. */
export interface RecordContext extends Omit<Context, 'client'> {
  /** Undefined when Temporal does not answer. */
  readonly client: Client | undefined;
}

export async function withRecords(work: (context: RecordContext) => Promise<number>): Promise<number> {
  const config = loadConfig();
  const output = processOutput(config.color);
  const temporal = await reach(config.temporal).catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error;
    return undefined;
  });
  try {
    return await work({ client: temporal?.client, config, output });
  } finally {
    await temporal?.close();
  }
}

/** `RUNNING`, `COMPLETED`, …; undefined when there is no such workflow. */
export async function runStatus(client: Client, workflowId: string): Promise<string | undefined> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
