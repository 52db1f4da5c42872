import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

// Finding a program that may have to be brought first: from an order of sources, the nearest before the farthest.

export const MINUTE = 60_000;

export interface FindProgram {
  /** Where a brought copy is kept for the next time. */
  readonly cacheDir: string;
  /** Is told what is tried, and why it did not work. */
  readonly say?: (line: string) => void;
}

export interface Source {
  readonly name: string;
  readonly find: (cacheDir: string) => Promise<string>;
  /** Said before the wait, when there may be one. */
  readonly wait?: string;
}

interface Wanted {
  /** As a sentence begins with it. */
  readonly what: string;
  readonly sources: readonly Source[];
  /** What a person can do where nothing worked. */
  readonly remedies: readonly string[];
}

/** What the first source finds that works. Throws one error that lists every attempt. */
export async function findProgram(
  { what, sources, remedies }: Wanted,
  { cacheDir, say }: FindProgram,
): Promise<string> {
  const refusals: string[] = [];
  for (const { name, find, wait } of sources) {
    if (wait) say?.(wait);
    try {
      return await find(cacheDir);
    } catch (error) {
      const refusal = `${name}: ${firstLine(error)}`;
      if (wait) say?.(refusal);
      refusals.push(refusal);
    }
  }
  throw new Error(
    [
      `${what} was not found and could not be brought:`,
      ...refusals.map((refusal) => `  ${refusal}`),
      'Do one of these, then try again:',
      ...remedies.map((remedy) => `  ${remedy}`),
    ].join('\n'),
  );
}

/** Lets `fill` work in a directory of its own beside what is cached, so that a rename puts what it made in its place. */
export async function inCache(cacheDir: string, fill: (directory: string) => Promise<string>): Promise<string> {
  await mkdir(cacheDir, { recursive: true });
  const directory = await mkdtemp(join(cacheDir, 'fetch-'));
  try {
    return await fill(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

interface RunIn {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** What it says on stdout. Throws when it does not end well within `timeout` milliseconds. */
export function run(program: string, args: readonly string[], timeout: number, where: RunIn = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { timeout, killSignal: 'SIGKILL', ...where }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout.trim());
      if (error.code === 'ENOENT') return reject(new Error(`there is no ${program}`));
      if (error.killed) return reject(new Error(`no end after ${timeout / 1000} s`));
      return reject(new Error(stderr.trim().split('\n').at(-1) || `${program} ended with ${error.code}`));
    });
  });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
