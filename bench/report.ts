import os from 'node:os';
import type { Row, Target } from './row.js';

// The report: names the kind of machine, never a host or a path.

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly temporalServer: string;
}

export function describeMachine(temporalServer: string): Machine {
  const processors = os.cpus();
  return {
    processor: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    kernel: `${os.type()} ${os.release()}`,
    node: process.version,
    temporalServer,
  };
}

export interface Report {
  readonly machine: Machine;
  readonly rows: readonly Row[];
  /** Benchmarks that could not be measured here; why is on stderr. */
  readonly missing: readonly string[];
}

export function allMet({ rows, missing }: Report): boolean {
  return missing.length === 0 && rows.every(({ met }) => met !== false);
}

export function markdown({ machine, rows, missing }: Report): string {
  const { processor, cores, memoryGiB, kernel, node, temporalServer } = machine;
  const judged = rows.filter(({ met }) => met !== null);
  return [
    '# Performance',
    '',
    `${processor}, ${cores} cores, ${memoryGiB} GiB; ${kernel}; Node ${node}; Temporal server ${temporalServer}.`,
    'Both sides of every ratio are measured in turns, in the same run; figures are medians. Absolute times belong to',
    'that machine and are not judged; ratios and counts are. What the rows mean: [bench/README.md](../README.md).',
    '',
    '| what | ours | baseline | ratio or count | target | met | repetitions |',
    '|---|---:|---:|---:|---|---|---:|',
    ...rows.map(line),
    ...missing.map((bench) => `| ${bench} | | | not measured | | no | 0 |`),
    '',
    `${judged.filter(({ met }) => met).length} of ${judged.length + missing.length} targets met.`,
    '',
  ].join('\n');
}

function line({ name, unit, ours, baseline, value, target, met, repetitions }: Row): string {
  const cells = [
    name,
    baseline === null ? '' : `${figure(ours)} ${unit}`,
    baseline === null ? '' : `${figure(baseline)} ${unit}`,
    baseline === null ? `${figure(value)} ${unit}` : `${figure(value, 4)} x`,
    target ? targetText(target, baseline === null ? '' : ' x') : '',
    met === null ? '' : met ? 'yes' : '**no**',
    String(repetitions),
  ];
  return `| ${cells.join(' | ')} |`;
}

function targetText(target: Target, unit: string): string {
  return 'atMost' in target ? `<= ${figure(target.atMost)}${unit}` : `>= ${figure(target.atLeast)}${unit}`;
}

function figure(value: number, digits = 3): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(digits)));
}
