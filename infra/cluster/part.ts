import { closeSync, openSync } from 'node:fs';
import { type Child, startChild } from '../child.js';
import { untilAnswers } from './ready.js';

// A program of the cluster that can be killed and started again where it left off.

export interface PartOptions {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** File for everything that it says. */
  readonly log: string;
  readonly ready: () => Promise<boolean>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** How it is killed when that is what is asked for; `SIGKILL` by default. */
  readonly deadly?: NodeJS.Signals;
  /** How long it may take to end by itself. */
  readonly insistAfterMs?: number;
}

export interface Part {
  readonly name: string;
  /** Resolves when it answers. */
  start(): Promise<void>;
  /** Without a chance to finish anything. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

const INSIST_MS = 10_000;

export function createPart(options: PartOptions): Part {
  const { name, command, log, ready, env, deadly = 'SIGKILL', insistAfterMs = INSIST_MS } = options;
  let child: Child | undefined;
  return {
    name,
    async start() {
      const output = openSync(log, 'a');
      child = await startChild({ command, output, ...(env && { env }) });
      closeSync(output);
      await untilAnswers({ what: name, child, log, ready });
    },
    kill: async () => child?.end({ signal: deadly, insistAfterMs }),
    stop: async () => child?.end({ signal: 'SIGTERM', insistAfterMs }),
  };
}
