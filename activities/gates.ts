import { createHash } from 'node:crypto';
import picomatch from 'picomatch';
import type { Gate } from '../schemas/blueprint.js';
import { durationMs } from '../schemas/duration.js';
import type { TestCounts, Verdict } from '../schemas/verdict.js';
import { inWorkspace, type Subject } from './host.js';
import { type Baseline, type GateRun, judge } from './judge.js';
import { readJunit, type TestCase } from './junit.js';
import type { Blobs, CommandResult, Depot, GateCache, Workspace, Workspaces } from './ports.js';

const REPORT_BYTES = 16 * 1024 * 1024;
const LISTED_FAILURES = 500;

export interface GateInput extends Subject {
  readonly gate: Gate;
  readonly targets: readonly string[];
  /** The verdict of the same gate on the base; without it every failing test counts. */
  readonly baseline?: Verdict;
}

export interface GatePorts {
  readonly workspaces: Workspaces;
  readonly depot: Depot;
  readonly blobs: Blobs;
  readonly gateCache: GateCache;
}

export function createGateActivities({ workspaces, depot, blobs, gateCache }: GatePorts) {
  return {
    /** Runs one gate in a fresh workspace of the tree, or answers from the cache. */
    async runGate(input: GateInput): Promise<Verdict> {
      const { gate, targets, tree } = input;
      const key = cacheKey(input);
      const known = await gateCache.get(key);
      if (known) return { ...known, cached: true };
      return inWorkspace(workspaces, input, async ({ workspace, signal }) => {
        const timeoutMs = durationMs(gate.timeout);
        const result = await workspace.exec({ command: gate.command, cwd: gate.in, timeoutMs, signal });
        signal.throwIfAborted();
        const read = gate.report ? await readReport(workspace, input, gate.report, depot) : undefined;
        const baseline = input.baseline && (await baselineOf(input.baseline, blobs));
        const verdict = await toVerdict({ gate, tree, targets, result, read, baseline, blobs });
        // What could not be judged is not an answer: it is asked again.
        if (verdict.outcome !== 'unknown') await gateCache.put(key, verdict);
        return verdict;
      });
    },
  };
}

export type GateActivities = ReturnType<typeof createGateActivities>;

/** Everything that decides a verdict: the tree holds the lockfiles, so the set-up is in it too. */
function cacheKey({ tree, gate, targets, baseline, blueprint }: GateInput): string {
  const parts = [tree, gate, [...targets].sort(), baseline?.tree ?? null, blueprint.setup, process.version];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

type ReportRead = { readonly cases: readonly TestCase[]; readonly xml: Buffer } | { readonly unreadable: string };

async function readReport(workspace: Workspace, input: GateInput, report: string, depot: Depot): Promise<ReportRead> {
  const path = input.gate.in === '.' ? report : `${input.gate.in}/${report}`;
  try {
    const xml = await workspace.readFile(path, REPORT_BYTES);
    if (!xml) return { unreadable: `the gate wrote no report at ${path}` };
    return { cases: readJunit(xml.toString(), await testFiles(input, depot)), xml };
  } catch (error) {
    return { unreadable: `the report at ${path} can't be read: ${(error as Error).message}` };
  }
}

/** Test files of the gate's module, relative to the module: reports and surveys name tests by them. */
async function testFiles(input: GateInput, depot: Depot): Promise<string[]> {
  const module = input.gate.module ? input.blueprint.modules[input.gate.module] : undefined;
  if (!module) return [];
  const prefix = module.path === '.' ? '' : `${module.path}/`;
  const isTest = picomatch(module.tests);
  const inside = (await depot.list(input.repo, input.tree)).filter((path) => path.startsWith(prefix));
  return inside.map((path) => path.slice(prefix.length)).filter((path) => isTest(path));
}

async function baselineOf(verdict: Verdict, blobs: Blobs): Promise<Baseline> {
  const passing = verdict.passing ? JSON.parse((await blobs.get(verdict.passing)).toString()) : [];
  return { passing, failing: verdict.failing };
}

interface VerdictParts {
  readonly gate: Gate;
  readonly tree: string;
  readonly targets: readonly string[];
  readonly result: CommandResult;
  readonly read: ReportRead | undefined;
  readonly baseline: Baseline | undefined;
  readonly blobs: Blobs;
}

async function toVerdict({ gate, tree, targets, result, read, baseline, blobs }: VerdictParts): Promise<Verdict> {
  const run: GateRun = {
    exitCode: result.exitCode,
    ...(result.ended && { ended: result.ended }),
    ...(read && { report: read }),
  };
  const cases = read && 'cases' in read ? read.cases : undefined;
  const passing = cases?.filter((test) => test.outcome === 'pass').map((test) => test.id);
  const log = `${result.stdout}${result.stderr}${result.dropped > 0 ? `\n[${result.dropped} more bytes were dropped]\n` : ''}`;
  return {
    gate: gate.name,
    tree,
    ...judge(run, targets, baseline),
    exitCode: result.exitCode,
    ...(cases && { counts: countsOf(cases) }),
    failing: (cases ?? [])
      .filter((test) => test.outcome === 'fail')
      .map((test) => test.id)
      .slice(0, LISTED_FAILURES),
    ...(passing && { passing: await blobs.put(JSON.stringify(passing), 'application/json') }),
    log: await blobs.put(log, 'text/plain'),
    ...(read && 'xml' in read && { report: await blobs.put(read.xml, 'application/xml') }),
    durationMs: Math.round(result.durationMs),
    cached: false,
  };
}

function countsOf(cases: readonly TestCase[]): TestCounts {
  const count = (outcome: TestCase['outcome']) => cases.filter((test) => test.outcome === outcome).length;
  return { passed: count('pass'), failed: count('fail'), skipped: count('skip') };
}
