import { createHash } from 'node:crypto';
import picomatch from 'picomatch';
import type { BlobRef } from '../schemas/blob-ref.js';
import type { Blueprint, Gate } from '../schemas/blueprint.js';
import { durationMs } from '../schemas/duration.js';
import { Cases, type TestCounts, type Verdict } from '../schemas/verdict.js';
import { permanent } from './failure.js';
import { inWorkspace, loadBlueprint, type Subject } from './host.js';
import { type Baseline, type GateRun, judge } from './judge.js';
import { readJunit, type TestCase } from './junit.js';
import type { Blobs, CommandResult, Depot, GateCache, TestHistory, Workspace, Workspaces } from './ports.js';

const REPORT_BYTES = 16 * 1024 * 1024;
/** Named in the verdict itself; all of them are in its `cases`. */
const LISTED_FAILURES = 50;

export interface GateInput extends Subject {
  /** Name of a gate or a scenario of the blueprint. */
  readonly gate: string;
  readonly targets: readonly string[];
  /** `cases` of the same gate's verdict on the base; without it every failing test counts. */
  readonly baseline?: BlobRef;
  /** Runs it whatever was answered before, and leaves that answer as it is: the way to tell flaky from red. */
  readonly fresh?: boolean;
}

export interface GatePorts {
  readonly workspaces: Workspaces;
  readonly depot: Depot;
  readonly blobs: Blobs;
  readonly gateCache: GateCache;
  readonly testHistory: TestHistory;
}

export function createGateActivities({ workspaces, depot, blobs, gateCache, testHistory }: GatePorts) {
  return {
    /** Runs one gate in a fresh workspace of the tree, or answers from the cache. */
    async runGate(input: GateInput): Promise<Verdict> {
      const { repo, targets, tree, fresh = false } = input;
      const blueprint = await loadBlueprint(blobs, input.blueprint);
      const gate = gateOf(blueprint, input.gate);
      const key = cacheKey(input, gate, blueprint);
      const known = fresh ? undefined : await gateCache.get(key);
      if (known) return { ...known, cached: true };
      return inWorkspace({ workspaces, blobs }, input, async ({ workspace, signal }) => {
        const timeoutMs = durationMs(gate.timeout);
        const result = await workspace.exec({ command: gate.command, cwd: gate.in, timeoutMs, signal });
        signal.throwIfAborted();
        const files = () => testFiles(input, gate, blueprint, depot);
        const read = gate.report ? await readReport(workspace, gate.in, gate.report, files) : undefined;
        const baseline = input.baseline && (await readCases(blobs, input.baseline));
        const verdict = await toVerdict({ gate, tree, targets, result, read, baseline, blobs });
        if (verdict.cases) {
          await testHistory.record({ repo, gate: gate.name, tree, ...(await readCases(blobs, verdict.cases)) });
        }
        // What could not be judged is not an answer: it is asked again.
        if (verdict.outcome !== 'unknown' && !fresh) await gateCache.put(key, verdict);
        return verdict;
      });
    },
  };
}

export type GateActivities = ReturnType<typeof createGateActivities>;

/** Everything that decides a verdict: the tree holds the lockfiles, so the set-up is in it too. */
function cacheKey({ tree, targets, baseline }: GateInput, gate: Gate, { setup, modules }: Blueprint): string {
  const module = gate.module === undefined ? null : modules[gate.module];
  const parts = [tree, gate, module, [...targets].sort(), baseline?.sha256 ?? null, setup, process.version];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

type ReportRead = { readonly cases: readonly TestCase[]; readonly xml: Buffer } | { readonly unreadable: string };

/** The report that a command wrote, `report` being relative to the directory that it ran in. */
export async function readReport(
  workspace: Workspace,
  directory: string,
  report: string,
  files: () => Promise<string[]>,
): Promise<ReportRead> {
  const path = directory === '.' ? report : `${directory}/${report}`;
  try {
    const xml = await workspace.readFile(path, REPORT_BYTES);
    if (!xml) return { unreadable: `the gate wrote no report at ${path}` };
    return { cases: readJunit(xml.toString(), await files()), xml };
  } catch (error) {
    return { unreadable: `the report at ${path} can't be read: ${(error as Error).message}` };
  }
}

/** Test files of the gate's module, relative to the module: reports and surveys name tests by them. */
async function testFiles(input: GateInput, gate: Gate, blueprint: Blueprint, depot: Depot): Promise<string[]> {
  const module = gate.module ? blueprint.modules[gate.module] : undefined;
  if (!module) return [];
  const prefix = module.path === '.' ? '' : `${module.path}/`;
  const isTest = picomatch(module.tests);
  const inside = (await depot.list(input.repo, input.tree)).filter((path) => path.startsWith(prefix));
  return inside.map((path) => path.slice(prefix.length)).filter((path) => isTest(path));
}

/** All tests of a verdict's report, by how they ended. */
export async function readCases(blobs: Blobs, cases: BlobRef): Promise<Baseline> {
  return Cases.parse(JSON.parse((await blobs.get(cases)).toString()));
}

function gateOf({ gates, scenarios }: Blueprint, name: string): Gate {
  const gate = [...gates, ...scenarios].find((candidate) => candidate.name === name);
  if (!gate) throw permanent('InvalidPlan', `the blueprint has no gate or scenario "${name}"`);
  return gate;
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
  const log = `${result.stdout}${result.stderr}${result.dropped > 0 ? `\n[${result.dropped} more bytes were dropped]\n` : ''}`;
  return {
    gate: gate.name,
    tree,
    ...judge(run, targets, baseline),
    exitCode: result.exitCode,
    ...(cases && { counts: countsOf(cases) }),
    failing: idsOf(cases ?? [], 'fail').slice(0, LISTED_FAILURES),
    ...(cases && { cases: await keepCases(blobs, cases) }),
    log: await blobs.put(log, 'text/plain'),
    ...(read && 'xml' in read && { report: await blobs.put(read.xml, 'application/xml') }),
    durationMs: Math.round(result.durationMs),
    cached: false,
  };
}

function keepCases(blobs: Blobs, cases: readonly TestCase[]): Promise<BlobRef> {
  const kept: Cases = { passing: idsOf(cases, 'pass'), failing: idsOf(cases, 'fail') };
  return blobs.put(JSON.stringify(kept), 'application/json');
}

function idsOf(cases: readonly TestCase[], outcome: TestCase['outcome']): string[] {
  return cases.filter((test) => test.outcome === outcome).map(({ id }) => id);
}

function countsOf(cases: readonly TestCase[]): TestCounts {
  const [passed, failed, skipped] = (['pass', 'fail', 'skip'] as const).map((outcome) => idsOf(cases, outcome).length);
  return { passed: passed ?? 0, failed: failed ?? 0, skipped: skipped ?? 0 };
}
