// The engine's side of the Python runner: one process that forks for every job. The watchdog is over there, beside the
// forks; a process that dies all the same ends the search with its last words.
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Said, Wanted } from '../javascript/messages.js';
import type {
  Call,
  JudgeRequest,
  Observed,
  ProbeRequest,
  RecordRequest,
  Runner,
  SurveyRequest,
  Verdict,
} from '../runner.js';
import { NotWarm } from '../runner.js';

const HOST = fileURLToPath(new URL('./host.py', import.meta.url));

interface HostOptions {
  readonly root: string;
  readonly module: string;
  readonly runner: string;
  readonly usesPytest: boolean;
}

export class PythonRunner implements Runner {
  readonly batch = 24;
  readonly most = Number.POSITIVE_INFINITY;
  readonly #child: ChildProcess;
  readonly #files = new Map<string, string>();
  #hear: (said: Said) => void = () => undefined;
  #lost: (error: Error) => void = () => undefined;
  #words = '';
  /** The suite needs pytest itself. */
  #real = false;

  constructor({ root, module, runner, usesPytest }: HostOptions) {
    // The hash order of sets must not change between runs.
    this.#child = spawn('python3', ['-B', HOST], {
      cwd: root,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, PYTHONHASHSEED: '0', PYTHONDONTWRITEBYTECODE: '1' },
    });
    this.#child.on('error', (error) => this.#lost(new Error(`python3 did not start: ${error.message}`)));
    this.#child.on('exit', (code) =>
      this.#lost(new Error(`the Python runner ended with ${code}: ${this.#words.slice(-800)}`)),
    );
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stderr?.on('data', (chunk) => {
      this.#words += String(chunk);
    });
    if (this.#child.stdout)
      createInterface({ input: this.#child.stdout }).on('line', (line) => this.#hear(JSON.parse(line) as Said));
    this.#send({ root: path.resolve(root), module, runner, usesPytest });
  }

  async survey({ files, limitMs, afterHangMs }: SurveyRequest): Promise<readonly Observed[]> {
    let observed = new Map<string, Observed>();
    const said = (message: Said) => {
      if (message.kind !== 'observed') return;
      for (const test of message.tests) observed.set(test.id, test);
    };
    try {
      await this.#run({ job: { kind: 'survey', files, limitMs, afterHangMs }, said });
    } catch (error) {
      if (!(error instanceof NotWarm)) throw error;
      this.#real = true;
      observed = new Map();
      await this.#run({ job: { kind: 'survey', files, limitMs: limitMs * 2, afterHangMs: limitMs }, said });
    }
    for (const test of observed.values()) this.#files.set(test.id, test.file);
    return [...observed.values()];
  }

  async judge({ trials, targets, guards, limitMs, guardLimitMs }: JudgeRequest): Promise<readonly Verdict[]> {
    const verdicts: Verdict[] = [];
    const said = (message: Said) => {
      if (message.kind === 'verdict') verdicts.push(message.verdict);
    };
    const wanted = { targets: this.#wanted(targets), guards: this.#wanted(guards) };
    await this.#run({
      job: { kind: 'judge', trials, ...wanted, guardLimitMs, limitMs: this.#real ? limitMs + 1000 : limitMs },
      said,
    });
    return verdicts;
  }

  async record({ path: file, tests, limitMs }: RecordRequest): Promise<readonly Call[]> {
    let calls: readonly Call[] = [];
    const said = (message: Said) => {
      if (message.kind === 'calls') calls = message.calls;
    };
    await this.#run({ job: { kind: 'record', path: file, tests: this.#wanted(tests), limitMs }, said });
    return calls;
  }

  async probe({ trials, calls, limitMs }: ProbeRequest): Promise<readonly (readonly string[])[]> {
    const answers = new Map<number, readonly string[]>();
    const said = (message: Said) => {
      if (message.kind === 'answers') answers.set(message.key, message.answers);
    };
    await this.#run({ job: { kind: 'probe', trials, calls, limitMs }, said });
    return trials.map((trial) => answers.get(trial.key) ?? []);
  }

  async close(): Promise<void> {
    this.#lost = () => undefined;
    this.#child.kill('SIGKILL');
  }

  #wanted(ids: readonly string[]): readonly Wanted[] {
    return ids.flatMap((id) => {
      const file = this.#files.get(id);
      return file ? [{ id, file }] : [];
    });
  }

  #send(message: object): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  #run({ job, said }: { readonly job: object; readonly said: (message: Said) => void }): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#lost = reject;
      this.#hear = (message) => {
        if (message.kind === 'done') resolve();
        else if (message.kind === 'not-warm') reject(new NotWarm(message.why));
        else if (message.kind === 'broken') reject(new Error(message.why));
        else said(message);
      };
      this.#send({ ...job, real: this.#real });
    });
  }
}
