import type { FakeCheck, FakeIssue, FakePull, FakeRemark, FakeRules, GithubState } from './github-state.js';

// The fake's state in GitHub's words.

export const user = (login: string) => ({ login, id: login.length, type: login.endsWith('[bot]') ? 'Bot' : 'User' });

export function pull(one: FakePull) {
  return {
    ...{ node_id: `PR_${one.number}`, number: one.number, state: one.state, draft: one.draft, title: one.title },
    ...{ body: one.body, user: user(one.author), html_url: `https://github.example/acme/shop/pull/${one.number}` },
    labels: one.labels.map((name) => ({ name })),
    merged_at: one.merged?.at ?? null,
    merge_commit_sha: one.merged?.commit ?? null,
    head: { ref: one.branch, sha: one.head },
    base: { ref: one.base },
  };
}

export function issue({ number, title, body, author, labels }: FakeIssue, comments: number) {
  return {
    ...{ id: number, number, title, body, user: user(author), state: 'open', comments },
    ...{ labels: labels.map(label), updated_at: '2026-11-21T12:00:00Z' },
    html_url: `https://github.example/acme/shop/issues/${number}`,
  };
}

export function label(name: string) {
  return { name };
}

export function remark({ id, author, body, at, line }: FakeRemark) {
  return {
    ...{ id, body, user: user(author), created_at: at, html_url: `https://github.example/remark/${id}` },
    ...(line && {
      ...{ path: line.path, line: line.line, original_commit_id: line.commit },
      ...(line.thread !== undefined && { in_reply_to_id: line.thread }),
    }),
  };
}

export function check({ id, name, status, conclusion, external_id, commit }: FakeCheck) {
  return { id, name, status, conclusion, external_id, head_sha: commit };
}

export function status(one: GithubState['statuses'][number]) {
  return { id: one.id, state: one.state, context: one.context, description: one.title, target_url: one.url };
}

export function review(one: GithubState['reviews'][number]) {
  return {
    ...{ id: one.id, user: user(one.author), state: one.state, body: one.body, commit_id: one.commit },
    ...{ submitted_at: one.at, html_url: `https://github.example/review/${one.id}` },
  };
}

export function rules({ pullsOnly, approvals, checks, upToDate, mergeQueue }: FakeRules) {
  const review = {
    ...{ required_approving_review_count: approvals, require_code_owner_review: false },
    ...{
      dismiss_stale_reviews_on_push: false,
      require_last_push_approval: false,
      required_review_thread_resolution: false,
    },
  };
  const contexts = checks.map((context) => ({ context }));
  const statuses = { required_status_checks: contexts, strict_required_status_checks_policy: upToDate };
  return [
    ...(pullsOnly ? [{ type: 'pull_request', parameters: review }] : []),
    ...(checks.length > 0 || upToDate ? [{ type: 'required_status_checks', parameters: statuses }] : []),
    ...(mergeQueue ? [{ type: 'merge_queue', parameters: {} }] : []),
  ];
}
