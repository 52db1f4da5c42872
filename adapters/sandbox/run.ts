import { availableParallelism } from 'node:os';
import type { CommandResult, SandboxCommand, SandboxLimits } from '../../activities/ports.js';
import { lost, refused } from '../depot/git.js';
import { Bubble, type BubbleRequest } from './bubble.js';
import { BoundedOutput, textSink } from './output.js';
import type { Watch } from './watchdog.js';

// One command in a sandbox of its own, to its end.

export type Ending = NonNullable<CommandResult['ended']>;

export interface RunRequest extends Omit<BubbleRequest, 'argv' | 'env' | 'limits' | 'stdin' | 'cwd'> {
  readonly command: SandboxCommand;
  readonly limits: SandboxLimits;
  /** Ends the command when it uses more than it may. */
  readonly watch?: Watch;
}

export interface RawResult extends Omit<CommandResult, 'stdout' | 'stderr'> {
  readonly stdout: BoundedOutput;
  readonly stderr: BoundedOutput;
}

export async function runCommand(request: RunRequest): Promise<CommandResult> {
  const { stdout, stderr, ...rest } = await runRaw(request);
  return { ...rest, stdout: stdout.text(), stderr: stderr.text() };
}

export async function runRaw(request: RunRequest): Promise<RawResult> {
  const { command, limits, watch } = request;
  const begin = performance.now();
  const stdout = new BoundedOutput(limits.outputBytes);
  const stderr = new BoundedOutput(limits.outputBytes);
  if (command.signal?.aborted) {
    return { exitCode: null, signal: null, ended: 'cancelled', stdout, stderr, dropped: 0, durationMs: 0 };
  }
  const bubble = new Bubble({ ...request, ...shapeOf(command, limits), stdin: command.stdin !== undefined });
  bubble.stdin?.end(command.stdin);
  let ended: Ending | undefined;
  const end = (why: Ending) => {
    ended ??= why;
    bubble.kill();
  };
  const release = guard(command, bubble, end, watch);
  const onText = command.onStdout && textSink(command.onStdout);
  bubble.stdout.on('data', (chunk: Buffer) => {
    stdout.write(chunk);
    onText?.(chunk);
  });
  bubble.stderr.on('data', (chunk: Buffer) => stderr.write(chunk));
  try {
    const exitCode = await bubble.ended;
    const dropped = stdout.dropped + stderr.dropped;
    const durationMs = performance.now() - begin;
    return { ...statusOf(exitCode, ended), stdout, stderr, dropped, durationMs };
  } catch (error) {
    throw lost(`${(error as Error).message}: ${stderr.text().trim()}`);
  } finally {
    release();
  }
}

/** The arguments, environment and limits of bubblewrap for a command. */
export function shapeOf(command: SandboxCommand, limits: SandboxLimits) {
  return {
    argv: typeof command.command === 'string' ? ['/bin/sh', '-c', command.command] : command.command,
    cwd: workspacePath(command.cwd ?? '.'),
    env: checkedEnvironment(command.env),
    limits: {
      memoryMiB: limits.memoryMiB,
      processes: limits.processes,
      fileMiB: limits.diskMiB,
      cpuSeconds: Math.ceil(command.timeoutMs / 1000) * availableParallelism() + 1,
    },
  };
}

/** Time, cancellation and consumption end a command. Returns what lets go of it. */
export function guard(
  { timeoutMs, signal }: Pick<SandboxCommand, 'timeoutMs' | 'signal'>,
  bubble: Bubble,
  end: (why: Ending) => void,
  watch?: Watch,
): () => void {
  const timer = setTimeout(() => end('timeout'), timeoutMs);
  const cancel = () => end('cancelled');
  signal?.addEventListener('abort', cancel, { once: true });
  const unwatch = watch?.(bubble, end);
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
    unwatch?.();
  };
}

export function statusOf(exitCode: number, ended: Ending | undefined) {
  return ended ? ({ exitCode: null, signal: 'SIGKILL', ended } as const) : { exitCode, signal: null };
}

/** A directory of the workspace as seen from inside. */
export function workspacePath(path: string): string {
  if (path.startsWith('/') || path.includes('\0') || path.split('/').includes('..')) {
    throw refused('BadInput', `expected a path inside the workspace: ${path}`);
  }
  return path === '.' ? '/workspace' : `/workspace/${path}`;
}

export function checkedEnvironment(env: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || value.includes('\0')) {
      throw refused('BadInput', `expected the name and value of an environment variable: ${name}`);
    }
  }
  return env;
}
