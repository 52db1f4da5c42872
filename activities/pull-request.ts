import type { Finding } from '../schemas/finding.js';
import type { BranchProtection, PullRequest, Review } from '../schemas/pull-request.js';
import type { Check, PullRequestEdit, PullRequestOpening, Reply } from './ports-effects.js';

/** What a person says on a pull request, as a finding that keeps its id however often it is read. */
export interface PersonsRemark extends Finding {
  /** Id at the forge: where the answer goes. */
  readonly remark: string;
  readonly by: string;
}

/** A pull request as it is now, without what we said there ourselves and what other programs did. */
export interface PullRequestNow {
  readonly state: PullRequest['state'];
  readonly draft: boolean;
  readonly head: string;
  readonly mergeCommit?: string;
  /** Of `mergeCommit`. */
  readonly mergedTree?: string;
  /** Oldest first. */
  readonly remarks: readonly PersonsRemark[];
  /** The last verdict of each person who gave one and has not taken it back. */
  readonly verdicts: readonly Pick<Review, 'author' | 'verdict' | 'commit' | 'url'>[];
  readonly protection: BranchProtection;
}

export interface PullRequestId {
  readonly number: number;
  readonly url: string;
}

interface Keyed {
  /** Equal keys are one effect. */
  readonly effectKey: string;
}

/** On forges that have pull requests. */
export interface PullRequestActivities {
  openPullRequest(input: PullRequestOpening & Keyed): Promise<PullRequestId>;
  editPullRequest(input: PullRequestEdit & Keyed): Promise<{ readonly already: boolean }>;
  /** The link to the details is made here: it is that of the run that reports. */
  reportCheck(input: Omit<Check, 'detailsUrl'> & Keyed): Promise<{ readonly already: boolean }>;
  replyOnPullRequest(input: Reply): Promise<{ readonly already: boolean }>;
  /** Fails for good with `ItemNotFound` when there is none. */
  readPullRequest(input: { readonly repo: string; readonly number: number }): Promise<PullRequestNow>;
}
