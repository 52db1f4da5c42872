// The cold runner: starts the suite's own command for every look at it. Slow, but it runs whatever its users run.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Call, JudgeRequest, Observed, Runner, SurveyRequest, Trial, Verdict } from '../runner.js';
import { LOAD, Unsupported } from '../runner.js';
import { endAll, runCommand } from './command.js';
import { type Spawned, spawnedRunner, type Wish } from './commands.js';
import { type Executed, readImports } from './executed.js';
import type { Reported } from './reports.js';

export interface SpawnedOptions {
  readonly root: string;
  readonly module: string;
  readonly runner: string;
  /** All test files of the module: their own lines are not what a search is about. */
  readonly tests: readonly string[];
  /** Tests that matter most: their files come first, and each is looked at alone. */
  readonly targets: readonly string[];
  readonly seconds: number;
}

const LANES = 2;
const FILE_MS = 60_000;
/** A run of a candidate may take this many times what the unchanged files took, and a start besides. */
const PATIENCE = 3;
const START_MS = 2000;
/** Of the whole time, for the survey: the rest belongs to candidates. */
const SURVEY_SHARE = 0.5;
const ALONE = 3;

interface Run {
  readonly reported: readonly Reported[];
  readonly executed: Executed | undefined;
  readonly hung: boolean;
  readonly words: string;
  readonly milliseconds: number;
}

export class SpawnedRunner implements Runner {
  readonly batch = 2;
  readonly most = 240;
  readonly #options: SpawnedOptions;
  readonly #spawned: Spawned;
  readonly #scratch = mkdtempSync(path.join(os.tmpdir(), 'repair-'));
  readonly #ends: number;
  readonly #files = new Map<string, string>();
  readonly #costs = new Map<string, number>();
  #edited: { readonly file: string; readonly before: string } | undefined;
  #runs = 0;

