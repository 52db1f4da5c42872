import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promote } from '../adapters/temporal/deployment.js';
import { readBuildId } from '../infra/build-id.js';
import { type Config, loadConfig } from '../temporal.config.js';
import { createRepos } from './desks.js';
import { type Install, startInstall } from './install.js';
import { judge } from './judge.js';
import { BadUsage, type Options, readOptions } from './options.js';
import { type ChaosPlan, FAULTS, planChaos } from './plan.js';
import { progressLine } from './progress.js';
import { plainTable, reportOf, writeReport } from './report.js';
import { run } from './run.js';
import { type ChaosServer, startOwnServer, useServer } from './server.js';

// `signalbox chaos`: starts missions, breaks things at random by seed, and counts what was lost, done twice or left.

const PER_REPO = 4;

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  const config = loadConfig();
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => stop.abort(new Error('interrupted; everything that was started is ended')));
  }
  const directory = await mkdtemp(join(tmpdir(), 'signalbox-chaos-'));
  try {
    return await chaos({
      options,
      config,
      directory,
      signal: stop.signal,
      command: ['signalbox chaos', ...args].join(' '),
    });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.stderr.write(`signalbox chaos: ${(stop.signal.reason as Error).message}\n`);
    return 130;
  } finally {
    if (options.keep) process.stderr.write(`the state is kept in ${directory}\n`);
    else rmSync(directory, { recursive: true, force: true });
  }
}

interface Chaos {
  readonly options: Options;
  readonly config: Config;
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly command: string;
}

async function chaos({ options, config, directory, signal, command }: Chaos): Promise<number> {
  const { missions, workers, seed } = options;
  const { say, progress } = progressLine(options.json);
  const own = !config.temporal.given;
  say(
    own
      ? 'starting a Temporal server, a gateway and workers'
      : `starting a gateway and workers at ${config.temporal.address}`,
  );
  const server = own ? await startOwnServer(config, directory) : await useServer(config, options.restartServer);
  let install: Install | undefined;
  try {
    const examples = join(config.installDir, 'examples');
    const { undisturbed, repos } = createRepos({
      ...{ directory: join(directory, 'repos'), examples, desks: missions, perRepo: PER_REPO },
      tag: own ? '' : `X${Date.now().toString(36).toUpperCase()}`,
    });
    install = await startInstall({
      ...{ config, directory, server, workers, repos: [undisturbed, ...repos], preload: options.preload },
    });
    const parts = [install.gateway, ...install.workers];
    await Promise.all(parts.map((part) => part.start()));
    // In a namespace where an earlier build has run, a new one would wait for that.
    const { workflowService } = install.client;
    const { namespace } = server;
    await promote({ service: workflowService, namespace, over: signal }, readBuildId(config.installDir));
    signal.throwIfAborted();
    const plan = planOf(options, server);
    const { still, grace } = options;
    const observations = await run({ install, server, undisturbed, repos, plan, still, grace, signal, progress, say });
    const [wrong] = install.scriptErrors();
    if (wrong) throw new Error(`a model of ours had nothing to say: ${(wrong as Error).message}`);
    const judged = judge(observations);
    const endedThemselves = parts.reduce((sum, part) => sum + part.endedItself, 0);
    const temporal = await versionOf(install);
    const { installDir } = config;
    const report = reportOf({ seed, command, installDir, temporal, observations, judged, endedThemselves });
    if (options.report !== undefined) writeReport(options.report, report, observations);
    process.stdout.write(options.json ? `${JSON.stringify({ report })}\n` : `${plainTable(report)}\n`);
    for (const line of [...report.details, ...report.broken.map((what) => `broken: ${what}`)]) {
      process.stderr.write(`${line}\n`);
    }
    return judged.broken.length > 0 ? 1 : 0;
  } finally {
    await install?.close();
    await server.close();
  }
}

/** Where nobody may restart the server, everything else is broken as often. */
function planOf({ missions, kills, seed, workers, only }: Options, { killable }: ChaosServer): ChaosPlan {
  const wanted = only.length > 0 || killable ? only : FAULTS.filter((fault) => fault !== 'server');
  return planChaos({ missions, kills, seed, workers, only: wanted });
}

async function versionOf({ client }: Install): Promise<string> {
  const { serverVersion } = await client.workflowService.getSystemInfo({});
  return serverVersion ?? 'unknown';
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`signalbox chaos: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = error instanceof BadUsage ? 2 : 1;
}
// Connections that vendors keep open would hold this process.
process.exit();
