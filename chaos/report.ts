import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Counts, Judged, Recovery } from './judge.js';
import type { FaultDone, Observations } from './observations.js';

export interface ReportInput {
  readonly seed: number;
  readonly command: string;
  readonly installDir: string;
  /** Of the Temporal server. */
  readonly temporal: string;
  readonly observations: Observations;
  readonly judged: Judged;
  /** Times that programs ended although nobody had asked; they were started again. */
  readonly endedThemselves: number;
}

export interface ChaosReport {
  /** One, or those of all runs that are summed up. */
  readonly seeds: readonly number[];
  readonly command: string;
  readonly versions: Readonly<Record<'signalbox' | 'node' | 'temporal', string>>;
  readonly machine: string;
  readonly seconds: number;
  readonly counts: Counts;
  readonly recovery: Judged['recovery'];
  readonly endedThemselves: number;
  readonly faults: readonly {
    readonly n: number;
    readonly fault: string;
    readonly target?: number;
    readonly plannedAt: number;
    /** Milliseconds since the faults began. */
    readonly atMs: number;
  }[];
  readonly broken: readonly string[];
  /** What is behind a count that is not as it should be. */
  readonly details: readonly string[];
}

export function reportOf(input: ReportInput): ChaosReport {
  const { seed, command, installDir, temporal, observations, judged, endedThemselves } = input;
  const { version } = JSON.parse(readFileSync(join(installDir, 'package.json'), 'utf8')) as { version: string };
  const [cpu] = cpus();
  return {
    ...{ seeds: [seed], command, ...judged, endedThemselves },
    versions: { signalbox: version, node: process.versions.node, temporal },
    machine: `${cpus().length} cores ${cpu?.model ?? ''}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
    seconds: Math.round((observations.endedAt - observations.startedAt) / 1000),
    faults: observations.faults.map((done) => faultLine(done, observations.startedAt)),
    details: detailsOf(observations),
  };
}

function faultLine({ planned, at }: FaultDone, from: number): ChaosReport['faults'][number] {
  const target = 'target' in planned && planned.fault === 'worker' ? { target: planned.target } : {};
  return { n: planned.n, fault: planned.fault, ...target, plannedAt: planned.at, atMs: at - from };
}

function detailsOf({ missions, leftovers, strayFiles }: Observations): string[] {
  return [
    ...missions.flatMap(({ item, kind, started, open, result, because, tree, expectedTree }) => {
      if (started === 1 && result === 'shipped' && tree === expectedTree) return [];
      const end = open ? 'is open' : `${result}: ${because}`;
      return [`${item} (${kind}) was started ${started} times, ${end}; same tree: ${tree === expectedTree}`];
    }),
    ...leftovers.processes.map((line) => `process ${line}`),
    ...leftovers.workspaces.map((line) => `workspace ${line}`),
    ...leftovers.mounts.map((line) => `mount ${line}`),
    ...leftovers.files.map((line) => `temporary file ${line}`),
    ...strayFiles.map((line) => `stray file ${line}`),
  ];
}

type TableRow = readonly [what: string, count: string, target: string];

export function table(report: ChaosReport): TableRow[] {
  const { counts, recovery } = report;
  const none = (what: string, count: number): TableRow => [what, String(count), '0'];
  const kills = report.faults.filter(({ fault }) => !fault.includes('-')).length;
  const seconds = ({ n, p50Ms, maxMs }: Recovery) =>
    n === 0 ? 'none' : `p50 ${(p50Ms / 1000).toFixed(1)} s, max ${(maxMs / 1000).toFixed(1)} s (${n})`;
  return [
    ['kills, other faults', `${kills}, ${report.faults.length - kills}`, ''],
    none('planned faults not done', counts.faultsNotDone),
    ['missions started', String(counts.started), ''],
    ['missions finished', String(counts.finished), String(counts.started)],
    none('missions stuck', counts.stuck),
    none('missions that ended otherwise', counts.otherEnd),
    ['same resulting tree', String(counts.sameTree), String(counts.started)],
    none('paid model calls made twice', counts.paidTwice),
    none('effects made twice', counts.effectsTwice),
    none('signals lost after a 2xx', counts.signalsLost),
    none('missions started twice for one signal', counts.startedTwice),
    none('finished turns repeated', counts.turnsRepeated),
    ['model calls in flight asked again', String(counts.callsAskedAgain), ''],
    ['… most by one agent for one kill', String(counts.mostCallsPerKill), '1'],
    ['tool batches redone', String(counts.batchesRedone), ''],
    ['… most by one agent for one kill', String(counts.mostBatchesPerKill), '1'],
    none('… without a kill or a fault', counts.redoneWithoutCause),
    none('leaked processes', counts.leakedProcesses),
    none('leaked workspaces', counts.leakedWorkspaces),
    none('leaked mounts', counts.leakedMounts),
    none('leaked temporary files', counts.leakedFiles),
    ['programs that ended by themselves', String(report.endedThemselves), ''],
    ['worker killed: until its step begins again', seconds(recovery.worker), ''],
    ['gateway killed: until it serves again', seconds(recovery.gateway), ''],
    ['server killed: until the next step begins', seconds(recovery.server), ''],
  ];
}

export function plainTable(report: ChaosReport): string {
  const rows = table(report);
  const width = Math.max(...rows.map(([what]) => what.length));
  return rows
    .map(([what, count, target]) => `${what.padEnd(width)}  ${count}${target === '' ? '' : `  (${target})`}`)
    .join('\n');
}

export function markdownOf(report: ChaosReport): string {
  const { seeds, command, versions, machine, seconds, broken, details, faults } = report;
  return [
    `# Chaos, ${seeds.length > 1 ? 'seeds' : 'seed'} ${seeds.join(', ')}`,
    '',
    `\`${command}\`, ${seconds} s. Signalbox ${versions.signalbox}, Node ${versions.node}, Temporal ${versions.temporal}. ${machine}.`,
    '',
    broken.length === 0 ? 'Every promise held.' : `Broken: ${broken.join('; ')}.`,
    '',
    '| what | count | target |',
    '|---|---|---|',
    ...table(report).map((row) => `| ${row.join(' | ')} |`),
    ...(details.length > 0 ? ['', ...details.map((line) => `- ${line}`)] : []),
    '',
    ...faultsTable(faults),
    '',
  ].join('\n');
}

