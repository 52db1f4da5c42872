import { execFile } from 'node:child_process';
import type { ApplicationFailure } from '@temporalio/common';
import type { RepoLocation } from '../../activities/ports.js';
import type { Acted, EffectProvider, RefUpdate, Sight } from '../../activities/ports-effects.js';
import { permanent, unavailable } from './failure.js';
import type { GitAccess } from './git-access.js';

// Branches of a forge, by git: the same for every forge.

/** A large push takes seconds; what takes longer is stuck, and is tried again. */
const PUSH_MS = 40_000;
/** Of what only asks for a branch. */
const ASK_MS = 15_000;

export interface GitRefsOptions {
  readonly location: (repo: string) => RepoLocation;
  /** The bare repository that holds the commits to push. */
  readonly depotDirectory: (repo: string) => string;
  /** PATH for git and what it starts. */
  readonly path: string;
  readonly access?: GitAccess;
  /** Of a push, and of a question. */
  readonly timeoutsMs?: { readonly push: number; readonly ask: number };
}

export interface GitRefs {
  /** Undefined when there is no such branch. */
  head(repo: string, branch: string, signal?: AbortSignal): Promise<string | undefined>;
  readonly refs: EffectProvider<RefUpdate>;
  /** As `refs.act`. `refused`: a rule or a hook of the repository declines it, now and later. */
  push(request: RefUpdate, watch: { readonly signal: AbortSignal }): Promise<Acted | { readonly refused: string }>;
}

export function createGitRefs(options: GitRefsOptions): GitRefs {
  const { location, depotDirectory, path, access, timeoutsMs = { push: PUSH_MS, ask: ASK_MS } } = options;
  const git = async (url: string, call: Omit<GitCall, 'path' | 'env'>) =>
    run({ ...call, path, env: (await access?.(url)) ?? {} });

  const head = async (repo: string, branch: string, signal?: AbortSignal): Promise<string | undefined> => {
    const { url } = location(repo);
    const args = ['ls-remote', '--', url, refOf(branch)];
    const listed = await git(url, { args, cwd: '/', timeoutMs: timeoutsMs.ask, ...(signal && { signal }) });
    if (listed.code !== 0) throw denied(listed, repo) ?? unavailable(`${url} does not answer git: ${listed.stderr}`);
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
  const push: GitRefs['push'] = async (request, { signal }) => {
    const { repo, branch, commit, expected } = request;
    const { url } = location(repo);
    checkCommits(request);
    const ref = refOf(branch);
    const lease = `--force-with-lease=${ref}:${expected ?? ''}`;
    const args = ['push', '--porcelain', '--no-verify', lease, '--', url, `${commit}:${ref}`];
    const pushed = await git(url, { args, cwd: depotDirectory(repo), timeoutMs: timeoutsMs.push, signal });
    if (pushed.code === 0) return { trace: commit, already: /^=\t/m.test(pushed.stdout) };
    // The refusal of the lease, and also a push that came through although its answer did not.
    const seen = await look(request);
    if ('absent' in seen) return refusal(pushed, request);
    return 'moved' in seen ? seen : { trace: commit, already: true };
  };
  const act = async (request: RefUpdate, watch: { signal: AbortSignal }): Promise<Acted> => {
    const pushed = await push(request, watch);
    if ('refused' in pushed) throw permanent('Unauthorized', pushed.refused);
    return pushed;
  };
  return { head, push, refs: { actMs: timeoutsMs.push + timeoutsMs.ask, fenced: true, look, act } };
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
function refusal(result: GitResult, { repo, branch, commit }: RefUpdate): { readonly refused: string } {
  const { stdout, stderr } = result;
  const status = /^!\t\S+\t(.*)$/m.exec(stdout)?.[1] ?? '';
  const what = `pushing ${commit} to ${branch} of ${repo}`;
  if (/bad object|does not match any|unknown revision/.test(stderr)) {
    throw permanent('BadInput', `${what}: the depot has no such commit`);
  }
  // A lock or a lost race passes by itself; what a hook or a rule of the server declines does not.
  if (/remote rejected/.test(status) && !/cannot lock|failed to update|incorrect old value/.test(status)) {
    return { refused: `${what}: the repository refused it: ${status}\n${stderr}` };
  }
  throw denied(result, repo) ?? unavailable(`${what}: ${status || stderr}`);
}

/** What the server says about who asks, before it looks at what is asked. */
function denied({ stderr }: GitResult, repo: string): ApplicationFailure | undefined {
  if (/Authentication failed|could not read (Username|Password)|returned error: 40[13]\b/.test(stderr)) {
    return permanent(
      'Unauthorized',
      `${repo}: the forge does not let us in; check its token in the environment: ${stderr}`,
    );
  }
  if (/returned error: 404\b|[Rr]epository .* not found|Not found\./.test(stderr)) {
    return permanent('ItemNotFound', `${repo}: there is no such repository, or our token may not see it: ${stderr}`);
  }
  if (/unable to update url base from redirection|returned error: 30\d\b/.test(stderr)) {
    return permanent(
      'BadInput',
      `${repo}: the forge sends git elsewhere; if it was renamed, mend the configuration: ${stderr}`,
    );
  }
  return undefined;
}

interface GitCall {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** No configuration or hook of a person or a machine takes part, and nobody is asked for a password. */
function run({ args, cwd, path, env: access, timeoutMs, signal }: GitCall): Promise<GitResult> {
  const env = {
    PATH: path,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'file:https:http:ssh',
    ...access,
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
