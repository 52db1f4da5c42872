import { existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../infra/child.js';

// The programs of an installation as processes of their own, with a log file each.

const READY_MS = 60_000;

/** No model can be called, whatever keys this environment has: a test must never cost money. */
export const NO_KEYS = {
  ...{ ANTHROPIC_API_KEY: '', ANTHROPIC_API_KEY_FILE: '', ANTHROPIC_BASE_URL: '' },
  ...{ OPENAI_API_KEY: '', OPENAI_API_KEY_FILE: '', OPENAI_BASE_URL: '', OPENAI_MODEL: '' },
};

export interface ProgramOptions {
  readonly installDir: string;
  /** For logs. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface StartProgram extends ProgramOptions {
  /** Below `dist/`. */
  readonly entry: string;
  readonly name: string;
}

export interface Program {
  readonly child: Child;
  readonly log: string;
}

export async function startProgram({ installDir, directory, env, entry, name }: StartProgram): Promise<Program> {
  const log = join(directory, `${name}.log`);
  const command = [process.execPath, join(installDir, 'dist', entry)] as const;
  return { child: await startChild({ command, output: openSync(log, 'a'), env }), log };
}

export interface WorkerProcess {
  readonly child: Child;
  readonly host: string;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** Resolves once it polls its queues. */
export async function startWorkerProcess(options: ProgramOptions & { readonly host: string }): Promise<WorkerProcess> {
  const { host, directory } = options;
  const name = `worker-${host}`;
  const path = join(directory, `${name}.log`);
  // A worker of this name may have been there before.
  const before = existsSync(path) ? statSync(path).size : 0;
  const env = { ...options.env, SIGNALBOX_HOST: host };
  const { child, log } = await startProgram({ ...options, env, entry: 'workers/main.js', name });
  await until(`worker ${host}`, { child, log }, async () =>
    readFileSync(log).subarray(before).includes('worker ready'),
  );
  return {
    child,
    host,
    kill: () => child.end({ signal: 'SIGKILL', insistAfterMs: 0 }),
    stop: () => child.end({ signal: 'SIGTERM', insistAfterMs: 20_000 }),
  };
}

/** Throws with the end of its log when the program ends before it is ready. */
export async function until(what: string, { child, log }: Program, ready: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + READY_MS;
  let ended = false;
  void child.ended.then(() => {
    ended = true;
  });
  while (!(await ready().catch(() => false))) {
    if (ended || Date.now() > deadline) {
      throw new Error(
        `${what} ${ended ? 'ended' : 'was not ready in time'}:\n${readFileSync(log, 'utf8').slice(-4000)}`,
      );
    }
    await sleep(50);
  }
}
