// The repair engine: one request as JSON on stdin, events as JSON lines on stdout, notes for people on stderr. Runs
// inside the sandbox, in the root of a checkout that it leaves as it found it.
import { readFileSync } from 'node:fs';
import { parse, RefusedInput } from '../schemas/parse.js';
import { type RepairEvent, type RepairProgress, RepairRequest, type Survey } from '../schemas/repair.js';
import { listFiles } from './files.js';
import { openRunner } from './open-runner.js';
import { NotWarm, type Observed, type Runner, Unsupported } from './runner.js';
import { Search } from './search.js';

const QUIET_MS = 400;

function say(event: RepairEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** Progress at least twice a second, also while a single batch takes long; never more than needed. */
class Progress {
  #last: RepairProgress = { index: 0, tried: 0, total: 0 };
  #said = 0;
  readonly #timer = setInterval(() => this.#say(), QUIET_MS);

  constructor(startAt: number) {
    this.#last = { index: startAt, tried: 0, total: 0 };
  }

  note(progress: RepairProgress): void {
    this.#last = progress;
    if (performance.now() - this.#said > QUIET_MS / 4) this.#say();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #say(): void {
    this.#said = performance.now();
    say({ event: 'progress', progress: this.#last });
  }
}

function toSurvey(name: string, observed: readonly Observed[]): Survey {
  const tests = observed.map(({ id, file, title, outcome, message, covered, symbols }) => ({
    id: id.slice(0, 500),
    file,
    title,
    outcome,
    ...(message === undefined ? {} : { message }),
    covered: Object.fromEntries(Object.entries(covered).map(([path, lines]) => [path, [...lines]])),
    symbols: [...symbols],
  }));
  return { module: name, tests };
}

async function serve({
  root,
  request,
  runner,
}: {
  readonly root: string;
  readonly request: RepairRequest;
  readonly runner: Runner;
}): Promise<void> {
  const progress = new Progress(request.do === 'search' ? request.startAt : 0);
  try {
    if (request.do === 'search') {
      const result = await new Search({ root, request, runner, progress: (made) => progress.note(made) }).run();
      say({ event: 'result', result });
      return;
    }
    const { tests } = listFiles({ root, module: request.module });
    const limitMs = Math.min(5000, request.timeoutSeconds * 1000);
    const observed = await runner.survey({ files: tests, limitMs, afterHangMs: limitMs });
    say({ event: 'survey', survey: toSurvey(request.name, observed) });
  } finally {
    progress.stop();
  }
}

/** Tests that can't be run are an answer: another attempt would end the same way. */
function unsupported({
  request,
  why,
  seconds,
}: {
  readonly request: RepairRequest;
  readonly why: string;
  readonly seconds: number;
}): RepairEvent {
  if (request.do === 'survey')
    return { event: 'survey', survey: { module: request.name, tests: [], unsupported: why.slice(0, 2000) } };
  const found = { suspicious: [], index: request.startAt, tried: 0, seconds };
  return { event: 'result', result: { status: 'cannot-do', reason: 'unsupported-runner', detail: why, ...found } };
}

async function main(): Promise<number> {
  const started = performance.now();
  let request: RepairRequest;
  try {
    request = parse(RepairRequest, JSON.parse(readFileSync(0, 'utf8')), 'The repair request');
  } catch (error) {
    const why = error instanceof RefusedInput || error instanceof SyntaxError ? error.message : String(error);
    process.stderr.write(`${why}\n`);
    return 2;
  }
  const root = process.cwd();
  const runner = openRunner({ root, request });
  try {
    await serve({ root, request, runner });
    return 0;
  } catch (error) {
    if (!(error instanceof NotWarm || error instanceof Unsupported)) throw error;
    say(unsupported({ request, why: error.message, seconds: (performance.now() - started) / 1000 }));
    return 0;
  } finally {
    await runner.close();
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(
      `the repair engine failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  },
);
