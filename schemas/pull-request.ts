import type { Actor } from './signal.js';

// What a forge tells about the pull request of a change. Pure types: safe in the workflow sandbox. Ids are texts that
// stay the same however often they are read; texts come from outside and have no authority.

export interface PullRequest {
  /** What people call it by; unique within its repo. */
  readonly number: number;
  readonly url: string;
  readonly state: 'open' | 'closed' | 'merged';
  readonly draft: boolean;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  /** The branch that carries the change. */
  readonly branch: string;
  /** Commit of the branch, as far as the forge has noticed. */
  readonly head: string;
  /** The branch that it goes into. */
  readonly base: string;
  readonly author: Actor;
  /** The commit that brought it into its base; there when it is merged. */
  readonly mergeCommit?: string;
}

/** A remark on a pull request: on a line of its diff, or on the whole. Oldest first wherever there are many. */
export interface ReviewComment {
  /** `comment-<n>` or `line-<n>`. */
  readonly id: string;
  readonly author: Actor;
  /** Number of the author's account, as people.yaml names it; absent where the account is gone. */
  readonly account?: string;
  /** The forge says that a program wrote it. */
  readonly bot: boolean;
  readonly body: string;
  /** Of a remark on a line. */
  readonly path?: string;
  /** From 1, in the file after the change; absent when the line is not there any more. */
  readonly line?: number;
  /** Commit that it was made on. */
  readonly commit?: string;
  /** The first remark of its thread. */
  readonly inReplyTo?: string;
  /** ISO 8601. */
  readonly at: string;
  readonly url: string;
  /** We wrote it: by its author and by its marker, since anybody can write either one's look. */
  readonly ours: boolean;
  /** Whether its thread was marked as resolved; absent where the forge does not say. */
  readonly resolved?: boolean;
}

export interface Review {
  /** `review-<n>`. */
  readonly id: string;
  readonly author: Actor;
  /** Number of the author's account, as people.yaml names it; absent where the account is gone. */
  readonly account?: string;
  readonly bot: boolean;
  readonly verdict: 'approved' | 'changes-requested' | 'commented';
  /** Commit that was reviewed. */
  readonly commit: string;
  readonly body: string;
  /** ISO 8601. */
  readonly at: string;
  readonly url: string;
  /** Taken back by somebody who may. */
  readonly dismissed: boolean;
}

/** A commit of a pull request, and who it says made it. Oldest first. */
export interface PullRequestCommit {
  readonly commit: string;
  /** The account at the forge, where it knows one. */
  readonly author?: Actor;
  /** By the commit itself: anybody can write anything there. */
  readonly email: string;
  /** First line. */
  readonly title: string;
}

/** What the forge asks for before a branch may change. Null: it does not tell us. */
export interface BranchProtection {
  readonly requiredChecks: readonly string[];
  readonly requiredApprovals: number | null;
  readonly codeOwnerReview: boolean | null;
  /** A branch must have its base in before it is merged: what is merged is what was checked. */
  readonly upToDate: boolean | null;
  /** Whether the rules that we can see let anybody push without a pull request. */
  readonly pushAllowed: boolean | null;
  /** The forge has a merge queue of its own in front of this branch. */
  readonly mergeQueue: boolean;
}

/** A pull request and the merge queue that its forge has of its own. */
export interface QueuePlace {
  readonly state: 'queued' | 'merged' | 'out';
  readonly head: string;
  /** Id of its entry, and its place from 1; while it is there. */
  readonly entry?: string;
  readonly position?: number;
  /** The last time that it was taken out; the reason is the forge's own words. */
  readonly removed?: { readonly id: string; readonly reason: string };
}

export const CHECK_STATES = ['pending', 'running', 'passed', 'failed', 'waiting-for-person', 'cancelled'] as const;
export type CheckState = (typeof CHECK_STATES)[number];

/** A button on a check. A click comes back as a `change.touched`. */
export interface CheckAction {
  /** At most 20 characters. */
  readonly id: string;
  /** At most 20 characters. */
  readonly label: string;
  /** At most 40 characters. */
  readonly description: string;
}