function faultsTable(faults: ChaosReport['faults']): string[] {
  const counted = new Map<string, number>();
  for (const { fault } of faults) counted.set(fault, (counted.get(fault) ?? 0) + 1);
  return [
    '| fault | times |',
    '|---|---|',
    ...[...counted]
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([fault, times]) => `| ${fault} | ${times} |`),
  ];
}

export function writeReport(directory: string, report: ChaosReport, observations: Observations): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'chaos.json'), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(directory, 'observations.json'), `${JSON.stringify(observations)}\n`);
  writeFileSync(join(directory, 'chaos.md'), markdownOf(report));
}

/** Of several runs on the same machine. Counts are added up, "most" and times are those of the worst run. */
export function sumOf(reports: readonly [ChaosReport, ...ChaosReport[]], command: string): ChaosReport {
  const [first] = reports;
  const names = Object.keys(first.counts) as (keyof Counts)[];
  const counts = names.map((name) => {
    const all = reports.map((report) => report.counts[name]);
    return [name, name.startsWith('most') ? Math.max(...all) : all.reduce((sum, count) => sum + count, 0)];
  });
  const worst = (of: keyof Judged['recovery']): Recovery => {
    const all = reports.map(({ recovery }) => recovery[of]);
    return {
      n: all.reduce((sum, { n }) => sum + n, 0),
      p50Ms: Math.max(...all.map(({ p50Ms }) => p50Ms)),
      maxMs: Math.max(...all.map(({ maxMs }) => maxMs)),
    };
  };
  return {
    ...first,
    ...{ command, seeds: reports.flatMap(({ seeds }) => seeds) },
    counts: Object.fromEntries(counts) as unknown as Counts,
    recovery: { worker: worst('worker'), gateway: worst('gateway'), server: worst('server') },
    seconds: reports.reduce((sum, { seconds }) => sum + seconds, 0),
    endedThemselves: reports.reduce((sum, report) => sum + report.endedThemselves, 0),
    faults: reports.flatMap(({ faults }) => faults),
    broken: reports.flatMap(({ seeds, broken }) => broken.map((what) => `seed ${seeds.join()}: ${what}`)),
    details: reports.flatMap(({ seeds, details }) => details.map((line) => `seed ${seeds.join()}: ${line}`)),
  };
}
