import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseDocument, parse as parseYaml } from 'yaml';
import { Blueprint } from '../../schemas/blueprint.js';
import { parse, RefusedInput } from '../../schemas/parse.js';
import type { Task } from './task.js';

const FILE = 'signalbox.yaml';
const BRANCH = 'main';

export interface TaskRepo {
  /** Bare: what the mission works on and merges into. */
  readonly bare: string;
  /** As the base branch has it. */
  readonly blueprint: Blueprint;
  /** Caps the budget of a mission that starts from here on. */
  capBudget(usd: number): void;
  /** The files of a commit, with the hidden ones over them, as branch `judged` of the returned repository. */
  withHidden(commit: string): string;
}

/** A repository of its own for the task: what is merged there is merged nowhere else. */
export function createTaskRepo(task: Task, parent: string): TaskRepo {
  const directory = join(parent, task.name);
  const work = join(directory, 'work');
  const bare = join(directory, 'repo.git');
  mkdirSync(directory, { recursive: true });
  checkOut(task, work);
  const file = join(work, FILE);
  if (task.blueprint !== undefined) cpSync(resolve(task.directory, task.blueprint), file);
  if (!existsSync(file)) {
    throw new RefusedInput(join(task.directory, 'task.yaml'), [
      `repo: it has no ${FILE} (\`signalbox init\` writes one); or name one as \`blueprint\``,
    ]);
  }
  const blueprint = parse(Blueprint, parseYaml(readFileSync(file, 'utf8')), `${FILE} of ${task.name}`);
  commitAll(work, `Base of ${task.name}`);
  git(directory, 'clone', '--quiet', '--bare', '--single-branch', `--branch=${BRANCH}`, work, bare);
  return {
    ...{ bare, blueprint },
    capBudget(usd) {
      const document = parseDocument(readFileSync(file, 'utf8'));
      document.setIn(['budget', 'usd'], Math.min(usd, blueprint.budget.usd));
      writeFileSync(file, document.toString());
      commitAll(work, 'Budget of this run');
      git(work, 'push', '--quiet', bare, BRANCH);
    },
    withHidden(commit) {
      const judged = join(directory, 'judged');
      git(directory, 'clone', '--quiet', bare, judged);
      git(judged, 'checkout', '--quiet', '-B', 'judged', commit);
      cpSync(resolve(task.directory, task.hidden.files), judged, { recursive: true, force: true });
      commitAll(judged, 'Hidden tests');
      return judged;
    },
  };
}

/** Files without a history get one of one commit. */
function checkOut({ directory, repo, base }: Task, work: string): void {
  const path = resolve(directory, repo);
  const files = existsSync(path) && statSync(path).isDirectory() && !isGit(path);
  if (files) {
    cpSync(path, work, { recursive: true, filter: (from) => !from.split('/').includes('node_modules') });
    git(work, 'init', '--quiet', `--initial-branch=${BRANCH}`);
    return;
  }
  git(directory, 'clone', '--quiet', '--no-hardlinks', existsSync(path) ? path : repo, work);
  git(work, 'checkout', '--quiet', '-B', BRANCH, base ?? 'HEAD');
}

function isGit(path: string): boolean {
  return existsSync(join(path, '.git')) || (existsSync(join(path, 'HEAD')) && existsSync(join(path, 'objects')));
}

function commitAll(work: string, message: string): void {
  git(work, 'add', '--all', '--force');
  git(work, 'commit', '--quiet', '--allow-empty', '--message', message);
}

function git(cwd: string, ...args: readonly string[]): void {
  const identity = ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost'];
  execFileSync('git', [...identity, ...args], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
}
