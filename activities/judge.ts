import type { Verdict } from '../schemas/verdict.js';
import { type TestCase, titlesOf } from './junit.js';

export interface GateRun {
  readonly exitCode: number | null;
  readonly ended?: string;
  /** Undefined when the gate declares no report. */
  readonly report?: { readonly cases: readonly TestCase[] } | { readonly unreadable: string };
}

/** What the base did at the same gate: what passed must still pass, what failed is known. */
export interface Baseline {
  readonly passing: readonly string[];
  readonly failing: readonly string[];
}

export interface Judgement {
  readonly outcome: Verdict['outcome'];
  readonly reason: string;
}

/**
 * The verdict on one run of a gate. Only positive evidence is a pass: unknown, missing, skipped, timed out and
 * "no tests ran" never are.
 */
export function judge(run: GateRun, targets: readonly string[], baseline?: Baseline): Judgement {
  if (run.ended) return { outcome: 'unknown', reason: `ended by the sandbox: ${run.ended}` };
  if (run.exitCode === null) return { outcome: 'unknown', reason: 'ended by a signal' };
  if (NOT_RUN.includes(run.exitCode))
    return { outcome: 'unknown', reason: `its command could not be run (exit code ${run.exitCode})` };
  if (!run.report) return byExitCode(run.exitCode);
  if ('unreadable' in run.report) return { outcome: 'unknown', reason: run.report.unreadable };
  return byReport(run.exitCode, run.report.cases, targets, baseline);
}

/** What a shell answers for a command that is not there or may not be run: the gate never ran. */
const NOT_RUN = [126, 127];

function byExitCode(exitCode: number): Judgement {
  return exitCode === 0
    ? { outcome: 'pass', reason: 'exit code 0' }
    : { outcome: 'fail', reason: `exit code ${exitCode}` };
}

function byReport(
  exitCode: number,
  cases: readonly TestCase[],
  targets: readonly string[],
  baseline: Baseline | undefined,
): Judgement {
  const failed = cases.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);
  const passed = cases.filter(({ outcome }) => outcome === 'pass').map(({ id }) => id);
  if (failed.length + passed.length === 0) return { outcome: 'unknown', reason: 'no tests ran' };

  const missed = missedTarget(targets, passed, failed);
  if (missed) return { outcome: 'fail', reason: `the test that defines the fix does not pass: ${missed}` };
  // Counted, because a report that names no files gives tests of two files one id.
  const lost = moreOf(baseline?.passing ?? [], passed)[0];
  if (lost) return { outcome: 'fail', reason: `passed before, does not pass now: ${lost}` };
  const fresh = moreOf(failed, baseline?.failing ?? [])[0];
  if (fresh) {
    const more = failed.length > 1 ? ` and ${failed.length - 1} more` : '';
    return { outcome: 'fail', reason: `fails: ${fresh}${more}` };
  }
  if (failed.length > 0 && exitCode === 0)
    return { outcome: 'unknown', reason: 'exit code 0, but the report has failures' };
  if (failed.length === 0 && exitCode !== 0)
    return { outcome: 'fail', reason: `exit code ${exitCode} without a failing test` };
  const rest = failed.length > 0 ? `, ${failed.length} known to fail on the base` : '';
  return { outcome: 'pass', reason: `${passed.length} tests pass${rest}` };
}

/** The first target without a pass, or with a failure among the cases that may be it: without files, titles decide. */
function missedTarget(targets: readonly string[], passed: readonly string[], failed: readonly string[]) {
  const passes = namesOf(passed);
  const failures = namesOf(failed);
  return targets.find((target) => {
    const names = [target, titlesOf(target)];
    return !names.some((name) => passes.has(name)) || names.some((name) => failures.has(name));
  });
}

/** The cases by name. A test with subtests is no case of its own: it passes when they do. */
function namesOf(ids: readonly string[]): Set<string> {
  const names = new Set<string>();
  for (const id of ids) {
    names.add(id);
    for (let at = id.lastIndexOf(' > '); at > 0; at = id.lastIndexOf(' > ', at - 1)) names.add(id.slice(0, at));
  }
  return names;
}

/** The ids that are more often in the one list than in the other. */
function moreOf(ones: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const other of others) left.set(other, (left.get(other) ?? 0) + 1);
  return ones.filter((one) => {
    const count = left.get(one) ?? 0;
    left.set(one, count - 1);
    return count <= 0;
  });
}
