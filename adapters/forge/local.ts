import { execFile } from 'node:child_process';
import { ApplicationFailure } from '@temporalio/common';
import type { Forge, RepoLocation } from '../../activities/ports.js';
import type { Acted, ForgeWrites, RefUpdate, Sight } from '../../activities/ports-effects.js';
import { PERMANENT_FAILURES, TRANSIENT_FAILURES } from '../../schemas/failures.js';

// A forge that is nothing but a bare repository, by path or by any URL that git can push to.

/** A large push takes seconds; what takes longer is stuck, and is tried again. */
const PUSH_MS = 40_000;
/** Of what only asks for a branch. */
const ASK_MS = 15_000;

export interface LocalForgeOptions {
  readonly repos: readonly RepoLocation[];
  /** The bare repository that holds the commits to push. */
  readonly depotDirectory: (repo: string) => string;
  /** PATH for git and what it starts. */
  readonly path: string;
  /** Of a push, and of a question. */
  readonly timeoutsMs?: { readonly push: number; readonly ask: number };
}

export function createLocalForge({
  repos,
  depotDirectory,
  path,
  timeoutsMs = { push: PUSH_MS, ask: ASK_MS },
}: LocalForgeOptions): Forge & ForgeWrites {
  const location = (name: string): RepoLocation => {
    const repo = repos.find((candidate) => candidate.name === name);
    if (repo) return { name: repo.name, url: repo.url, defaultBranch: repo.defaultBranch };
    const known = repos.map((candidate) => candidate.name).join(', ') || 'none';
    throw permanent('UnknownRepo', `no repo "${name}" is configured; the configured ones: ${known}`);
  };
  const head = async (repo: string, branch: string, signal?: AbortSignal): Promise<string | undefined> => {
    const { url } = location(repo);
    const args = ['ls-remote', '--', url, refOf(branch)];
    const listed = await run({ args, cwd: '/', path, timeoutMs: timeoutsMs.ask, ...(signal && { signal }) });
    if (listed.code !== 0) throw unavailable(`${url} does not answer git: ${listed.stderr}`);
    // The pattern also matches refs that end alike.
    const line = listed.stdout.split('\n').find((candidate) => candidate.endsWith(`\t${refOf(branch)}`));
    return line?.split('\t')[0];
  };
  const look = async (request: RefUpdate, { signal }: { signal?: AbortSignal } = {}): Promise<Sight> => {
    checkCommits(request);
    const now = (await head(request.repo, request.branch, signal)) ?? null;
    if (now === request.commit) return { trace: now };
    return now === request.expected ? { absent: true } : { moved: now };
  };
  const act = async (request: RefUpdate, { signal }: { signal: AbortSignal }): Promise<Acted> => {
    const { repo, branch, commit, expected } = request;
    const { url } = location(repo);
    checkCommits(request);
    const ref = refOf(branch);
    const lease = `--force-with-lease=${ref}:${expected ?? ''}`;
    const args = ['push', '--porcelain', '--no-verify', lease, '--', url, `${commit}:${ref}`];
    const pushed = await run({ args, cwd: depotDirectory(repo), path, timeoutMs: timeoutsMs.push, signal });
    if (pushed.code === 0) return { trace: commit, already: /^=\t/m.test(pushed.stdout) };
    // The refusal of the lease, and also a push that came through although its answer did not.
    const seen = await look(request);
    if ('absent' in seen) throw refusal(pushed, request);
    return 'moved' in seen ? seen : { trace: commit, already: true };
  };
  return { location, head, refs: { actMs: timeoutsMs.push + timeoutsMs.ask, fenced: true, look, act } };
}

function refOf(branch: string): string {
  return `refs/heads/${branch}`;
}

/** Anything else would be a rev expression, and `a:b` or an empty one would delete or push something else. */
function checkCommits({ commit, expected }: RefUpdate): void {
  for (const id of [commit, expected ?? commit]) {
    if (!/^[0-9a-f]{40}$/.test(id))
      throw permanent('BadInput', `expected a commit of 40 hexadecimal characters: ${id}`);
  }
}

interface GitResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Why a push failed although the branch is where it was expected to be. */
function refusal({ stdout, stderr }: GitResult, { repo, branch, commit }: RefUpdate): ApplicationFailure {
  const status = /^!\t\S+\t(.*)$/m.exec(stdout)?.[1] ?? '';
  const what = `pushing ${commit} to ${branch} of ${repo}`;
  if (/bad object|does not match any|unknown revision/.test(stderr)) {
    return permanent('BadInput', `${what}: the depot has no such commit`);
  }
  // A lock or a lost race passes by itself; what a hook or a rule of the server declines does not.
  if (/remote rejected/.test(status) && !/cannot lock|failed to update|incorrect old value/.test(status)) {
    return permanent('Unauthorized', `${what}: the repository refused it: ${status}\n${stderr}`);
  }
  return unavailable(`${what}: ${status || stderr}`);
}

interface GitCall {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly path: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** No configuration or hook of a person or a machine takes part, and nobody is asked for a password. */
function run({ args, cwd, path, timeoutMs, signal }: GitCall): Promise<GitResult> {
  const env = {
    PATH: path,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'file:https:http:ssh',
  };
  const options = { cwd, env, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 4 * 1024 * 1024, signal } as const;
  return new Promise((resolve, reject) => {
    execFile('git', ['-c', 'core.hooksPath=/dev/null', ...args], options, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') {
        const why = error.killed || signal?.aborted ? 'no end in time' : error.message;
        reject(unavailable(`git ${args[0]} did not end well in ${cwd}: ${why}`));
      } else {
        resolve({ code: Number(error?.code ?? 0), stdout, stderr: stderr.trim() });
      }
    });
  });
}

function permanent(type: keyof typeof PERMANENT_FAILURES, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: PERMANENT_FAILURES[type], message, nonRetryable: true });
}

function unavailable(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: TRANSIENT_FAILURES.VendorUnavailable, message });
}
