// A command of the suite's own runner: spawned in a process group of its own, so that all of it can be ended.
import { spawn } from 'node:child_process';

export interface Command {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Ended {
  readonly hung: boolean;
  readonly code: number | null;
  /** The last of what it wrote to both streams. */
  readonly words: string;
  readonly milliseconds: number;
}

const WORDS = 4000;

/** Processes that run now: the engine must not leave any behind. */
const running = new Set<number>();

export function runCommand({ argv, cwd, env }: Command, limitMs: number): Promise<Ended> {
  const [program = '', ...rest] = argv;
  const started = performance.now();
  const child = spawn(program, rest, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  return new Promise((resolve) => {
    let words = '';
    let hung = false;
    const hear = (chunk: Buffer) => {
      words = (words + chunk.toString()).slice(-WORDS);
    };
    const { pid } = child;
    if (pid !== undefined) running.add(pid);
    const timer = setTimeout(() => {
      hung = true;
      if (pid !== undefined) endGroup(pid);
    }, limitMs);
    const end = (code: number | null) => {
      clearTimeout(timer);
      // What the tests left running would go on beside the next candidate's.
      if (pid !== undefined) endGroup(pid);
      resolve({ hung, code, words, milliseconds: performance.now() - started });
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', (error) => {
      words += error.message;
      end(null);
    });
    // Not `close`: a process that the tests left behind may hold the streams for ever.
    child.on('exit', (code) => setImmediate(end, code));
  });
}

export function endAll(): void {
  for (const pid of running) endGroup(pid);
}

function endGroup(pid: number): void {
  running.delete(pid);
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of the group is left.
  }
}
