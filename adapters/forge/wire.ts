import type {
  BranchProtection,
  CheckState,
  PullRequest,
  PullRequestCommit,
  QueuePlace,
  Review,
  ReviewComment,
} from '../../schemas/pull-request.js';

// What GitHub and Gitea do differently. What is done with it, once each, is the same for both: see the other files.

/** Of a check as a commit status, at both. */
export const STATUS_OF: Readonly<Record<CheckState, string>> = {
  pending: 'pending',
  running: 'pending',
  passed: 'success',
  failed: 'failure',
  'waiting-for-person': 'pending',
  cancelled: 'error',
};

/** A repository at its forge. */
export interface Project {
  readonly owner: string;
  readonly repo: string;
}

/** Before it is known which of them are ours. */
export type Remark = Omit<ReviewComment, 'ours'>;

export interface NewPull {
  readonly title: string;
  readonly body: string;
  readonly head: string;
  readonly base: string;
  readonly draft: boolean;
}

export interface PullLook {
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
  readonly labels: readonly string[];
  /** It is closed when it is not. */
  readonly close: boolean;
}

export interface ApiMerge {
  readonly number: number;
  readonly branch: string;
  /** What must be the head of the pull request. */
  readonly head: string;
  readonly message: string;
}

/** Newest first wherever there are many. */
export interface StatusNow {
  /** Grows. */
  readonly id: number;
  readonly name: string;
  readonly state: string;
  readonly title: string;
  readonly detailsUrl: string | null;
}

export type NewStatus = Omit<StatusNow, 'id'>;

export type Cancel = AbortSignal | undefined;

/** A merge queue of the forge's own. */
export interface ForgeQueue {
  read(project: Project, number: number, signal: Cancel): Promise<QueuePlace>;
  /** Only with this head. `refused`: in the forge's words. */
  join(
    project: Project,
    pull: { readonly number: number; readonly head: string },
    signal: Cancel,
  ): Promise<{ entry: string } | { refused: string }>;
}

export interface Wire {
  /** For people: `GitHub`, `Gitea`. */
  readonly name: string;
  /** Of the account that we write as. */
  login(signal: Cancel): Promise<string>;
  find(project: Project, branch: string, signal: Cancel): Promise<PullRequest | undefined>;
  read(project: Project, number: number, signal: Cancel): Promise<PullRequest>;
  /** Oldest first. */
  remarks(project: Project, number: number, signal: Cancel): Promise<readonly Remark[]>;
  reviews(project: Project, number: number): Promise<readonly Review[]>;
  commits(project: Project, number: number): Promise<readonly PullRequestCommit[]>;
  /** Of these accounts, by login, those who may write to the repository. */
  writers(project: Project, logins: readonly string[]): Promise<readonly string[]>;
  protection(project: Project, branch: string, signal: Cancel): Promise<BranchProtection>;
  /** Id of the commit's tree. */
  treeOf(project: Project, commit: string, signal: Cancel): Promise<string>;

  /** `exists`: the forge has one of this branch, and takes no second one. */
  open(project: Project, pull: NewPull, signal: Cancel): Promise<number | 'exists'>;
  edit(project: Project, now: PullRequest, look: PullLook, signal: Cancel): Promise<void>;
  /** Returns the id of the remark. `to`: the one that it answers. */
  remark(
    project: Project,
    remark: { readonly number: number; readonly body: string; readonly to: Remark | undefined },
    signal: Cancel,
  ): Promise<string>;
  /** Where the forge may have one. */
  readonly queue?: ForgeQueue;
  /**
   * Merges if what lands then is what the head has: only where the forge itself makes sure of that. `refused`: why not,
   * and what a person can do. `queueOnly`: only its own queue merges here.
   */
  merge(
    project: Project,
    merge: ApiMerge,
    signal: Cancel,
  ): Promise<{ merged: string } | { refused: string } | { queueOnly: string }>;
  /** Tells the forge that a commit, which is in the base by now, has merged it; where it does not see that itself. */
  markMerged(project: Project, number: number, commit: string, signal: Cancel): Promise<void>;
  /** Of one commit and name. */
  statuses(project: Project, commit: string, name: string, signal: Cancel): Promise<readonly StatusNow[]>;
  /** How it writes a state. */
  statusOf(state: CheckState): string;
  setStatus(project: Project, commit: string, status: NewStatus, signal: Cancel): Promise<number>;
}
