// Runs test files once on the unchanged checkout and says what each test does and which lines it executes.
import path from 'node:path';
import type { Observed } from '../runner.js';
import { NotWarm } from '../runner.js';
import { Coverage, type Executed } from './coverage.js';
import type { Job } from './messages.js';
import { Hung } from './realm.js';
import { type Ran, Suite } from './suite.js';
import type { Bench } from './thread.js';

type SurveyJob = Extract<Job, { kind: 'survey' }>;

export async function surveyFiles({ bench, job }: { readonly bench: Bench; readonly job: SurveyJob }): Promise<void> {
  bench.sources.clear();
  const coverage = new Coverage({ sources: (file) => bench.sources.peek(file) });
  try {
    for (const file of job.files)
      bench.say({ kind: 'observed', tests: await surveyFile({ bench, job, coverage, file }) });
  } finally {
    coverage.stop();
    // Scripts that were compiled for coverage go on counting, which is slow.
    bench.sources.clear();
  }
}

interface OneFile {
  readonly bench: Bench;
  readonly job: SurveyJob;
  readonly coverage: Coverage;
  readonly file: string;
}

async function surveyFile({ bench, job, coverage, file }: OneFile): Promise<readonly Observed[]> {
  let suite = new Suite({ ...bench.setup, sources: bench.sources, brief: false });
  bench.beat();
  coverage.take();
  suite.realm.allow(job.limitMs * 5);
  const found = await suite.declared(file).catch((error: unknown) => loadFailure(error));
  const loaded = coverage.take();
  if (!Array.isArray(found))
    return [
      observe({
        bench,
        file,
        ran: unloadable({ bench, file, error: found }),
        executed: loaded,
        loaded,
        milliseconds: 0,
        hung: false,
      }),
    ];
  const observed: Observed[] = [];
  for (const [index] of found.entries()) {
    bench.beat();
    suite.realm.allow(observed.some((one) => one.hung) ? job.afterHangMs : job.limitMs);
    const test = (await suite.declared(file))[index];
    if (!test || job.skip.includes(test.id)) continue;
    bench.say({ kind: 'begun', id: test.id, title: test.title, file });
    const started = performance.now();
    const { ran, hung } = await suite.run(test).then(
      (all) => ({ ran: all, hung: false }),
      (error: unknown) => ({ ran: hangs({ id: test.id, title: test.title, error }), hung: true }),
    );
    const milliseconds = performance.now() - started;
    const executed = coverage.take();
    observed.push(...ran.map((part) => observe({ bench, file, ran: part, executed, loaded, milliseconds, hung })));
    if (hung) suite = await fresh({ bench, job, file, coverage });
  }
  return observed;
}

/** A stopped test may have left its modules in any state. */
async function fresh({ bench, job, file, coverage }: OneFile): Promise<Suite> {
  const suite = new Suite({ ...bench.setup, sources: bench.sources, brief: false });
  suite.realm.allow(job.limitMs * 5);
  await suite.declared(file);
  coverage.take();
  return suite;
}

function loadFailure(error: unknown): unknown {
  if (error instanceof NotWarm) throw error;
  return error instanceof Hung ? error : (error ?? new Error('threw nothing while it loaded'));
}

function unloadable({ bench, file, error }: { bench: Bench; file: string; error: unknown }): Ran {
  const name = path.relative(bench.setup.module, file);
  return { id: `${name}::(load)`, title: '(load)', outcome: 'fail', error };
}

function hangs({ id, title, error }: { id: string; title: string; error: unknown }): readonly Ran[] {
  if (!(error instanceof Hung)) throw error;
  return [{ id, title, outcome: 'fail', error }];
}

interface Observation {
  readonly bench: Bench;
  readonly file: string;
  readonly ran: Ran;
  readonly executed: Executed;
  readonly loaded: Executed;
  readonly milliseconds: number;
  readonly hung: boolean;
}

function observe({ bench, file, ran, executed, loaded, milliseconds, hung }: Observation): Observed {
  if (ran.error instanceof NotWarm) throw ran.error;
  const covered: Record<string, readonly number[]> = {};
  for (const source of new Set([...executed.lines.keys(), ...loaded.lines.keys()])) {
    const name = path.relative(bench.setup.root, source);
    if (name === file || name.startsWith('..') || name.includes('node_modules')) continue;
    const inside = executed.lines.get(source);
    const lines = inside ?? loaded.lines.get(source) ?? new Set<number>();
    covered[name.split(path.sep).join('/')] = [...lines].sort((a, b) => a - b);
  }
  const base = {
    id: ran.id,
    file,
    title: ran.title,
    outcome: ran.outcome,
    hung,
    milliseconds,
    covered,
    symbols: [...executed.symbols].sort(),
  };
  return ran.error === undefined ? base : { ...base, message: describe(ran.error) };
}

function describe(error: unknown): string {
  const { name, message } = (error ?? {}) as { readonly name?: unknown; readonly message?: unknown };
  return (message === undefined ? String(error) : `${String(name ?? 'Error')}: ${String(message)}`).slice(0, 4000);
}
