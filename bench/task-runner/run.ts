import { join } from 'node:path';
import { TASK_QUEUE, workflowId } from '../../schemas/names.js';
import type { WorkItem } from '../../schemas/work-item.js';
import type { Config } from '../../temporal.config.js';
import { type Installation, type InstallationModels, startInstallation } from '../installation.js';
import { type Attended, attend } from './attend.js';
import { createJudge, type Judge } from './judge.js';
import { createTaskRepo, type TaskRepo } from './repo.js';
import type { TaskReport } from './report.js';
import type { Task } from './task.js';

/** Less than this buys no call that is worth making. */
const LEAST_USD = 0.01;

export interface RunTasks extends Pick<Config, 'cacheDir' | 'installDir' | 'path' | 'caFile'> {
  /** Emptied by the caller; everything goes here. */
  readonly directory: string;
  readonly tasks: readonly Task[];
  readonly models: InstallationModels;
  /** US dollars for all of them together; by default each has what its blueprint says. */
  readonly budget?: number;
  readonly say: (line: string) => void;
}

/** Runs each task as a mission, one after the other, and judges what was merged by tests that nobody has seen. */
export async function runTasks(options: RunTasks): Promise<readonly TaskReport[]> {
  const { directory, tasks, say } = options;
  const repos = new Map(tasks.map((task) => [task, createTaskRepo(task, join(directory, 'repos'))]));
  const installation = await startInstallation({
    ...options,
    repos: [...repos].map(([{ name }, { bare }]) => ({ name, url: bare })),
  });
  const judge = createJudge(options, join(directory, 'judge'));
  try {
    await installation.startWorker('tasks');
    const reports: TaskReport[] = [];
    for (const [task, repo] of repos) {
      const spent = reports.reduce((sum, { usd }) => sum + (usd ?? 0), 0);
      const left = (options.budget ?? Number.POSITIVE_INFINITY) - spent;
      if (left < LEAST_USD) {
        say(`${task.name}: not run, the budget is used up`);
        reports.push({ ...named(task), verdict: 'not-run', because: 'the budget is used up', ...NOTHING });
        continue;
      }
      if (options.budget !== undefined) repo.capBudget(left);
      const report = await runTask({ installation, judge, say }, task, repo);
      say(`${task.name}: ${report.verdict}, ${report.because}`);
      reports.push(report);
    }
    return reports;
  } finally {
    await installation.close();
  }
}

const NOTHING = { usd: 0, tokens: 0, ms: 0, models: [] };

interface Running {
  readonly installation: Installation;
  readonly judge: Judge;
  readonly say: (line: string) => void;
}

async function runTask({ installation, judge, say }: Running, task: Task, repo: TaskRepo): Promise<TaskReport> {
  const { client } = installation;
  const item = itemOf(task);
  const started = performance.now();
  const args = [{ item, attempt: 1 }];
  await client.workflow.start('mission', { taskQueue: TASK_QUEUE, workflowId: workflowId.mission(item.key), args });
  const attended = await attend(installation, item.key, (stage) => say(`${task.name}: ${stage}`));
  const { outcome, models } = attended;
  const { usd, usage } = outcome.spend;
  const tokens = usage ? usage.input + usage.output + usage.cacheRead + usage.cacheWrite : 0;
  const ms = Math.round(performance.now() - started);
  return { ...named(task), ...(await verdictOf(judge, task, repo, outcome)), usd, tokens, ms, models };
}

async function verdictOf(
  judge: Judge,
  task: Task,
  repo: TaskRepo,
  { result, because, mergeCommit }: Attended['outcome'],
): Promise<Pick<TaskReport, 'verdict' | 'because'>> {
  if (result !== 'shipped' || mergeCommit === undefined)
    return { verdict: 'refused', because: `${result}: ${because}` };
  const { outcome, reason } = await judge.verdict(task, repo, mergeCommit);
  if (outcome === 'unknown') return { verdict: 'not-judged', because: `merged, but the hidden tests: ${reason}` };
  return { verdict: outcome === 'pass' ? 'solved' : 'wrong', because: `merged, hidden tests: ${reason}` };
}

function named({ name, title }: Task) {
  return { name, title };
}

function itemOf({ name, title, instruction, type }: Task): WorkItem {
  return {
    ...{ key: `T-${name}`.slice(0, 100), source: { kind: 'cli', id: name }, title, type, repo: name },
    ...{ problem: instruction, expected: 'What the task asks for is done.' },
    ...{ acceptance: ['what the task asks for is done', 'all gates pass'], severity: 'normal', risk: 'low' },
    routedBecause: 'the task names it',
  };
}
