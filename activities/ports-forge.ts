import type {
  BranchProtection,
  PullRequest,
  PullRequestCommit,
  QueuePlace,
  Review,
  ReviewComment,
} from '../schemas/pull-request.js';

// Pull requests, for those who read; what writes is in ports-effects.ts.

/** The pull requests of one forge. `repo` is the name from the configuration, `number` the pull request's. */
export interface PullRequests {
  /** Where accounts are from, as people.yaml names it. */
  readonly source: 'github' | 'gitea';
  /** The newest one of this branch, open or not; undefined when there is none. */
  find(repo: string, branch: string): Promise<PullRequest | undefined>;
  /** Throws `ItemNotFound` when there is none. */
  read(repo: string, number: number): Promise<PullRequest>;
  comments(repo: string, number: number): Promise<readonly ReviewComment[]>;
  reviews(repo: string, number: number): Promise<readonly Review[]>;
  commits(repo: string, number: number): Promise<readonly PullRequestCommit[]>;
  /** Of these accounts, by login, those who may write to the repository. What the forge does not tell is a no. */
  writers(repo: string, logins: readonly string[]): Promise<readonly string[]>;
  protection(repo: string, branch: string): Promise<BranchProtection>;
  /** Where the forge may have a merge queue of its own. */
  queue?(repo: string, number: number): Promise<QueuePlace>;
  /** Id of the tree of a commit that the forge has. */
  treeOf(repo: string, commit: string): Promise<string>;
}

export interface PullRequestForge {
  /** Undefined for a repo whose forge has no pull requests. */
  pullRequests(repo: string): PullRequests | undefined;
}
