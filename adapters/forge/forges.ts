import type { Forge, RepoLocation } from '../../activities/ports.js';
import type {
  Check,
  EffectProvider,
  ForgeWrites,
  PullRequestForgeWrites,
  PullRequestWrites,
} from '../../activities/ports-effects.js';
import type { PullRequestForge, PullRequests } from '../../activities/ports-forge.js';
import type { PullRequest } from '../../schemas/pull-request.js';
import { permanent } from './failure.js';
import type { GitAccess } from './git-access.js';
import { createGitRefs, type GitRefs, type GitRefsOptions } from './git-refs.js';
import { locationIn } from './local.js';
import { withoutMark } from './marks.js';
import { mergesOn } from './merging.js';
import { editsOn, isOurs, openingsOn, repliesOn, statusesOn, type Writing } from './pull-effects.js';
import { enqueuesOn } from './queueing.js';
import type { Project, Wire } from './wire.js';

// All repos behind one port, whatever forge each of them is at.

export interface RepoAtForge extends RepoLocation {
  readonly forge: 'local' | 'github' | 'gitea';
  /** `owner/name` at its forge. */
  readonly project?: string | undefined;
}

/** A forge with an API, as we are let in there. */
export interface ForgeHost {
  readonly wire: Wire;
  readonly access: GitAccess;
  /** Of one request to its API. */
  readonly requestMs: number;
  /** Instead of statuses, where the forge has something better and lets us. */
  readonly checks?: (project: (repo: string) => Project) => EffectProvider<Check>;
}

export type ForgeHosts = Readonly<Partial<Record<'github' | 'gitea', ForgeHost>>>;

export interface ForgesOptions extends Omit<GitRefsOptions, 'location' | 'access'> {
  readonly repos: readonly RepoAtForge[];
  readonly hosts: ForgeHosts;
}

export type Forges = Forge & ForgeWrites & PullRequestForge & PullRequestForgeWrites;

export function createForges({ repos, hosts, ...options }: ForgesOptions): Forges {
  const location = locationIn(repos);
  const git = createGitRefs({ location, access: accessTo(hosts), ...options });
  const project = (name: string) => projectOf(repos.find((repo) => repo.name === name) ?? { name });
  const at = Object.fromEntries(
    Object.entries(hosts).map(([kind, { wire, requestMs, checks }]) => {
      const writing = { wire, project, requestMs };
      return [
        kind,
        {
          reads: readsAt(writing, kind as keyof ForgeHosts),
          writes: { ...writesAt(writing, git), ...(checks && { checks: checks(project) }) },
        },
      ];
    }),
  );
  const hostOf = (name: string) => {
    location(name);
    const repo = repos.find((candidate) => candidate.name === name);
    return repo === undefined || repo.forge === 'local' ? undefined : at[repo.forge];
  };
  return {
    location,
    head: git.head,
    refs: git.refs,
    pullRequests: (repo) => hostOf(repo)?.reads,
    pullRequestWrites: (repo) => hostOf(repo)?.writes,
  };
}

/** Lets git in at whichever of them a URL leads to. */
export function accessTo(hosts: ForgeHosts): GitAccess {
  return async (url) => {
    for (const { access } of Object.values(hosts)) {
      const env = await access(url);
      if (Object.keys(env).length > 0) return env;
    }
    return {};
  };
}

function projectOf({ name, project }: Pick<RepoAtForge, 'name' | 'project'>): Project {
  const [owner, repo] = project?.split('/') ?? [];
  if (owner && repo) return { owner, repo };
  throw permanent('BadInput', `repo ${name} names no \`project\` at its forge: owner/name`);
}

function readsAt({ wire, project }: Writing, source: keyof ForgeHosts): PullRequests {
  const { queue } = wire;
  const unmarked = (pull: PullRequest) => ({ ...pull, body: withoutMark(pull.body) });
  return {
    source,
    async find(repo, branch) {
      const found = await wire.find(project(repo), branch, undefined);
      return found && unmarked(found);
    },
    read: async (repo, number) => unmarked(await wire.read(project(repo), number, undefined)),
    reviews: (repo, number) => wire.reviews(project(repo), number),
    commits: (repo, number) => wire.commits(project(repo), number),
    writers: (repo, logins) => wire.writers(project(repo), logins),
    protection: (repo, branch) => wire.protection(project(repo), branch, undefined),
    treeOf: (repo, commit) => wire.treeOf(project(repo), commit, undefined),
    ...(queue && { queue: (repo, number) => queue.read(project(repo), number, undefined) }),
    async comments(repo, number) {
      const login = await wire.login(undefined);
      const remarks = await wire.remarks(project(repo), number, undefined);
      return remarks.map((remark) => ({ ...remark, ours: isOurs(remark, login) }));
    },
  };
}

function writesAt(writing: Writing, git: GitRefs): PullRequestWrites {
  const { queue } = writing.wire;
  return {
    openings: openingsOn(writing),
    edits: editsOn(writing),
    checks: statusesOn(writing),
    replies: repliesOn(writing),
    merges: mergesOn(writing, git),
    ...(queue && { enqueues: enqueuesOn(writing, queue) }),
  };
}
