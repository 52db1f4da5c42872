// The engine's side of the JavaScript runner: starts the thread, hands out jobs, ends a thread that stands still and
// carries on behind the candidate that stopped it.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
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
import { type Job, PATIENCE, type Said, type ThreadSetup, type Wanted } from './messages.js';

const HEAP_MIB = 768;
const LOOK_MS = 25;
const START_MS = 5000;
const THREAD = fileURLToPath(new URL('./thread.js', import.meta.url));

interface HostOptions {
  readonly root: string;
  readonly module: string;
  readonly runner: string;
}

export class JavascriptRunner implements Runner {
  readonly batch = 24;
  readonly most = Number.POSITIVE_INFINITY;
  readonly #setup: ThreadSetup;
  readonly #files = new Map<string, string>();
  #worker: Worker | undefined;

  constructor({ root, module, runner }: HostOptions) {
    const bodiesTakeContext = runner === 'node-test' || runner === 'vitest';
    this.#setup = { root: path.resolve(root), module, bodiesTakeContext, beat: new SharedArrayBuffer(4) };
  }

  async survey({ files, limitMs, afterHangMs }: SurveyRequest): Promise<readonly Observed[]> {
    const observed: Observed[] = [];
    // The judging thread warms up meanwhile.
    this.#start();
    const skip: string[] = [];
    let left = [...files];
    while (left.length > 0) {
      let begun: Extract<Said, { kind: 'begun' }> | undefined;
      let done = 0;
      const said = (message: Said) => {
        if (message.kind === 'begun') begun = message;
        if (message.kind !== 'observed') return;
        done += 1;
        begun = undefined;
        observed.push(...message.tests);
      };
      const job: Job = { kind: 'survey', files: left, limitMs, afterHangMs, skip };
      if (await this.#runApart({ job, patienceMs: limitMs + 1000, said })) break;
      left = left.slice(done);
      if (!begun) throw new NotWarm(`${left[0] ?? 'a test file'} stops the warm runner`);
      skip.push(begun.id);
      observed.push(neverEnded(begun));
    }
    for (const test of observed) this.#files.set(test.id, test.file);
    return observed.map((test) => (test.hung ? { ...test, covered: coverageOf({ test, observed }) } : test));
  }

  async judge({ trials, targets, guards, limitMs, guardLimitMs }: JudgeRequest): Promise<readonly Verdict[]> {
    const verdicts: Verdict[] = [];
    let left = [...trials];
    while (left.length > 0) {
      const job: Job = {
        kind: 'judge',
        trials: left,
        targets: this.#wanted(targets),
        guards: this.#wanted(guards),
        limitMs,
        guardLimitMs,
      };
      const said = (message: Said) => {
        if (message.kind === 'verdict') verdicts.push(message.verdict);
      };
      const before = verdicts.length;
      const finished = await this.#run({ job, patienceMs: limitMs * 2 + guardLimitMs + 300, said });
      left = left.slice(verdicts.length - before);
      const [stuck] = left;
      if (finished || !stuck) break;
      verdicts.push({ key: stuck.key, passed: 0, hung: true, plausible: false, passes: 0 });
      left = left.slice(1);
    }
    return verdicts;
  }

  async record({ path: file, tests, limitMs }: RecordRequest): Promise<readonly Call[]> {
    let calls: readonly Call[] = [];
    const said = (message: Said) => {
      if (message.kind === 'calls') calls = message.calls;
    };
    await this.#run({
      job: { kind: 'record', path: file, tests: this.#wanted(tests), limitMs },
      patienceMs: limitMs * 4 + 500,
      said,
    });
    return calls;
  }

