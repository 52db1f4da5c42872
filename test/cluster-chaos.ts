import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../infra/cluster/cluster.js';
import { TEMPORAL_SERVER, VERSITYGW } from '../infra/go-programs.js';
import { loadConfig } from '../temporal.config.js';
import type { Disturbance, MissionRun } from './cluster-missions.js';
import type { RandomChaosReport } from './cluster-random.js';
import type { Stack, StackWorker } from './stack.js';

// What is killed on a cluster while a mission runs, and the table of what came of it.

export interface ClusterRow extends MissionRun {
  readonly killed: string;
  /** How long it was away; null: it did not come back before the mission ended. */
  readonly downMs: number | null;
}

export interface ClusterWorkers {
  readonly light: StackWorker;
  readonly host: StackWorker;
  readonly startLight: (name: string) => Promise<StackWorker>;
  readonly startHost: (name: string) => Promise<StackWorker>;
  readonly stateOf: (name: string) => string;
}

export interface ClusterKill {
  readonly killed: string;
  readonly downMs: number | null;
  readonly disturb: Disturbance;
  /** Brings back what did not come back by itself. */
  readonly after?: () => Promise<unknown>;
}

export interface ChaosOptions {
  readonly cluster: Cluster;
  readonly stack: Stack;
  readonly workers: ClusterWorkers;
  readonly seed: number;
}

/** After the first task has begun, and before the last has ended. */
const MOMENT_MS = 3_000;
const [SHORTEST_MS, LONGEST_MS] = [1_000, 6_000];

/** One kill of each part. The same seed gives the same moments and outages. */
export function kills({ cluster, stack, workers, seed }: ChaosOptions): readonly ClusterKill[] {
  const random = randomFrom(seed);
  const outage = () => Math.round(SHORTEST_MS + random() * (LONGEST_MS - SHORTEST_MS));
  const moment = () => sleep(Math.round(random() * MOMENT_MS));
  const { light, host, startLight, startHost, stateOf } = workers;
  const servers = cluster.parts.map((part): ClusterKill => {
    const downMs = outage();
    const wait = Math.round(random() * MOMENT_MS);
    const atWork = async () => {
      await sleep(wait);
      await part.kill();
      await sleep(downMs);
      await part.start();
    };
    return { killed: part.name, downMs, disturb: { atWork } };
  });
  const gatewayMs = outage();
  let back: Promise<void> | undefined;
  return [
    ...servers,
    {
      killed: 'gateway, before the webhook',
      downMs: gatewayMs,
      disturb: {
        async atStart() {
          await stack.gateway.kill();
          back = sleep(gatewayMs).then(() => stack.gateway.start());
        },
      },
      after: async () => back,
    },
    {
      killed: 'worker for workflows and models',
      downMs: null,
      disturb: { atWork: () => moment().then(() => light.kill()) },
      after: () => startLight(light.host),
    },
    {
      killed: 'sandbox host, with its disk',
      downMs: null,
      disturb: {
        async atWork() {
          await moment();
          await host.kill();
          rmSync(stateOf(host.host), { recursive: true, force: true });
        },
      },
      after: () => startHost(host.host),
    },
  ];
}

/** Workspaces that are still on the disk of a host. */
export function leftWorkspaces(stateDir: string): number {
  const directory = join(stateDir, 'sandbox/workspaces');
  return existsSync(directory) ? readdirSync(directory).length : 0;
}

export interface ClusterReport {
  readonly rows: readonly ClusterRow[];
  readonly seed: number;
  readonly leftWorkspaces: number;
  readonly random?: RandomChaosReport;
}

/** Why a row breaks a promise; empty when it does not. The first row is the undisturbed mission. */
export function broken(row: ClusterRow, undisturbed: ClusterRow): readonly string[] {
  return [
    ...(row.result === 'shipped' ? [] : [`${row.result}: ${row.because}`]),
    ...(row.trees.join() === undisturbed.trees.join() ? [] : ['another tree']),
    ...(row.effectsTwice === 0 ? [] : [`${row.effectsTwice} effects twice`]),
  ];
}

/** The table as Markdown; written below docs/results when asked for. */
export function report(result: ClusterReport, write: boolean): string {
  const { rows, seed } = result;
  const [undisturbed] = rows;
  if (!undisturbed) throw new Error('no mission ran');
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  const lines = rows.map((row) => {
    const later = row === undisturbed ? '' : seconds(row.ms - undisturbed.ms);
    const away = row.killed === NOTHING ? '' : row.downMs === null ? 'to the end' : seconds(row.downMs);
    const same = row.trees.join() === undisturbed.trees.join() ? 'yes' : 'no';
    return `| ${[row.killed, away, row.result, same, row.effectsTwice, seconds(row.ms), later].join(' | ')} |`;
  });
  const text = [
    '# A cluster, one of each killed',
    '',
    `Four services of Temporal (${TEMPORAL_SERVER.version}), PostgreSQL, S3 (versitygw ${VERSITYGW.version}), the gateway, two workers for`,
    'workflows and models, two sandbox hosts that share nothing but S3 and the forge: processes of one machine with',
    `${cpus().length} cores. Each row is a mission of its own (five faults in two modules, repaired and merged); the part is`,
    'killed without a chance to finish anything while tasks run. Times belong to that machine.',
    '',
    '| killed | away (s) | mission | same tree | effects twice | took (s) | later than undisturbed (s) |',
    '|---|---:|---|---|---:|---:|---:|',
    ...lines,
    '',
    `${rows.length} missions started, ${rows.filter(({ result: end }) => end !== 'stuck').length} finished, ${rows.filter(({ result: end }) => end === 'stuck').length} stuck; workspaces left behind: ${result.leftWorkspaces}.`,
    '',
    `\`scripts/cluster --chaos --seed ${seed} --report\``,
    '',
    ...(result.random?.markdown ? [result.random.markdown.replace(/^#/gm, '##')] : []),
  ].join('\n');
  if (write) {
    const directory = join(loadConfig().installDir, 'docs/results');
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'cluster.md'), text);
    writeFileSync(join(directory, 'cluster.json'), `${JSON.stringify(result, null, 2)}\n`);
  }
  return text;
}

export const NOTHING = 'nothing';

/** Numbers from 0 to 1 that the seed decides (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
