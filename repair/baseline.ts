// What must hold before a search makes sense, each checked and each with its own reason when it does not.
import type { CannotRepair } from '../schemas/repair.js';
import { localise, type Region, regionOf, type SuspiciousLine } from './localise.js';
import type { Observed, Runner } from './runner.js';

export interface Baseline {
  readonly targets: readonly string[];
  readonly guards: readonly string[];
  readonly suspicious: readonly SuspiciousLine[];
  readonly region: Region;
  /** A target test never ends. */
  readonly hangs: boolean;
  readonly limitMs: number;
  /** For the first look at a candidate: most of what is slower than this never ends. */
  readonly quickMs: number;
  readonly guardLimitMs: number;
}

export interface Refusal {
  readonly reason: CannotRepair;
  readonly detail: string;
  readonly suspicious: readonly SuspiciousLine[];
}

/** Of a test that takes no time: on a machine with other work to do it may wait for its turn as long. */
const FLOOR_MS = 1_000;
/** Tests that are this fast may be given up this early. */
const FAST_MS = 3;
const QUICK_MS = 30;
/** For a test that nobody has timed yet. */
const SURVEY = { limitMs: 1500, afterHangMs: 300 };

interface Examined {
  readonly runner: Runner;
  readonly tests: readonly string[];
  readonly wanted: readonly string[];
  readonly mayEdit: (path: string) => boolean;
  readonly read: (path: string) => string;
}

export async function examine({ runner, tests, wanted, mayEdit, read }: Examined): Promise<Baseline | Refusal> {
  const observed = await runner.survey({ files: tests, ...SURVEY });
  const known = new Map(observed.map((test) => [test.id, test]));
  const missing = wanted.filter((id) => !known.has(id));
  if (missing.length > 0)
    return refuse(
      'not-reproducible',
      `no test is called ${missing.join(', ')}; the module has ${observed.length} tests`,
    );
  const failing = wanted.flatMap((id) => known.get(id) ?? []).filter((test) => test.outcome === 'fail');
  if (failing.length === 0) return refuse('no-failing-test', 'all target tests pass already');
  if (failing.length < wanted.length)
    return refuse('not-reproducible', `${wanted.length - failing.length} of ${wanted.length} target tests do not fail`);
  const passing = observed.filter((test) => test.outcome === 'pass');
  const suspicious = localise({ failing, passing, mayEdit });
  if (suspicious.length === 0)
    return refuse('no-suspicious-code', 'the failing tests run no line that the edit may touch');
  const region = regionOf(suspicious);
  if (region.tooLarge)
    return refuse(
      'region-too-large',
      `${region.size} lines are equally suspicious; at most 40 can be searched`,
      suspicious,
    );
  const targets = [...failing].sort((a, b) => Number(a.hung) - Number(b.hung)).map((test) => test.id);
  const limits = { limitMs: limitFor(failing), guardLimitMs: limitFor(passing) };
  const quickMs = timeOf([...failing, ...passing]) < FAST_MS ? QUICK_MS : limits.limitMs;
  const trial = { key: 0, path: suspicious[0]?.path ?? '', text: read(suspicious[0]?.path ?? '') };
  const [again] = await runner.judge({ trials: [trial], targets, guards: [], ...limits });
  if (again && again.passed > 0)
    return refuse('not-reproducible', `${again.passed} target tests passed when they ran again`, suspicious);
  const guards = await steady({ runner, passing, trial, limits, tests });
  return { targets, guards, suspicious, region, hangs: failing.some((test) => test.hung), ...limits, quickMs };
}

interface Steady {
  readonly runner: Runner;
  readonly passing: readonly Observed[];
  readonly trial: { readonly key: number; readonly path: string; readonly text: string };
  readonly limits: { readonly limitMs: number; readonly guardLimitMs: number };
  readonly tests: readonly string[];
}

/** Tests that pass twice. A flaky one must not decide about a candidate. */
async function steady({ runner, passing, trial, limits, tests }: Steady): Promise<readonly string[]> {
  const guards = passing.map((test) => test.id);
  if (guards.length === 0) return guards;
  const [verdict] = await runner.judge({ trials: [trial], targets: [], guards, ...limits });
  if (verdict?.plausible) return guards;
  const second = new Map((await runner.survey({ files: tests, ...SURVEY })).map((test) => [test.id, test.outcome]));
  return guards.filter((id) => second.get(id) === 'pass');
}

function limitFor(tests: readonly Observed[]): number {
  return Math.ceil(Math.max(FLOOR_MS, timeOf(tests) * 6));
}

function timeOf(tests: readonly Observed[]): number {
  return tests.filter((test) => !test.hung).reduce((sum, test) => sum + test.milliseconds, 0);
}

function refuse(reason: CannotRepair, detail: string, suspicious: readonly SuspiciousLine[] = []): Refusal {
  return { reason, detail, suspicious: suspicious.slice(0, 40) };
}