  async probe({ trials, calls, limitMs }: ProbeRequest): Promise<readonly (readonly string[])[]> {
    const answers = new Map<number, readonly string[]>();
    for (const trial of trials) {
      const said = (message: Said) => {
        if (message.kind === 'answers') answers.set(message.key, message.answers);
      };
      await this.#run({
        job: { kind: 'probe', trials: [trial], calls, limitMs },
        patienceMs: limitMs * PATIENCE + 500,
        said,
      });
    }
    return trials.map((trial) => answers.get(trial.key) ?? []);
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  #wanted(ids: readonly string[]): readonly Wanted[] {
    return ids.flatMap((id) => {
      const file = this.#files.get(id);
      return file ? [{ id, file }] : [];
    });
  }

  /** A job in a process of its own. False when it stood still or died before it was done. */
  #runApart(given: {
    readonly job: Job;
    readonly patienceMs: number;
    readonly said: (message: Said) => void;
  }): Promise<boolean> {
    const setup = { ...this.#setup, beat: undefined };
    const child = spawn(process.execPath, [THREAD, JSON.stringify(setup), JSON.stringify(given.job)], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return new Promise<boolean>((resolve, reject) => {
      const kill = () => child.kill('SIGKILL');
      let watch = setTimeout(kill, given.patienceMs + START_MS);
      let finished = false;
      createInterface({ input: child.stdout }).on('line', (line) => {
        clearTimeout(watch);
        watch = setTimeout(kill, given.patienceMs);
        const message = JSON.parse(line) as Said;
        if (message.kind === 'done') finished = true;
        else if (message.kind === 'not-warm') reject(new NotWarm(message.why));
        else if (message.kind === 'broken') reject(new Error(message.why));
        else given.said(message);
      });
      child.on('error', reject);
      child.on('close', () => {
        clearTimeout(watch);
        resolve(finished);
      });
    });
  }

  /** False when the thread stood still or died before it was done. */
  async #run(given: {
    readonly job: Job;
    readonly patienceMs: number;
    readonly said: (message: Said) => void;
  }): Promise<boolean> {
    const worker = this.#start();
    const beats = new Int32Array(this.#setup.beat);
    return new Promise<boolean>((resolve, reject) => {
      let seen = Atomics.load(beats, 0);
      let since = performance.now();
      const end = (settle: () => void) => {
        clearInterval(watch);
        worker.off('message', hear);
        worker.off('error', give);
        settle();
      };
      const give = () => {
        this.#worker = undefined;
        void worker.terminate().then(() => end(() => resolve(false)));
      };
      const watch = setInterval(() => {
        const now = Atomics.load(beats, 0);
        if (now !== seen) [seen, since] = [now, performance.now()];
        else if (performance.now() - since > given.patienceMs) give();
      }, LOOK_MS);
      const hear = (message: Said) => {
        if (message.kind === 'done') end(() => resolve(true));
        else if (message.kind === 'not-warm') end(() => reject(new NotWarm(message.why)));
        else if (message.kind === 'broken') end(() => reject(new Error(message.why)));
        else given.said(message);
      };
      worker.on('message', hear);
      // Out of memory, most often: the thread is gone, the engine is not.
      worker.on('error', give);
      worker.postMessage(given.job);
    });
  }

  #start(): Worker {
    this.#worker ??= new Worker(THREAD, {
      workerData: this.#setup,
      // A process's usual stack, so that an endless recursion ends soon.
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB, stackSizeMb: 1 },
      stdout: true,
      stderr: true,
    });
    return this.#worker;
  }
}

function neverEnded({
  id,
  title,
  file,
}: {
  readonly id: string;
  readonly title: string;
  readonly file: string;
}): Observed {
  const nothing = { milliseconds: 0, covered: {}, symbols: [] };
  return { id, title, file, outcome: 'fail', message: 'stopped the thread that ran it', hung: true, ...nothing };
}

/** A thread that had to be ended says nothing of the lines it ran: take those of the test's neighbours. */
function coverageOf({
  test,
  observed,
}: {
  readonly test: Observed;
  readonly observed: readonly Observed[];
}): Observed['covered'] {
  if (Object.keys(test.covered).length > 0) return test.covered;
  const all: Record<string, number[]> = {};
  for (const other of observed.filter((one) => one.file === test.file)) {
    for (const [path, lines] of Object.entries(other.covered))
      all[path] = [...new Set([...(all[path] ?? []), ...lines])];
  }
  return all;
}
