import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { durationMs } from '../schemas/duration.js';
import { type Count, HOLDOUT_DIRECTORY, HoldoutProgress, type HoldoutResult } from '../schemas/holdouts.js';
import { RefusedInput } from '../schemas/parse.js';
import { wilsonLower } from '../schemas/satisfaction.js';
import { permanent } from './failure.js';
import { readReport } from './gates.js';
import { beating, inFreshWorkspace, type Subject } from './host.js';
import { judge } from './judge.js';
import type { Blobs, Depot, HoldoutScenario, Holdouts, Workspace, Workspaces } from './ports.js';

export interface HoldoutInput extends Subject {
  /** Runs of each scenario. */
  readonly runs: number;
  /** Of the interval, for example 0.95. */
  readonly confidence: number;
  /** Of an attempt on a host that was lost. */
  readonly progress?: HoldoutProgress;
}

export interface HoldoutPorts {
  readonly workspaces: Workspaces;
  readonly depot: Pick<Depot, 'list'>;
  readonly blobs: Blobs;
  readonly holdouts: Holdouts;
}

/** Logs that are kept: a heartbeat carries their addresses. */
const LOGS = 50;

export function createHoldoutActivities({ workspaces, depot, blobs, holdouts }: HoldoutPorts) {
  /** What the operator's files say is never part of a failure: failures are read by everybody. */
  async function read(repo: string): Promise<readonly HoldoutScenario[]> {
    return holdouts.read(repo).catch((error: unknown) => {
      if (!(error instanceof RefusedInput)) throw error;
      Context.current().log.error(error.message);
      throw permanent('BadInput', `the hold-out scenarios of ${repo} can't be read; the worker's log says why`);
    });
  }

  async function run(scenario: HoldoutScenario, subject: Subject): Promise<{ satisfied: boolean; log: string }> {
    return inFreshWorkspace({ workspaces, blobs }, subject, async ({ workspace, signal }) => {
      for (const { path, content } of scenario.files)
        await workspace.writeFile(`${HOLDOUT_DIRECTORY}/${path}`, content);
      const { name, command, in: cwd, timeout } = scenario;
      const result = await workspace.exec({ command, cwd, timeoutMs: durationMs(timeout), signal });
      signal.throwIfAborted();
      const report = await reportOf(workspace, scenario);
      const { exitCode, ended, stdout, stderr } = result;
      const judged = judge({ exitCode, ...(ended && { ended }), ...(report && { report }) }, []);
      const log = `\n## ${name}: ${judged.outcome}, ${judged.reason}\n\n${stdout}${stderr}\n`;
      return { satisfied: judged.outcome === 'pass', log };
    });
  }

  return {
    /** How many scenarios the operator keeps for the repo, and how long one run of each may take together. */
    async countHoldouts({ repo }: { readonly repo: string }): Promise<{ scenarios: number; roundMs: number }> {
      return beating(async () => {
        const scenarios = await read(repo);
        const roundMs = scenarios.reduce((sum, { timeout }) => sum + durationMs(timeout), 0);
        return { scenarios: scenarios.length, roundMs };
      });
    },

    /**
     * Runs each scenario so often, each time in a fresh workspace of the tree in which its files lie for this run
     * alone. Gives numbers only: what a scenario is about must not reach who writes the code.
     */
    async runHoldouts(input: HoldoutInput): Promise<HoldoutResult> {
      const { repo, runs } = input;
      return beating(async (beat) => {
        const scenarios = await read(repo);
        await refusePlanted(depot, input);
        let progress = resumed(input, scenarios);
        // Said at once: this attempt may be lost before its first run is over.
        beat(progress);
        for (const [index, scenario] of scenarios.entries()) {
          while ((progress.counts[index]?.runs ?? 0) < runs) {
            const { satisfied, log } = await run(scenario, input);
            const keep = !satisfied && progress.logs.length < LOGS;
            const logs = keep ? [(await blobs.put(log, 'text/plain')).sha256] : [];
            progress = counted(progress, index, satisfied, logs);
            beat(progress);
          }
        }
        return toResult(progress, scenarios, input.confidence, blobs);
      });
    },
  };
}

export type HoldoutActivities = ReturnType<typeof createHoldoutActivities>;

/** A change that puts files where the scenarios will be could answer for them. */
async function refusePlanted(depot: HoldoutPorts['depot'], { repo, tree }: Subject): Promise<void> {
  const planted = (await depot.list(repo, tree)).some((path) => path.split('/')[0] === HOLDOUT_DIRECTORY);
  if (planted) throw permanent('SandboxRefused', `the change has files in ${HOLDOUT_DIRECTORY}, which must not exist`);
}

async function reportOf(workspace: Workspace, { in: directory, report }: HoldoutScenario) {
  return report === undefined ? undefined : readReport(workspace, directory, report, async () => []);
}

/** Equal scenarios on an equal tree: only their runs may be counted together. */
function keyOf(scenarios: readonly HoldoutScenario[], tree: string, runs: number): string {
  const parts = scenarios.map(({ files, ...scenario }) => [
    scenario,
    files.map(({ path, content }) => [path, createHash('sha256').update(content).digest('hex')]),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([tree, runs, parts]))
    .digest('hex');
}

/** Where an earlier attempt was, on this host or on one that was lost; at the start when it ran something else. */
function resumed({ tree, runs, progress }: HoldoutInput, scenarios: readonly HoldoutScenario[]): HoldoutProgress {
  const key = keyOf(scenarios, tree, runs);
  const told = HoldoutProgress.safeParse(Context.current().info.heartbeatDetails).data;
  const start = { key, counts: scenarios.map(() => ({ satisfied: 0, runs: 0 })), logs: [] };
  const [farthest] = [told, progress, start]
    .filter((one) => one?.key === key)
    .sort((one, other) => sumOf(other?.counts, 'runs') - sumOf(one?.counts, 'runs'));
  return farthest ?? start;
}

function counted(before: HoldoutProgress, at: number, satisfied: boolean, logs: readonly string[]): HoldoutProgress {
  const counts = before.counts.map((count, index) =>
    index === at ? { satisfied: count.satisfied + (satisfied ? 1 : 0), runs: count.runs + 1 } : count,
  );
  return { ...before, counts, logs: [...before.logs, ...logs] };
}

function sumOf(counts: readonly Count[] | undefined, part: keyof Count): number {
  return (counts ?? []).reduce((sum, count) => sum + count[part], 0);
}

async function toResult(
  { counts, logs }: HoldoutProgress,
  scenarios: readonly HoldoutScenario[],
  confidence: number,
  blobs: Blobs,
): Promise<HoldoutResult> {
  const [satisfied, runs] = [sumOf(counts, 'satisfied'), sumOf(counts, 'runs')];
  const lower = wilsonLower(satisfied, runs, confidence);
  if (runs === 0) return { satisfied, runs, lower, perScenario: [] };
  const lines = scenarios.map(({ name }, at) => `${name}: ${counts[at]?.satisfied} of ${counts[at]?.runs} satisfied\n`);
  const texts = await Promise.all(logs.map((sha256) => blobs.get({ sha256 })));
  const log = await blobs.put(Buffer.concat([Buffer.from(lines.join('')), ...texts]), 'text/plain');
  return { satisfied, runs, lower, perScenario: [...counts], log };
}
