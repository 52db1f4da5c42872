import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

// Long-running child processes that never outlive their parent: the development server, and the gateway and worker of
// `signalbox dev`.

export interface Child {
  readonly pid: number;
  /** Resolves when the process is gone, wanted or not. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** One that has ended hears nothing. */
  signal(signal: NodeJS.Signals): void;
  /** Asks it to end, insists after a while, and waits until it is gone. */
  end(how: { readonly signal: NodeJS.Signals; readonly insistAfterMs: number }): Promise<void>;
}

export interface StartChild {
  readonly command: readonly [string, ...string[]];
  /** File descriptor for stdout and stderr, or those of this process. */
  readonly output: number | 'inherit';
  /** By default the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * The child gets a process group of its own, so that Ctrl-C reaches it only through us and in our order. Where
 * `setpriv` exists the kernel ends it even if we are killed without a chance to.
 */
export async function startChild({ command, output, env }: StartChild): Promise<Child> {
  const [program, ...args] = (await canBind()) ? boundTo(process.pid, command) : command;
  const child = spawn(program, args, {
    stdio: ['ignore', output, output],
    detached: true,
    ...(env ? { env } : {}),
  });
  await once(child, 'spawn');
  const killWithParent = () => child.kill('SIGKILL');
  process.once('exit', killWithParent);
  const ended = once(child, 'exit').then(([code, signal]) => {
    process.off('exit', killWithParent);
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  return {
    ...{ pid: child.pid ?? 0, ended },
    signal: (signal) => void child.kill(signal),
    end: (how) => end(child, ended, how),
  };
}

async function end(
  child: ChildProcess,
  ended: Promise<unknown>,
  { signal, insistAfterMs }: Parameters<Child['end']>[0],
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  const insisting = setTimeout(() => child.kill('SIGKILL'), insistAfterMs);
  await ended;
  clearTimeout(insisting);
}

/**
 * The command, ended with its parent. The kernel tells nobody of a parent that was gone before it was asked to: then
 * the command is not begun.
 */
export function boundTo(parent: number, command: StartChild['command']): StartChild['command'] {
  const begin = '[ "$PPID" = "$0" ] && exec "$@"';
  return ['setpriv', '--pdeathsig', 'TERM', 'sh', '-c', begin, String(parent), ...command];
}

let binds: Promise<boolean> | undefined;

function canBind(): Promise<boolean> {
  binds ??= promisify(execFile)('setpriv', ['--pdeathsig', 'TERM', 'true']).then(
    () => true,
    () => false,
  );
  return binds;
}
