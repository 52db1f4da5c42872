import processes, { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { WorkflowClient } from '@temporalio/client';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { BOOT } from '../adapters/sandbox/labels.js';
import { loadConfig } from '../temporal.config.js';

// Bugs of every kind that `signalbox chaos` must see, loaded into the programs before their own code. Each hits one
// mission of the first repository, so that what runs undisturbed stays undisturbed.

const LOST = 'AB1-4';
const TWICE = 'AB1-6';
const STUCK = 'AB1-7';

/** The gateway answers 2xx and starts nothing. */
function loseSignals(): void {
  const { signalWithStart } = WorkflowClient.prototype;
  WorkflowClient.prototype.signalWithStart = async function (this: WorkflowClient, type, options) {
    if (options.workflowId.endsWith(`/${LOST}`)) return this.getHandle(options.workflowId) as never;
    return signalWithStart.call(this, type, options) as never;
  } as typeof signalWithStart;
}

/** The tracker's comments ignore their effect key; one ticket's state can't be set, for ever. */
function spoilTracker(): void {
  const { fetch } = globalThis;
  globalThis.fetch = async (input, init) => {
    const body = typeof init?.body === 'string' ? init.body : '';
    if (body.includes('issueUpdate') && (await isOf(STUCK, body))) return new Response('', { status: 503 });
    const answer = await fetch(input, init);
    if (body.includes('commentCreate(') && body.includes(TWICE)) {
      const twin = body.replace(/"id":"[0-9a-f-]{36}"/, `"id":"${randomUUID()}"`);
      await fetch(input, { ...init, body: twin });
    }
    return answer;
  };
}

/** Ids of tickets are opaque: which one is meant is asked. */
async function isOf(item: string, body: string): Promise<boolean> {
  const { variables } = JSON.parse(body) as { readonly variables: { readonly id: string } };
  const { linear } = loadConfig();
  const query = `{ issue(id: "${variables.id}") { identifier } }`;
  const headers = { authorization: linear.apiKey ?? '', 'content-type': 'application/json' };
  const answer = await nativeFetch(linear.apiUrl, { method: 'POST', headers, body: JSON.stringify({ query }) });
  return (await answer.text()).includes(`"${item}"`);
}
const nativeFetch = globalThis.fetch;

/** The first paid answer of a mission is not kept. */
function loseAnswers(): void {
  const { rename } = promises;
  let lost = false;
  promises.rename = async (from, to) => {
    if (!lost && String(to).includes('paid-answers') && readFileSync(String(from), 'utf8').includes(TWICE)) {
      lost = true;
      throw new Error('no space left on device');
    }
    return rename(from, to);
  };
  syncBuiltinESMExports();
}

/** After a merge somebody changes what a mission made. */
function spoilTree(): void {
  const { execFile } = processes;
  type Done = (error: Error | null, ...said: unknown[]) => void;
  const spoiled = (...given: unknown[]) => {
    const done = given.pop() as Done;
    const args = Array.isArray(given[1]) ? (given[1] as string[]) : [];
    const url = args.find((arg) => arg.endsWith('/abacus-1.git'));
    const merges = url !== undefined && args.at(-1)?.endsWith(':refs/heads/main');
    const then: Done = (error, ...said) => {
      if (merges && !error) spoil(url);
      done(error, ...said);
    };
    return (execFile as unknown as (...all: unknown[]) => unknown)(...given, then);
  };
  Object.defineProperty(spoiled, promisify.custom, { value: execFile[promisify.custom as never] });
  processes.execFile = spoiled as unknown as typeof execFile;
  syncBuiltinESMExports();
}

function spoil(bare: string): void {
  const env = { ...process.env, GIT_INDEX_FILE: join(bare, 'planted-index') };
  const git = (...args: readonly string[]) =>
    processes
      .execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@localhost', '--git-dir', bare, ...args], { env })
      .toString()
      .trim();
  git('read-tree', 'main');
  const path = git('ls-files')
    .split('\n')
    .find((file) => /^desk-a.*text\.js$/.test(file));
  const blob = git('rev-parse', 'main:package.json');
  git('update-index', '--cacheinfo', `100644,${blob},${path}`);
  const tree = git('write-tree');
  if (tree === git('rev-parse', 'main^{tree}')) return;
  git('update-ref', 'refs/heads/main', git('commit-tree', tree, '-p', 'main', '-m', 'planted'));
}

/** Every finished turn of a model is taken once more. */
function repeatTurns(): void {
  const { create } = Worker;
  const call = /(\S+)\.modelSteps\[step\]\.executeWithOptions\(/;
  Worker.create = (options: WorkerOptions) => {
    if (!options.workflowBundle || !('codePath' in options.workflowBundle)) return create.call(Worker, options);
    const code = readFileSync(options.workflowBundle.codePath, 'utf8');
    if (!call.test(code)) throw new Error('the bundle calls models in another way now');
    const twice = code.replace(
      call,
      '(async (...all) => { const step_ = $1.modelSteps[step]; await step_.executeWithOptions(...all); return step_.executeWithOptions(...all); })(',
    );
    return create.call(Worker, { ...options, workflowBundle: { code: twice } });
  };
}

/** A workspace whose process and mount nobody ends. It owns itself, or the housekeeping would take it away. */
function leak(): void {
  const workspace = join(loadConfig().stateDir, 'sandbox/workspaces', `sb-${randomUUID()}`);
  mkdirSync(join(workspace, 'mounted'), { recursive: true });
  const script = 'mount -t tmpfs leaked "$1" && exec sleep 900';
  const argv = ['--user', '--map-root-user', '--mount', '--', 'sh', '-c', script, 'leak', join(workspace, 'mounted')];
  const child = spawn('unshare', argv, { detached: true, stdio: 'ignore' });
  child.unref();
  const { pid } = child;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  const owner = { boot: BOOT, pid, startTime, createdAt: new Date().toISOString() };
  writeFileSync(join(workspace, 'owner.json'), JSON.stringify(owner));
}

loseSignals();
spoilTracker();
loseAnswers();
spoilTree();
repeatTurns();
// Threads of the worker load this as well.
if (process.argv[1]?.endsWith('workers/main.js') && process.env.SIGNALBOX_HOST === 'chaos-1') leak();
