// Runs candidates in one shared realm: the target tests first, then every test that passed before.
import path from 'node:path';
import type { Verdict } from '../runner.js';
import type { Job, Wanted } from './messages.js';
import { Hung } from './realm.js';
import { Suite } from './suite.js';
import type { Bench } from './thread.js';

type JudgeJob = Extract<Job, { kind: 'judge' }>;

export async function judge({ bench, job }: { readonly bench: Bench; readonly job: JudgeJob }): Promise<void> {
  const suite = new Suite({ ...bench.setup, sources: bench.sources, brief: true });
  for (const trial of job.trials) {
    bench.beat();
    const file = path.join(bench.setup.root, trial.path);
    suite.realm.allow(job.limitMs);
    const verdict: Verdict = { key: trial.key, passed: 0, hung: false, plausible: false, passes: 0 };
    try {
      suite.realm.override(file, trial.text);
      const targets = await runWanted({ suite, wanted: job.targets, stop: false });
      if (targets.failed > 0) {
        bench.say({ kind: 'verdict', verdict: { ...verdict, passed: targets.passed } });
        continue;
      }
      suite.realm.allow(job.guardLimitMs);
      const guards = await runWanted({ suite, wanted: job.guards, stop: true });
      const passes = targets.passed + guards.passed;
      bench.say({
        kind: 'verdict',
        verdict: { ...verdict, passed: targets.passed, plausible: guards.failed === 0, passes },
      });
    } catch (error) {
      bench.say({ kind: 'verdict', verdict: { ...verdict, hung: error instanceof Hung } });
    } finally {
      suite.realm.restore(file);
    }
  }
}

interface Tally {
  passed: number;
  failed: number;
}

/** A test that the candidate makes vanish counts as failed. */
async function runWanted(given: {
  readonly suite: Suite;
  readonly wanted: readonly Wanted[];
  readonly stop: boolean;
}): Promise<Tally> {
  const { suite, wanted, stop } = given;
  const tally: Tally = { passed: 0, failed: 0 };
  const files = groupByFile(wanted);
  for (const [file, tests] of files) {
    const ids = new Set(tests.map((test) => test.id));
    const outcomes = new Map<string, boolean>();
    for (const declared of await suite.declared(file)) {
      if (!isWanted(declared.id, ids)) continue;
      for (const ran of await suite.run(declared)) {
        if (!ids.has(ran.id)) continue;
        outcomes.set(ran.id, (outcomes.get(ran.id) ?? true) && ran.outcome !== 'fail');
        if (stop && ran.outcome === 'fail') return { ...tally, failed: 1 };
      }
    }
    for (const id of ids) tally[outcomes.get(id) ? 'passed' : 'failed'] += 1;
    if (stop && tally.failed > 0) return tally;
  }
  return tally;
}

/** A wanted id may be a subtest, which only its outermost test can run. */
function isWanted(declared: string, ids: ReadonlySet<string>): boolean {
  if (ids.has(declared)) return true;
  for (const id of ids) if (id.startsWith(`${declared} > `)) return true;
  return false;
}

function groupByFile(wanted: readonly Wanted[]): ReadonlyMap<string, readonly Wanted[]> {
  const files = new Map<string, Wanted[]>();
  for (const test of wanted) files.set(test.file, [...(files.get(test.file) ?? []), test]);
  return files;
}
