import { z } from 'zod';
import type { BranchProtection, PullRequest, Review } from '../../schemas/pull-request.js';
import type { Remark } from './wire.js';

// What GitHub answers with, as far as it is used, and what it means.

const User = z.object({ id: z.number(), login: z.string(), type: z.string() });
type User = z.infer<typeof User>;

export const Pull = z.object({
  node_id: z.string(),
  number: z.number(),
  html_url: z.string(),
  state: z.enum(['open', 'closed']),
  draft: z.boolean().optional(),
  merged_at: z.string().nullable(),
  merge_commit_sha: z.string().nullable(),
  title: z.string(),
  body: z.string().nullable(),
  labels: z.array(z.object({ name: z.string() })),
  user: User.nullable(),
  head: z.object({ ref: z.string(), sha: z.string() }),
  base: z.object({ ref: z.string() }),
});
export type Pull = z.infer<typeof Pull>;

export function pullRequest(pull: Pull): PullRequest {
  const { number, html_url: url, title, body, labels, user, head, base, merged_at, merge_commit_sha } = pull;
  return {
    ...{ number, url, title, body: body ?? '', branch: head.ref, head: head.sha, base: base.ref },
    state: merged_at === null ? pull.state : 'merged',
    draft: pull.draft ?? false,
    labels: labels.map(({ name }) => name),
    author: actor(user),
    // Before that it is a trial of GitHub's own.
    ...(merged_at !== null && merge_commit_sha !== null && { mergeCommit: merge_commit_sha }),
  };
}

export const IssueComment = z.object({
  id: z.number(),
  body: z.string().optional(),
  user: User.nullable(),
  created_at: z.string(),
  html_url: z.string(),
});

export function issueComment({ id, body, user, created_at: at, html_url: url }: z.infer<typeof IssueComment>): Remark {
  return { id: `comment-${id}`, ...by(user), body: body ?? '', at, url };
}

export const LineComment = z.object({
  id: z.number(),
  body: z.string(),
  user: User.nullable(),
  created_at: z.string(),
  html_url: z.string(),
  path: z.string(),
  line: z.number().nullish(),
  original_commit_id: z.string(),
  in_reply_to_id: z.number().optional(),
});

export function lineComment(comment: z.infer<typeof LineComment>): Remark {
  const { id, body, user, created_at: at, html_url: url, path, line, in_reply_to_id: thread } = comment;
  return {
    ...{ id: `line-${id}`, ...by(user), body, at, url, path },
    ...(line && { line }),
    commit: comment.original_commit_id,
    ...(thread !== undefined && { inReplyTo: `line-${thread}` }),
  };
}

export const GithubReview = z.object({
  id: z.number(),
  user: User.nullable(),
  state: z.string(),
  body: z.string(),
  commit_id: z.string().nullable(),
  submitted_at: z.string().optional(),
  html_url: z.string(),
});

const VERDICTS: Readonly<Record<string, Review['verdict']>> = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changes-requested',
  COMMENTED: 'commented',
  DISMISSED: 'commented',
};

/** Undefined for one that is still being written. */
export function review(given: z.infer<typeof GithubReview>): Review | undefined {
  const { id, user, state, body, commit_id: commit, submitted_at: at, html_url: url } = given;
  const verdict = VERDICTS[state];
  if (!verdict || at === undefined) return undefined;
  const dismissed = state === 'DISMISSED';
  return { id: `review-${id}`, ...by(user), verdict, commit: commit ?? '', body, at, url, dismissed };
}

export const Commit = z.object({
  sha: z.string(),
  commit: z.object({ message: z.string(), author: z.object({ email: z.string().optional() }).nullable() }),
  author: z.object({ login: z.string().optional() }).nullable(),
});

/** The rules that hold for a branch, by whatever ruleset: anybody who reads may see them. */
export const Rules = z.array(z.object({ type: z.string(), parameters: z.unknown() }));

const StatusRule = z.object({
  required_status_checks: z.array(z.object({ context: z.string() })),
  strict_required_status_checks_policy: z.boolean(),
});
const PullRule = z.object({
  required_approving_review_count: z.number(),
  require_code_owner_review: z.boolean(),
});

/** The older way to protect a branch; administrators may see all of it. */
export const Protection = z.object({
  required_status_checks: z.object({ strict: z.boolean().optional(), contexts: z.array(z.string()) }).optional(),
  required_pull_request_reviews: z
    .object({ required_approving_review_count: z.number().optional(), require_code_owner_reviews: z.boolean() })
    .optional(),
  restrictions: z.unknown().optional(),
});

/** Both ways together: the stricter one counts. `old`: null when we may not see it. */
export function protection(
  rules: Readonly<z.infer<typeof Rules>>,
  old: z.infer<typeof Protection> | null | undefined,
): BranchProtection {
  const of = (type: string) => rules.filter((rule) => rule.type === type).map(({ parameters }) => parameters);
  const statuses = of('required_status_checks').map((parameters) => StatusRule.parse(parameters));
  const pulls = of('pull_request').map((parameters) => PullRule.parse(parameters));
  const before = old?.required_pull_request_reviews;
  const checks = [
    ...statuses.flatMap((rule) => rule.required_status_checks.map(({ context }) => context)),
    ...(old?.required_status_checks?.contexts ?? []),
  ];
  const counts = pulls.map((rule) => rule.required_approving_review_count);
  const known = <Value>(sure: boolean, value: Value) => (sure || old !== null ? value : null);
  const owners = pulls.some((rule) => rule.require_code_owner_review) || before?.require_code_owner_reviews === true;
  const upToDate =
    statuses.some((rule) => rule.strict_required_status_checks_policy) || old?.required_status_checks?.strict === true;
  const closed = pulls.length > 0 || of('update').length > 0 || before !== undefined || Boolean(old?.restrictions);
  return {
    requiredChecks: [...new Set(checks)],
    requiredApprovals: known(false, Math.max(0, ...counts, before?.required_approving_review_count ?? 0)),
    codeOwnerReview: known(owners, owners),
    upToDate: known(upToDate, upToDate),
    pushAllowed: known(closed, !closed),
    mergeQueue: of('merge_queue').length > 0,
  };
}

export const Status = z.object({
  id: z.number(),
  state: z.string(),
  context: z.string(),
  description: z.string().nullable(),
  target_url: z.string().nullable(),
});

/** Of an account that is gone there is nothing. */
export function actor(user: { readonly login?: string | undefined } | null): {
  readonly id: string;
  readonly name: string;
} {
  const login = user?.login ?? 'ghost';
  return { id: login, name: login };
}

/** Who said it. */
function by(user: User | null): Pick<Remark, 'author' | 'account' | 'bot'> {
  return { author: actor(user), ...(user && { account: String(user.id) }), bot: user?.type === 'Bot' };
}

/** GitHub tells the right by one of these words, whatever the name of the role. */
export const Permission = z.object({ permission: z.string() });
export const MAY_WRITE: readonly string[] = ['admin', 'write'];
