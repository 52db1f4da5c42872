// Measures what Signalbox promises about its speed, side by side with what a user would have instead.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleWorkflowCode, Runtime } from '@temporalio/worker';
import { loadConfig } from '../temporal.config.js';
import { archive } from './archive.js';
import { codec } from './codec.js';
import type { Bench, BenchContext } from './context.js';
import { doors } from './doors.js';
import { embeddedServer } from './embedded-server.js';
import { frontDoor } from './front-door.js';
import { gateCache } from './gate-cache.js';
import { history } from './history.js';
import { load } from './load.js';
import { makespan } from './makespan.js';
import { orchestration } from './orchestration.js';
import { recovery } from './recovery.js';
import { repair } from './repair.js';
import { replay } from './replay.js';
import { allMet, describeMachine, markdown, type Report } from './report.js';
import type { Row } from './row.js';
import { sandbox } from './sandbox.js';
import { scratchDirectory } from './scratch.js';
import { sharedDepot } from './shared-depot.js';
import { temporalVersion } from './temporal-version.js';
import { parked } from './turns/parked.js';
import { toolReads } from './turns/reads.js';
import { turns } from './turns/turns.js';

const BENCHES: readonly Bench[] = [
  embeddedServer,
  orchestration,
  makespan,
  frontDoor,
  doors,
  history,
  replay,
  load,
  codec,
  archive,
  turns,
  toolReads,
  parked,
  recovery,
  gateCache,
  sandbox,
  sharedDepot,
  repair,
];

const nothing = () => undefined;
const QUIET = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

async function main(): Promise<number> {
  const { only, json, quick } = parseArgs({
    options: {
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
    },
  }).values;
  const chosen = BENCHES.filter(({ name }) => only === undefined || name === only);
  if (chosen.length === 0) {
    throw new Error(`--only ${only}: expected one of ${BENCHES.map(({ name }) => name).join(', ')}`);
  }
  // Ctrl-C is ours alone: see `scratchSpace`.
  Runtime.install({
    logger: QUIET,
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
    shutdownSignals: [],
  });
  const { cacheDir, installDir, path, stateDir } = loadConfig();
  const context = { directory: scratchSpace(stateDir), cacheDir, installDir, path, quick, bareBundle: bundleOnce() };
  const report = await measure(chosen, context);
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : markdown(report));
  if (only === undefined && !quick) keep(report, join(installDir, 'bench/results'));
  return allMet(report) ? 0 : 1;
}

/** The servers and sandboxes that this process started end with it, as the directories of their state do. */
function scratchSpace(stateDir: string): string {
  mkdirSync(stateDir, { recursive: true });
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => process.exit(code));
  }
  return scratchDirectory(stateDir, 'bench-');
}

function bundleOnce(): BenchContext['bareBundle'] {
  let bundle: Promise<{ code: string }> | undefined;
  const workflowsPath = join(import.meta.dirname, 'workflows/index.js');
  return () => {
    bundle ??= bundleWorkflowCode({ workflowsPath, logger: QUIET });
    return bundle;
  };
}

async function measure(benches: readonly Bench[], context: BenchContext): Promise<Report> {
  const rows: Row[] = [];
  const missing: string[] = [];
  for (const { name, run } of benches) {
    const started = performance.now();
    try {
      rows.push(...(await run(context)));
      process.stderr.write(`${name}: ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
    } catch (error) {
      missing.push(name);
      process.stderr.write(`${name} could not be measured: ${error instanceof Error ? error.message : error}\n`);
    }
  }
  return { machine: describeMachine(await temporalVersion(context)), rows, missing };
}

function keep(report: Report, directory: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'bench.json'), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(directory, 'bench.md'), markdown(report));
}

try {
  // Whatever is still open ends with this process.
  process.exit(await main());
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`);
  process.exit(2);
}
