import { z } from 'zod';
import type { PullRequest, Review } from '../../schemas/pull-request.js';
import type { Remark } from './wire.js';

// What Gitea and Forgejo answer with, as far as it is used, and what it means.

const User = z.object({ id: z.number(), login: z.string() });
const Label = z.object({ id: z.number(), name: z.string() });
export const Labels = z.array(Label);

/** A title that begins so is a draft's. */
const DRAFT = /^(WIP:|\[WIP\])\s*/i;
export const draftTitle = (title: string, draft: boolean) => (draft ? `WIP: ${title}` : title);

export const Pull = z.object({
  number: z.number(),
  html_url: z.string(),
  state: z.enum(['open', 'closed']),
  draft: z.boolean().optional(),
  merged: z.boolean(),
  merge_commit_sha: z.string().nullish(),
  title: z.string(),
  body: z.string(),
  labels: z.array(Label).nullable(),
  user: User,
  head: z.object({ ref: z.string(), sha: z.string() }),
  base: z.object({ ref: z.string() }),
  /** Of the text, for a write that must not undo another; newer Giteas have it. */
  content_version: z.number().optional(),
});
export type Pull = z.infer<typeof Pull>;

export function pullRequest(pull: Pull): PullRequest {
  const { number, html_url: url, title, body, labels, user, head, base, merge_commit_sha: mergeCommit } = pull;
  return {
    ...{ number, url, body, branch: head.ref, head: head.sha, base: base.ref },
    state: pull.merged ? 'merged' : pull.state,
    draft: pull.draft ?? DRAFT.test(title),
    title: title.replace(DRAFT, ''),
    labels: (labels ?? []).map(({ name }) => name),
    author: actor(user),
    ...(pull.merged && mergeCommit && { mergeCommit }),
  };
}

export const IssueComment = z.object({
  id: z.number(),
  body: z.string(),
  user: User.nullable(),
  created_at: z.string(),
  html_url: z.string(),
});

export function issueComment({ id, body, user, created_at: at, html_url: url }: z.infer<typeof IssueComment>): Remark {
  return { id: `comment-${id}`, ...by(user), body, at, url };
}

export const LineComment = z.object({
  id: z.number(),
  body: z.string(),
  user: User.nullable(),
  resolver: User.nullish(),
  created_at: z.string(),
  html_url: z.string(),
  path: z.string(),
  commit_id: z.string(),
  /** Lines after and before the change; 0 where it is the other. */
  position: z.number(),
  original_position: z.number(),
});
export type LineComment = z.infer<typeof LineComment>;

/** Gitea has no threads: remarks on one line of one file are one, and it is resolved as a whole. Oldest first. */
export function lineComments(comments: readonly LineComment[]): Remark[] {
  const first = new Map<string, LineComment>();
  return comments.map((comment) => {
    const { id, body, user, created_at: at, html_url: url, path, position, commit_id: commit } = comment;
    const place = `${path}:${position}:${comment.original_position}`;
    const thread = first.get(place) ?? comment;
    first.set(place, thread);
    return {
      ...{ id: `line-${id}`, ...by(user), body, at, url, path },
      ...(position > 0 && { line: position }),
      ...(commit !== '' && { commit }),
      ...(thread !== comment && { inReplyTo: `line-${thread.id}` }),
      resolved: Boolean(thread.resolver),
    };
  });
}

export const GiteaReview = z.object({
  id: z.number(),
  user: User.nullable(),
  state: z.string(),
  body: z.string(),
  commit_id: z.string(),
  submitted_at: z.string(),
  html_url: z.string(),
  dismissed: z.boolean(),
  comments_count: z.number(),
});
export type GiteaReview = z.infer<typeof GiteaReview>;

const VERDICTS: Readonly<Record<string, Review['verdict']>> = {
  APPROVED: 'approved',
  REQUEST_CHANGES: 'changes-requested',
  COMMENT: 'commented',
};

/** Undefined for what is no review yet: a request for one, or one that is still being written. */
export function review(given: GiteaReview): Review | undefined {
  const verdict = VERDICTS[given.state];
  const { id, user, commit_id: commit, body, submitted_at: at, html_url: url, dismissed } = given;
  return verdict && { id: `review-${id}`, ...by(user), verdict, commit, body, at, url, dismissed };
}

export const Commit = z.object({
  sha: z.string(),
  commit: z.object({
    message: z.string(),
    author: z.object({ email: z.string() }).nullable(),
  }),
  author: User.nullish(),
});

export const Branch = z.object({
  required_approvals: z.number(),
  enable_status_check: z.boolean(),
  status_check_contexts: z.array(z.string()).nullable(),
  user_can_push: z.boolean(),
  effective_branch_protection_name: z.string().optional(),
});

export const Status = z.object({
  id: z.number(),
  status: z.string(),
  context: z.string(),
  description: z.string(),
  target_url: z.string(),
});

/** Who said it. Gitea does not tell programs from people. */
function by(user: z.infer<typeof User> | null): Pick<Remark, 'author' | 'account' | 'bot'> {
  return { author: actor(user), ...(user && { account: String(user.id) }), bot: false };
}

/** Those whom issues may be given to: who may write. */
export const Accounts = z.array(User);
export const Permission = z.object({ permission: z.string() });
export const MAY_WRITE: readonly string[] = ['owner', 'admin', 'write'];

/** Of an account that is gone there is nothing. */
export function actor(user: Pick<z.infer<typeof User>, 'login'> | null): {
  readonly id: string;
  readonly name: string;
} {
  const login = user?.login ?? 'nobody';
  return { id: login, name: login };
}
