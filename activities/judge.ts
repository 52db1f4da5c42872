import type { Verdict } from '../schemas/verdict.js';
import { sameTest, type TestCase } from './junit.js';

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
  if (!run.report) return byExitCode(run.exitCode);
  if ('unreadable' in run.report) return { outcome: 'unknown', reason: run.report.unreadable };
  return byReport(run.exitCode, run.report.cases, targets, baseline);
}

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
  const ran = cases.filter((test) => test.outcome !== 'skip');
  if (ran.length === 0) return { outcome: 'unknown', reason: 'no tests ran' };
  const passed = ran.filter((test) => test.outcome === 'pass');
  const failed = ran.filter((test) => test.outcome === 'fail');
  const passes = (id: string) =>
    passed.some((test) => sameTest(test.id, id)) && !failed.some((test) => sameTest(test.id, id));

  const missed = targets.find((target) => !passes(target));
  if (missed) return { outcome: 'fail', reason: `the test that defines the fix does not pass: ${missed}` };
  const lost = baseline?.passing.find((id) => !targets.includes(id) && !passes(id));
  if (lost) return { outcome: 'fail', reason: `passed before, does not pass now: ${lost}` };
  const known = (id: string) => baseline?.failing.some((before) => sameTest(id, before)) ?? false;
  const fresh = failed.find((test) => !known(test.id));
  if (fresh)
    return {
      outcome: 'fail',
      reason: `fails: ${fresh.id}${failed.length > 1 ? ` and ${failed.length - 1} more` : ''}`,
    };
  if (failed.length > 0 && exitCode === 0)
    return { outcome: 'unknown', reason: 'exit code 0, but the report has failures' };
  if (failed.length === 0 && exitCode !== 0)
    return { outcome: 'fail', reason: `exit code ${exitCode} without a failing test` };
  const rest = failed.length > 0 ? `, ${failed.length} known to fail on the base` : '';
  return { outcome: 'pass', reason: `${passed.length} tests pass${rest}` };
}