  constructor(options: SpawnedOptions) {
    this.#options = options;
    this.#spawned = spawnedRunner(options.runner, options);
    this.#ends = performance.now() + options.seconds * 1000;
    process.once('exit', this.#leave);
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  }

  async survey({ files }: SurveyRequest): Promise<readonly Observed[]> {
    const { targets } = this.#options;
    const matters = (file: string) => targets.some((id) => this.#fileOf(id) === file);
    const waiting = [...files].sort((a, b) => Number(matters(b)) - Number(matters(a)));
    const ends = performance.now() + (this.#ends - performance.now()) * (targets.length > 0 ? SURVEY_SHARE : 1);
    const observed = new Map<string, readonly Observed[]>();
    const lane = async () => {
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
        const left = ends - performance.now();
        // What was not looked at guards nothing; the command of the repository decides in the end.
        if (left <= 0 && targets.length > 0) return;
        if (left <= 0) throw new Unsupported(`a survey by ${this.#options.runner} itself takes longer than allowed`);
        observed.set(file, await this.#surveyFile(file, Math.min(FILE_MS, left)));
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    const all = files.flatMap((file) => observed.get(file) ?? []);
    for (const test of all) this.#files.set(test.id, test.file);
    return this.#narrowed(all);
  }

  async judge({ trials, targets, guards }: JudgeRequest): Promise<readonly Verdict[]> {
    const verdicts: Verdict[] = [];
    for (const trial of trials) {
      if (performance.now() > this.#ends) break;
      this.#write(trial);
      try {
        verdicts.push(await this.#judgeOne({ trial, targets, guards }));
      } finally {
        this.#restore();
      }
    }
    return verdicts;
  }

  /** A spawned run can't be looked into. */
  async record(): Promise<readonly Call[]> {
    return [];
  }

  async probe({ trials }: { readonly trials: readonly Trial[] }): Promise<readonly (readonly string[])[]> {
    return trials.map(() => []);
  }

  async close(): Promise<void> {
    this.#leave();
  }

  readonly #leave = (): void => {
    endAll();
    this.#restore();
    rmSync(this.#scratch, { recursive: true, force: true, maxRetries: 3 });
  };

  async #surveyFile(file: string, limitMs: number): Promise<readonly Observed[]> {
    const run = await this.#run({ files: [file], coverage: true }, limitMs);
    this.#costs.set(file, run.milliseconds);
    if (run.reported.length === 0) {
      if (!run.hung)
        throw new Unsupported(`${this.#options.runner} reported no test of ${file}: ${lastWords(run.words)}`);
      return [unended(file, path.relative(this.#options.module, file))];
    }
    const whole = run.executed ?? this.#reachable(file, run);
    const lines = toRecord(whole);
    return run.reported
      .filter((test) => test.file === file)
      .map(({ covered = lines, symbols = [...whole.symbols], ...test }) => ({
        ...test,
        hung: false,
        covered,
        symbols,
      }));
  }

  /** A run of a whole file says too little of a failing test: its own lines are those that it adds when it runs alone. */
  async #narrowed(all: readonly Observed[]): Promise<readonly Observed[]> {
    const { targets, runner } = this.#options;
    const own = runner === 'pytest' || runner === 'unittest';
    const failing = all.filter((test) => test.outcome === 'fail' && test.title !== LOAD && targets.includes(test.id));
    if (own || failing.length === 0 || failing.length > ALONE) return all;
    const alone = new Map<string, Observed>();
    for (const test of failing) {
      const titles = test.id.slice(test.id.indexOf('::') + 2).split(' > ');
      const limitMs = this.#limit([test.file]);
      const run = await this.#run({ files: [test.file], coverage: true, only: titles }, limitMs);
      const none = await this.#run({ files: [test.file], coverage: true, only: ['(no test has this title)'] }, limitMs);
      if (!run.executed || !run.reported.some(({ id, outcome }) => id === test.id && outcome === 'fail')) continue;
      const covered = without(toRecord(run.executed), none.executed ? toRecord(none.executed) : {});
      if (Object.keys(covered).length > 0) alone.set(test.id, { ...test, covered, symbols: [...run.executed.symbols] });
    }
    return all.map((test) => alone.get(test.id) ?? test);
  }

  async #judgeOne({
    trial,
    targets,
    guards,
  }: {
    readonly trial: Trial;
    readonly targets: readonly string[];
    readonly guards: readonly string[];
  }): Promise<Verdict> {
    const seen = new Map<string, boolean>();
    const look = async (ids: readonly string[]) => {
      const files = [...new Set(ids.filter((id) => !seen.has(id)).flatMap((id) => this.#files.get(id) ?? []))];
      if (files.length === 0) return false;
      const { reported, hung } = await this.#run({ files, coverage: false }, this.#limit(files));
      for (const { id, outcome } of reported) seen.set(id, (seen.get(id) ?? true) && outcome === 'pass');
      return hung;
    };
    const count = (ids: readonly string[]) => ids.filter((id) => seen.get(id)).length;
    let hung = await look(targets);
    const passed = count(targets);
    const verdict = { key: trial.key, passed, hung, plausible: false, passes: 0 };
    if (hung || passed < targets.length || guards.some((id) => seen.get(id) === false)) return verdict;
    hung = await look(guards);
    const passes = passed + count(guards);
    return { ...verdict, hung, plausible: !hung && passes === targets.length + guards.length, passes };
  }

  async #run(wish: Omit<Wish, 'scratch'>, limitMs: number): Promise<Run> {
    const scratch = mkdtempSync(path.join(this.#scratch, `${this.#runs++}-`));
    const command = this.#spawned.command({ ...wish, scratch });
    try {
      const { hung, words, milliseconds } = await runCommand(command, limitMs);
      const executed = wish.coverage ? this.#spawned.executed(scratch, (file) => this.#nameOf(file)) : undefined;
      return { reported: this.#spawned.report(scratch), executed, hung, words, milliseconds };
    } finally {
      rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  #reachable(file: string, { reported }: Run): Executed {
    if (reported.every(({ covered }) => covered)) return { lines: new Map(), symbols: new Set() };
    return readImports(path.join(this.#options.root, file), (name) => this.#nameOf(name));
  }

  /** From the root, for a source of the checkout that is no test. */
  #nameOf(file: string): string | undefined {
    const name = path.relative(this.#options.root, file).split(path.sep).join('/');
    const foreign = name.startsWith('..') || /(^|\/)(node_modules|\.[^/]+)\//.test(name);
    return foreign || this.#options.tests.includes(name) ? undefined : name;
  }

  #fileOf(id: string): string {
    return path.posix.normalize(path.posix.join(this.#options.module, id.slice(0, Math.max(0, id.indexOf('::')))));
  }

  #limit(files: readonly string[]): number {
    const known = files.reduce((sum, file) => sum + (this.#costs.get(file) ?? 0), 0);
    return Math.min(START_MS + known * PATIENCE, Math.max(1, this.#ends - performance.now()));
  }

  #write({ path: name, text }: Trial): void {
    const file = path.join(this.#options.root, name);
    this.#edited = { file, before: readFileSync(file, 'utf8') };
    writeFileSync(file, text);
  }

  #restore(): void {
    if (this.#edited) writeFileSync(this.#edited.file, this.#edited.before);
    this.#edited = undefined;
  }
}

function toRecord({ lines }: Executed): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries([...lines].map(([file, found]) => [file, [...found].sort((a, b) => a - b)]));
}

function without(all: Observed['covered'], less: Observed['covered']): Observed['covered'] {
  const left = Object.entries(all).map(
    ([file, lines]) => [file, lines.filter((line) => !less[file]?.includes(line))] as const,
  );
  return Object.fromEntries(left.filter(([, lines]) => lines.length > 0));
}

function unended(file: string, name: string): Observed {
  const nothing = { milliseconds: 0, covered: {}, symbols: [] };
  return {
    id: `${name}::${LOAD}`,
    file,
    title: LOAD,
    outcome: 'fail',
    message: 'ran into the time limit',
    hung: true,
    ...nothing,
  };
}

function lastWords(words: string): string {
  return words.trim().slice(-600);
}
