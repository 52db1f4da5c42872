import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../infra/child.js';
import { loadConfig } from '../temporal.config.js';
import { json, processOutput } from './output.js';

// Runs one of the long-running parts in the foreground, as its own process.

export type Part = 'worker' | 'gateway';

/** The program of a part. */
export function partEntry(installDir: string, part: Part): string {
  return join(installDir, 'dist', part === 'worker' ? 'workers' : 'gateway', 'main.js');
}

export function runPart(part: Part): Promise<number> {
  return runProgram(partEntry(loadConfig().installDir, part), []);
}

/** Breaks an installation at random and counts what that did; a program of its own, since it brings its vendors along. */
export function chaos(args: readonly string[]): Promise<number> {
  return runProgram(join(loadConfig().installDir, 'dist/chaos/main.js'), args);
}

async function runProgram(entry: string, args: readonly string[]): Promise<number> {
  const child = await startChild({ command: [process.execPath, entry, ...args], output: 'inherit' });
  // It is in a group of its own: what it hears of a terminal it hears once, from us.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.signal(signal));
  const { code, signal } = await child.ended;
  return code ?? 128 + (signal ? constants.signals[signal] : 0);
}

export async function version(options: { readonly json: boolean }): Promise<number> {
  const { installDir, color } = loadConfig();
  const { name, version: number } = JSON.parse(readFileSync(join(installDir, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
  const shown = { name, version: number, node: process.versions.node };
  processOutput(color).data(options.json ? json(shown) : `${name} ${number} (Node ${shown.node})`);
  return 0;
}
