import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../infra/child.js';

const READY_MS = 120_000;
const STOP_MS = 20_000;

export interface PartOptions {
  readonly name: string;
  /** Node's arguments, the program's file among them. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For its log. */
  readonly directory: string;
  /** Whether it serves; `log` is what it said since it was started. */
  readonly ready: (log: string) => Promise<boolean>;
}

/** Without Temporal a worker ends at once: a server that starts is waited for, a worker that can't start is not. */
const MOST_ENDS = 10;
/** As a supervisor waits before it starts again what ended by itself. */
const RESPAWN_MS = 1_000;

/** A program of the installation, with a log file, that may be killed and is started again. */
export class Part {
  readonly name: string;
  /** How often it ended although nobody had asked. */
  endedItself = 0;
  readonly #options: PartOptions;
  readonly #log: string;
  #child: Child | undefined;
  #wanted = false;

  constructor(options: PartOptions) {
    this.name = options.name;
    this.#options = options;
    this.#log = join(options.directory, `${options.name}.log`);
  }

  /** Resolves when it serves, or was killed on the way there. Throws with the end of its log when it takes too long. */
  async start(): Promise<void> {
    const { ready } = this.#options;
    const from = existsSync(this.#log) ? statSync(this.#log).size : 0;
    const said = () => readFileSync(this.#log).subarray(from).toString();
    this.#wanted = true;
    await this.#spawn();
    const deadline = Date.now() + READY_MS;
    const before = this.endedItself;
    while (this.#wanted && !(await ready(said()).catch(() => false))) {
      if (Date.now() > deadline || this.endedItself - before > MOST_ENDS)
        throw new Error(`${this.name} was not ready in time:\n${said().slice(-2_000)}`);
      await sleep(100);
    }
  }

  async kill(): Promise<void> {
    this.#wanted = false;
    await this.#child?.end({ signal: 'SIGKILL', insistAfterMs: 0 });
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    await this.#child?.end({ signal: 'SIGTERM', insistAfterMs: STOP_MS });
  }

  async #spawn(): Promise<void> {
    const { command, env } = this.#options;
    const output = openSync(this.#log, 'a');
    const child = await startChild({ command: [process.execPath, ...command], output, env });
    closeSync(output);
    this.#child = child;
    void this.#supervise(child);
  }

  async #supervise(child: Child): Promise<void> {
    await child.ended;
    if (!this.#wanted || this.#child !== child) return;
    this.endedItself += 1;
    await sleep(RESPAWN_MS);
    if (this.#wanted && this.#child === child) await this.#spawn();
  }
}
