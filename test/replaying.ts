import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { loadConfig } from '../temporal.config.js';

// Replays kept histories: one worker for many of them, which is ten times as fast as one for each.

const { installDir } = loadConfig();
export const DIRECTORY = join(installDir, 'test/histories');
export const bundleCode = readFileSync(join(installDir, 'dist/workflow-bundle.js'), 'utf8');
export const workflowBundle = bundleOf(bundleCode);
/** Names of files, sorted. */
export const histories = readdirSync(DIRECTORY)
  .filter((file) => file.endsWith('.json'))
  .sort();

export function bundleOf(code: string): WorkflowBundleWithSourceMap {
  return { code } as WorkflowBundleWithSourceMap;
}

interface Event {
  readonly eventType: string;
  readonly workflowExecutionStartedEventAttributes?: {
    readonly workflowType: { readonly name: string };
    readonly continuedExecutionRunId?: string;
  };
  readonly activityTaskScheduledEventAttributes?: { readonly activityType: { name: string } };
}

export function readHistory(file: string): { readonly events: readonly Event[] } {
  return JSON.parse(readFileSync(join(DIRECTORY, file), 'utf8'));
}

/** The type of workflow that a history is of, as it says itself. */
export function typeOf(file: string): string | undefined {
  return readHistory(file).events[0]?.workflowExecutionStartedEventAttributes?.workflowType.name;
}

/** File -> what the bundle does otherwise than the history has it, undefined when nothing. */
export async function replayed(
  workflowBundle: WorkflowBundleWithSourceMap,
  files: readonly string[],
): Promise<ReadonlyMap<string, Error | undefined>> {
  const found = new Map<string, Error | undefined>();
  const all = files.map((file) => ({ workflowId: file, history: readHistory(file) }));
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, all)) {
    found.set(workflowId, error);
  }
  return found;
}
