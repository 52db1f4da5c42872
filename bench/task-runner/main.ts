// Runs a folder of tasks as missions, with the models that this installation has.
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadConfig } from '../../temporal.config.js';
import { scratchDirectory } from '../scratch.js';
import { configuredModels } from './models.js';
import { reportText, totalsOf } from './report.js';
import { runTasks } from './run.js';
import { readTasks } from './task.js';

const HELP = `npm run bench:tasks -- <dir> [--provider <name>] [--json] [--limit <n>] [--budget <usd>]

  <dir>        a task, or a directory of tasks: see docs/bench-tasks.md
  --provider   only the models of this provider
  --json       the report as JSON
  --limit      only the first n tasks
  --budget     US dollars for all tasks together; what is left over then is not run

Progress is told on stderr. Exit code 1 when something wrong was merged or could not be judged.
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      provider: { type: 'string' },
      json: { type: 'boolean', default: false },
      limit: { type: 'string' },
      budget: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const [directory, ...more] = positionals;
  if (values.help || directory === undefined || more.length > 0) {
    (values.help ? process.stdout : process.stderr).write(HELP);
    return values.help ? 0 : 2;
  }
  const [limit, budget] = [number('--limit', values.limit), number('--budget', values.budget)];
  const tasks = readTasks(directory).slice(0, limit);
  const config = loadConfig();
  mkdirSync(config.stateDir, { recursive: true });
  endWithSignals();
  const reports = await runTasks({
    ...config,
    ...{ directory: scratchDirectory(config.stateDir, 'tasks-'), tasks, models: configuredModels(values.provider) },
    ...(budget !== undefined && { budget }),
    say: (line) => process.stderr.write(`${line}\n`),
  });
  const json = () => JSON.stringify({ tasks: reports, totals: totalsOf(reports) }, null, 2);
  process.stdout.write(`${values.json ? json() : reportText(reports)}\n`);
  return reports.some(({ verdict }) => verdict === 'wrong' || verdict === 'not-judged') ? 1 : 0;
}

function number(name: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const value = Number(given);
  if (!(value > 0)) throw new Error(`${name} ${given}: expected a number above 0`);
  return value;
}

/** The server, workers and sandboxes end with this process, as the directory of their state does. */
function endWithSignals(): void {
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`bench:tasks: ${error instanceof Error ? error.message : error}\n`);
  process.exit(2);
}
