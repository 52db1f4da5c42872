// The thread that holds the code under test: takes jobs from the engine, answers as it goes. The engine ends the whole
// thread when it stands still, so nothing here needs to be safe against an endless loop. A survey runs in a process
// of its own instead, with the job as arguments and answers as JSON lines: to end a thread while its coverage is being
// taken brings Node down.
import { parentPort, workerData } from 'node:worker_threads';
import { NotWarm } from '../runner.js';
import { judge } from './judge.js';
import type { Job, Said, ThreadSetup } from './messages.js';
import { probe, record } from './probe.js';
import { Sources } from './realm.js';
import { surveyFiles } from './survey.js';

const port = parentPort;
const [, , givenSetup = '{}', givenJob = '{}'] = process.argv;
const setup: ThreadSetup = port
  ? (workerData as ThreadSetup)
  : { ...JSON.parse(givenSetup), beat: new SharedArrayBuffer(4) };
const beats = new Int32Array(setup.beat);
// Test code that writes to standard output must not spoil the lines.
const writeLine = process.stdout.write.bind(process.stdout);
const sources = new Sources();

/** What every job needs from the thread. */
export interface Bench {
  readonly setup: ThreadSetup;
  readonly sources: Sources;
  readonly beat: () => void;
  readonly say: (said: Said) => void;
}

const bench: Bench = {
  setup,
  sources,
  beat: () => Atomics.add(beats, 0, 1),
  say: (said) => (port ? port.postMessage(said) : writeLine(`${JSON.stringify(said)}\n`)),
};

async function work(job: Job): Promise<void> {
  bench.beat();
  try {
    if (job.kind === 'survey') await surveyFiles({ bench, job });
    else if (job.kind === 'judge') await judge({ bench, job });
    else if (job.kind === 'record') await record({ bench, job });
    else await probe({ bench, job });
    bench.say({ kind: 'done' });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    bench.say(error instanceof NotWarm ? { kind: 'not-warm', why } : { kind: 'broken', why });
  }
}

// A mutant may reject a promise that nobody waits for; its test has its own verdict.
process.on('unhandledRejection', () => undefined);
process.on('uncaughtException', () => undefined);
if (port) port.on('message', (job: Job) => void work(job));
else void work(JSON.parse(givenJob) as Job).then(() => process.exit(0));
