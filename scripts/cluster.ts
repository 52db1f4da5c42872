import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Cluster, startCluster } from '../infra/cluster/cluster.js';
import { loadConfig } from '../temporal.config.js';
import {
  broken,
  type ClusterKill,
  type ClusterRow,
  kills,
  leftWorkspaces,
  NOTHING,
  report,
} from '../test/cluster-chaos.js';
import { runMission } from '../test/cluster-missions.js';
import { randomChaos } from '../test/cluster-random.js';
import { type Stack, startStack } from '../test/stack.js';

// The topology of an installation on several machines, on one machine and without containers: PostgreSQL, Temporal's
// four services, an S3-compatible server, the gateway, two workers for workflows and models, two sandbox hosts that
// share nothing but S3 and the forge.

const HELP = `scripts/cluster [--missions <n>] [--chaos] [--random <n>] [--seed <n>] [--report] [--keep]

  --missions <n>  missions one after the other (default 1)
  --chaos         then one mission per part, which is killed meanwhile; exits 1 when a promise is broken
  --random <n>    then \`signalbox chaos\` with so many missions and kills, Temporal's services and PostgreSQL among them
  --seed <n>      of the moments and the outages (default 1)
  --report        writes docs/results/cluster.json and cluster.md
  --keep          leaves everything running at the end, until Ctrl-C`;

const { values } = parseArgs({
  options: {
    missions: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    random: { type: 'string', default: '0' },
    chaos: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);
const began = Date.now();
const step = (line: string) => say(`${((Date.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}`);

if (values.help) {
  say(HELP);
  process.exit(0);
}

// Every program ends with this one, which is a listener each.
process.setMaxListeners(0);
const directory = mkdtempSync(join(tmpdir(), 'signalbox-cluster-'));
// Sandboxes run as another user when this is root.
chmodSync(directory, 0o755);
// Also when something throws that nobody waits for: a mission may be in the middle of a question when all is ended.
process.once('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
let cluster: Cluster | undefined;
let stack: Stack | undefined;
const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(
  () => 'interrupted' as const,
);
try {
  const ended = await Promise.race([run(), interrupted]);
  process.exitCode = ended === 'interrupted' ? 130 : ended;
  if (ended !== 'interrupted' && values.keep) {
    say(`TEMPORAL_ADDRESS=${cluster?.temporal.address}; logs in ${directory}; Ctrl-C ends everything`);
    await interrupted;
  }
} catch (error) {
  process.stderr.write(`cluster: ${(error as Error).stack}\n`);
  process.exitCode = 1;
} finally {
  step('ending everything');
  await stack?.close().catch((error: Error) => process.stderr.write(`cluster: ${error.message}\n`));
  await cluster?.close();
}
process.exit();

/** The exit code. */
async function run(): Promise<number> {
  cluster = await startCluster({ directory, cacheDir: loadConfig().cacheDir, say: step });
  step('gateway');
  stack = await startStack({ directory, memory: true, cluster });
  const at = stack;
  const stateOf = (name: string) => join(directory, 'state', name);
  const start = (name: string, roles: string) => at.startWorker(name, { roles, stateDir: stateOf(name) });
  const startLight = (name: string) => start(name, 'workflows,models');
  const startHost = (name: string) => start(name, 'sandbox');
  step('two workers for workflows and models, two sandbox hosts');
  const [light, , host] = await Promise.all([
    ...['light-1', 'light-2'].map(startLight),
    ...['host-1', 'host-2'].map(startHost),
  ]);
  if (!light || !host) throw new Error('not every worker started');

  const rows: ClusterRow[] = [];
  const mission = async (kill: Pick<ClusterKill, 'killed' | 'downMs' | 'disturb'>) => {
    const ended = await runMission(at, rows.length + 1, kill.disturb);
    rows.push({ ...ended, killed: kill.killed, downMs: kill.downMs });
    step(`${ended.item}, killed: ${kill.killed}: ${ended.result} in ${(ended.ms / 1000).toFixed(1)} s`);
  };
  for (let count = 0; count < Number(values.missions); count++) {
    await mission({ killed: NOTHING, downMs: null, disturb: {} });
  }
  const seed = Number(values.seed);
  const workers = { light, host, startLight, startHost, stateOf };
  for (const kill of values.chaos ? kills({ cluster, stack, workers, seed }) : []) {
    await mission(kill);
    await kill.after?.();
  }
  const left = ['host-1', 'host-2'].reduce((sum, name) => sum + leftWorkspaces(stateOf(name)), 0);
  const count = Number(values.random);
  const random = count > 0 ? await randomChaos({ cluster, directory, missions: count, kills: count, seed }) : undefined;
  say(`\n${report({ rows, seed, leftWorkspaces: left, ...(random && { random }) }, values.report)}`);
  const [undisturbed] = rows;
  const problems = rows.flatMap((row) =>
    undisturbed ? broken(row, undisturbed).map((why) => `${row.item}: ${why}`) : [],
  );
  for (const problem of problems) say(`broken: ${problem}`);
  return problems.length + left + (random?.exitCode ?? 0) > 0 ? 1 : 0;
}
