import { RepairEvent, type RepairProgress, type RepairRequest } from '../schemas/repair.js';
import { permanent, transient } from './failure.js';
import type { Workspace } from './ports.js';

/** Time for the engine to survey the tests before and to say its result after the search. */
const GRACE_SECONDS = 120;
const LINE_BYTES = 64 * 1024 * 1024;

export interface EngineRun {
  readonly workspace: Workspace;
  readonly command: readonly string[];
  readonly request: RepairRequest;
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: RepairProgress) => void;
}

/**
 * Runs the repair engine inside the sandbox and returns its last event. It runs beside the code under test, so its
 * lines are parsed as strictly as any other input.
 */
export async function runEngine(run: EngineRun): Promise<Exclude<RepairEvent, { event: 'progress' }>> {
  let rest = '';
  let last: Exclude<RepairEvent, { event: 'progress' }> | undefined;
  let wrong: Error | undefined;
  // Called from a stream: what is thrown here would reach nobody, so it is kept.
  const onLine = (line: string) => {
    try {
      const event = RepairEvent.parse(JSON.parse(line));
      if (event.event === 'progress') run.onProgress(event.progress);
      else last = event;
    } catch (error) {
      wrong ??= error as Error;
    }
  };
  const result = await run.workspace.exec({
    command: run.command,
    stdin: JSON.stringify(run.request),
    timeoutMs: (run.seconds + GRACE_SECONDS) * 1000,
    signal: run.signal,
    onStdout: (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LINE_BYTES) rest = '';
      for (const line of lines) if (line.startsWith('{')) onLine(line);
    },
  });
  run.signal.throwIfAborted();
  if (wrong)
    throw permanent('SandboxRefused', `the repair engine said what it may not say: ${wrong.message.slice(0, 2000)}`);
  if (!last) {
    const how = result.ended ?? `exit code ${result.exitCode}`;
    throw transient('SandboxLost', `the repair engine ended (${how}) without an answer: ${result.stderr.slice(-2000)}`);
  }
  return last;
}
