// The thread that holds the code under test: takes jobs from the engine, answers as it goes. The engine ends the whole
// thread when it stands still, so nothing here needs to be safe against an endless loop.
import { parentPort, workerData } from 'node:worker_threads';
import { NotWarm } from '../runner.js';
import { judge } from './judge.js';
import type { Job, Said, ThreadSetup } from './messages.js';
import { probe, record } from './probe.js';
import { Sources } from './realm.js';
import { surveyFiles } from './survey.js';

const setup = workerData as ThreadSetup;
const port = parentPort;
const beats = new Int32Array(setup.beat);
const sources = new Sources();

/** What every job needs from the thread. */
export interface Bench {
  readonly setup: ThreadSetup;
  readonly sources: Sources;
  readonly beat: () => void;
  readonly say: (said: Said) => void;
}

const bench: Bench = { setup, sources, beat: () => Atomics.add(beats, 0, 1), say: (said) => port?.postMessage(said) };

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
port?.on('message', (job: Job) => void work(job));
