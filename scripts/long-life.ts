import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../temporal.config.js';
import { liveLong } from '../test/workflows/long-life.js';
import { judgeLife } from '../test/workflows/long-life-judge.js';
import { startStubbedServer } from '../test/workflows/server.js';

// One mission on a real server with the real workflow bundle; what its steps do is told by stubs, so that only its own
// life is looked at. Exit code 1 when a count is not 0.

const HELP = `scripts/long-life [--days 30] [--tasks 200] [--turns 10] [--history-limit 400] [--night-ms 1000]

  Writes docs/results/long-life.{json,md}.`;

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '30' },
    tasks: { type: 'string', default: '200' },
    turns: { type: 'string', default: '10' },
    'history-limit': { type: 'string', default: '400' },
    'night-ms': { type: 'string', default: '1000' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(`${HELP}\n`);
  process.exit(0);
}

const terms = {
  ...{ days: Number(values.days), tasks: Number(values.tasks), turns: Number(values.turns) },
  ...{ historyLimit: Number(values['history-limit']), nightMs: Number(values['night-ms']) },
};
const server = await startStubbedServer();
try {
  const seen = await liveLong(server, 'LONG-1', terms);
  const counts = judgeLife(seen, terms);
  const kinds = (start: string) => seen.ordered.filter((text) => text.startsWith(start)).length;
  const taskRuns = seen.tasks.flat();
  const most = (numbers: readonly number[]) => Math.max(0, ...numbers);
  const figures: readonly (readonly [string, number | string])[] = [
    ['result', seen.outcome.result],
    ['days, each with a night without quota', terms.days],
    ['tasks; planned anew', `${terms.tasks}; ${seen.gaveUp.length}`],
    ['turns of coders; model calls of all', `${seen.calls.coders}; ${seen.calls.all}`],
    ['guidance, pauses, answers', `${kinds('steer')}, ${kinds('lunch')}, ${seen.answers.length}`],
    ['versions of the plan', seen.outcome.planVersions],
    ['runs of the mission; of its tasks', `${seen.mission.length}; ${taskRuns.length}`],
    ['events of the longest run: mission; task', longest('events')],
    ['KB of the largest history: mission; task', longest('bytes')],
    ['KB carried: second run; last run', `${kb(seen.mission[1]?.input ?? 0)}; ${kb(seen.mission.at(-1)?.input ?? 0)}`],
    ['KB of the largest payload', kb(most(seen.mission.map(({ largestPayload }) => largestPayload)))],
    ['seconds', Math.round(seen.seconds)],
  ];
  function longest(of: 'events' | 'bytes'): string {
    const [mission, tasks] = [most(seen.mission.map((run) => run[of])), most(taskRuns.map((run) => run[of]))];
    return of === 'events' ? `${mission}; ${tasks}` : `${kb(mission)}; ${kb(tasks)}`;
  }
  const command = `scripts/long-life ${process.argv.slice(2).join(' ')}`.trim();
  const [cpu] = cpus();
  const markdown = [
    '# A long life',
    '',
    `\`${command}\`: Node ${process.versions.node}, ${cpus().length} cores ${cpu?.model ?? ''}. Runs continue as new at ` +
      `${terms.historyLimit} events. A day is as long as its turns take; a night is a durable timer of ${terms.nightMs} ms.`,
    '',
    '| what | |',
    '|---|---|',
    ...figures.map(([what, figure]) => `| ${what} | ${figure} |`),
    '',
    'What must be 0:',
    '',
    '| count | |',
    '|---|---|',
    ...Object.entries(counts).map(([count, n]) => `| ${count} | ${n} |`),
    '',
  ].join('\n');
  const results = join(loadConfig().installDir, 'docs/results');
  mkdirSync(results, { recursive: true });
  const { mission } = seen;
  const json = { command, terms, figures: Object.fromEntries(figures), counts, mission };
  writeFileSync(join(results, 'long-life.json'), `${JSON.stringify(json, null, 2)}\n`);
  writeFileSync(join(results, 'long-life.md'), markdown);
  process.stdout.write(markdown);
  process.exitCode = Object.values(counts).some((count) => count > 0) ? 1 : 0;
} finally {
  await server.close();
}

function kb(bytes: number): number {
  return Math.round(bytes / 102.4) / 10;
}
