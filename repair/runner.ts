// What the search needs from a language: something that runs tests warm, judges changed texts and probes functions.
// Runs in the engine's main thread; the implementations keep the untrusted code in a thread or process of its own.

export type Outcome = 'pass' | 'fail' | 'skip';

/** Title of what stands for a test file that does not load. */
export const LOAD = '(load)';

/** One test as it ran on the unchanged checkout. */
export interface Observed {
  readonly id: string;
  /** From the root of the repository. */
  readonly file: string;
  readonly title: string;
  readonly outcome: Outcome;
  readonly message?: string;
  readonly hung: boolean;
  readonly milliseconds: number;
  readonly covered: Readonly<Record<string, readonly number[]>>;
  readonly symbols: readonly string[];
}

export interface Trial {
  readonly key: number;
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

export interface Verdict {
  readonly key: number;
  /** Target tests that passed. */
  readonly passed: number;
  readonly hung: boolean;
  /** All targets pass and no test that passed before fails now. */
  readonly plausible: boolean;
  /** Tests that passed in all, when it is plausible. */
  readonly passes: number;
}

export interface JudgeRequest {
  readonly trials: readonly Trial[];
  readonly targets: readonly string[];
  /** Tests that passed before and must go on passing. */
  readonly guards: readonly string[];
  /** For the targets together. */
  readonly limitMs: number;
  readonly guardLimitMs: number;
}

/** A call of a function of the edited file, its arguments as tagged JSON. */
export interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
}

export interface RecordRequest {
  readonly path: string;
  readonly tests: readonly string[];
  readonly limitMs: number;
}

export interface ProbeRequest {
  readonly trials: readonly Trial[];
  readonly calls: readonly Call[];
  readonly limitMs: number;
}

export interface SurveyRequest {
  /** Only these files, from the root of the repository; all test files when absent. */
  readonly files: readonly string[];
  readonly limitMs: number;
  /** Once one test hung, others most likely do, and waiting for each is what a short search would spend its time on. */
  readonly afterHangMs: number;
}

export interface Runner {
  survey(request: SurveyRequest): Promise<readonly Observed[]>;
  judge(request: JudgeRequest): Promise<readonly Verdict[]>;
  /** Calls that the tests make to functions of a file. */
  record(request: RecordRequest): Promise<readonly Call[]>;
  /** Per trial, what each call does, as text that is equal when the behaviour is. */
  probe(request: ProbeRequest): Promise<readonly (readonly string[])[]>;
  close(): Promise<void>;
  /** Trials worth sending at once. */
  readonly batch: number;
  /** Candidates after which going on is not worth its time. */
  readonly most: number;
}

/** The suite needs something that the warm runner does not offer; the spawned command may still run it. */
export class NotWarm extends Error {
  override readonly name = 'NotWarm';
}

/** The tests can't be run here at all. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
}
