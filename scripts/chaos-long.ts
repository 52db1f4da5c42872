import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ChaosReport, markdownOf, sumOf } from '../chaos/report.js';
import { loadConfig } from '../temporal.config.js';

// `signalbox chaos` with one seed after the other for as long as it may take; nothing is resumed. One table of all.

const HELP = `scripts/chaos-long [--minutes 60] [--missions 60] [--kills 60] [--seed 1]

  Runs seeds 1, 2, … until the next one would not fit, and writes docs/results/chaos-long.{json,md}.`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    missions: { type: 'string', default: '60' },
    kills: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(`${HELP}\n`);
  process.exit(0);
}

const { installDir } = loadConfig();
const until = Date.now() + Number(values.minutes) * 60_000;
const directory = await mkdtemp(join(tmpdir(), 'signalbox-chaos-long-'));
const reports: ChaosReport[] = [];
let longest = 0;
try {
  for (let seed = Number(values.seed); Date.now() + longest < until; seed++) {
    const began = Date.now();
    process.stderr.write(`seed ${seed}\n`);
    const report = await runSeed(seed);
    longest = Math.max(longest, Date.now() - began);
    if (!report) break;
    reports.push(report);
    for (const line of [...report.broken, ...report.details]) process.stderr.write(`seed ${seed}: ${line}\n`);
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
const [first] = reports;
if (!first) throw new Error('no run came to its end');
const sum = sumOf([first, ...reports.slice(1)], `scripts/chaos-long ${process.argv.slice(2).join(' ')}`.trim());
const results = join(installDir, 'docs/results');
mkdirSync(results, { recursive: true });
writeFileSync(join(results, 'chaos-long.json'), `${JSON.stringify({ ...sum, runs: reports }, null, 2)}\n`);
writeFileSync(join(results, 'chaos-long.md'), markdownOf(sum));
process.stdout.write(markdownOf(sum));
process.exitCode = sum.broken.length > 0 ? 1 : 0;

/** Undefined when it could not be run at all. */
async function runSeed(seed: number): Promise<ChaosReport | undefined> {
  const at = join(directory, String(seed));
  const amount = ['--missions', values.missions, '--kills', values.kills, '--seed', String(seed)];
  const entry = join(installDir, 'dist/chaos/main.js');
  const child = spawn(process.execPath, [entry, ...amount, '--report', at], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0 && code !== 1) return undefined;
  try {
    const report = JSON.parse(readFileSync(join(at, 'chaos.json'), 'utf8')) as ChaosReport;
    return { ...report, command: ['signalbox chaos', ...amount].join(' ') };
  } catch {
    return undefined;
  }
}
