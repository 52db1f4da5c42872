// Example missions with real models, for at most a dollar. Not a part of `npm test`.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { modelCards } from '../../adapters/models/cards.js';
import { scratchDirectory } from '../../bench/scratch.js';
import { configuredModels } from '../../bench/task-runner/models.js';
import { reportText, type TaskReport, totalsOf } from '../../bench/task-runner/report.js';
import { runTasks } from '../../bench/task-runner/run.js';
import { readTasks } from '../../bench/task-runner/task.js';
import { modelProblems } from '../../schemas/model-settings.js';
import { type Config, loadConfig } from '../../temporal.config.js';

const BUDGET_USD = 1;

async function main(): Promise<number> {
  const config = loadConfig();
  const missing = whyNot(config);
  if (missing !== undefined) {
    process.stdout.write(`test:live was not run: ${missing}\n`);
    return 0;
  }
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => process.exit(code));
  }
  mkdirSync(config.stateDir, { recursive: true });
  const reports = await runTasks({
    ...config,
    ...{ directory: scratchDirectory(config.stateDir, 'live-'), models: configuredModels(), budget: BUDGET_USD },
    tasks: readTasks(join(config.installDir, 'test/live/tasks')),
    say: (line) => process.stderr.write(`${line}\n`),
  });
  const problems = dishonest(reports);
  process.stdout.write(`${reportText(reports)}\n${problems.map((problem) => `\nnot honest: ${problem}`).join('')}`);
  return problems.length > 0 ? 1 : 0;
}

/** Undefined: models are there, and what they cost is known. */
function whyNot({ models }: Config): string | undefined {
  const cards = modelCards(models);
  if (cards.length === 0) {
    return 'no model is configured; set ANTHROPIC_API_KEY, OPENAI_API_KEY, or OPENAI_BASE_URL and OPENAI_MODEL';
  }
  const [problem] = modelProblems(models);
  if (problem) return `${problem.problem}; ${problem.remedy}`;
  const unknown = cards.find(({ price }) => price === null);
  if (!unknown) return undefined;
  return `the price of ${unknown.name} is not known, so ${BUDGET_USD} $ can't be held; declare \`price\` under models.use, 0 where it costs nothing`;
}

/** A mission may fail. It may not say that it is done when it is not, stop without a reason, or cost more than it may. */
function dishonest(reports: readonly TaskReport[]): string[] {
  const { usd } = totalsOf(reports);
  return [
    ...reports.flatMap(({ name, verdict, because }) =>
      verdict === 'wrong' || verdict === 'not-judged' ? [`${name} is ${verdict}: ${because}`] : [],
    ),
    ...reports.flatMap(({ name, because }) => (because.trim() === '' ? [`${name} ended without a reason`] : [])),
    ...(usd === null || usd > BUDGET_USD ? [`the missions cost ${usd ?? 'nobody knows what'}`] : []),
  ];
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`test:live: ${error instanceof Error ? error.message : error}\n`);
  process.exit(2);
}
