import * as as from './github-answers.js';
import type { GithubState } from './github-state.js';

// What the fake GitHub does with each request that it knows, by GitHub's names of the routes.

export interface GithubRequest {
  /** Who asks. */
  readonly login: string;
  readonly isApp: boolean;
  /** Of the path, after the repository. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface GithubAnswer {
  readonly status: number;
  readonly body: unknown;
}

const ok = (body: unknown): GithubAnswer => ({ status: 200, body });
const created = (body: unknown): GithubAnswer => ({ status: 201, body });
export const refused = (status: number, message: string): GithubAnswer => ({ status, body: { message } });
const text = (value: unknown) => (value === undefined || value === null ? '' : String(value));

type Route = (state: GithubState, request: GithubRequest) => GithubAnswer;

const REPO = '/repos/{owner}/{repo}';

export const ROUTES: Readonly<Record<string, Route>> = {
  [`GET ${REPO}/pulls`]: (state, { query }) => {
    const branch = query.get('head')?.split(':')[1];
    const found = state.pulls.filter((one) => one.branch === branch).flatMap(({ number }) => state.pull(number) ?? []);
    return ok(
      found
        .toReversed()
        .slice(0, Number(query.get('per_page')))
        .map(as.pull),
    );
  },
  [`POST ${REPO}/pulls`]: (state, { login, body }) => {
    const given = { title: text(body.title), body: text(body.body), head: text(body.head), base: text(body.base) };
    const made = state.open({ ...given, draft: body.draft === true, author: login });
    return typeof made === 'string' ? refused(422, made) : created(as.pull(made));
  },
  [`GET ${REPO}/pulls/{pull_number}`]: (state, request) => withPull(state, request, (one) => ok(as.pull(one))),
  [`GET ${REPO}/issues/{issue_number}`]: (state, { path }) => {
    const found = state.issues.find(({ number }) => number === Number(path[1]));
    const comments = remarksOf(state, path, false).length;
    return found ? ok(as.issue(found, comments)) : refused(404, 'Not Found');
  },
  [`POST ${REPO}/issues/{issue_number}/labels`]: (state, { path, body }) => {
    const found = state.issues.find(({ number }) => number === Number(path[1]));
    if (!found) return refused(404, 'Not Found');
    found.labels = [...new Set([...found.labels, ...(body.labels as string[])])];
    state.ledger.push('label');
    return ok(found.labels.map(as.label));
  },
  [`PATCH ${REPO}/issues/{issue_number}`]: (state, request) =>
    withPull(state, request, (one) => {
      const { title, body, labels, state: wanted } = request.body;
      Object.assign(one, { title: text(title), body: text(body), labels });
      if (wanted === 'closed') one.state = 'closed';
      state.ledger.push('edit');
      return ok({ number: one.number, title: one.title, body: one.body, state: one.state });
    }),
  [`PUT ${REPO}/pulls/{pull_number}/merge`]: (state, request) =>
    withPull(state, request, (one) => {
      const { sha, commit_title: title, commit_message: message } = request.body;
      const merged = state.merge(one, { sha: text(sha), message: `${text(title)}\n\n${text(message)}` });
      if (typeof merged === 'string') return refused(405, merged);
      return ok({ sha: merged.commit, merged: true, message: 'Pull Request successfully merged' });
    }),
  [`GET ${REPO}/pulls/{pull_number}/commits`]: (state, request) =>
    withPull(state, request, ({ base, branch }) => {
      const lines = state.repo.git('log', '--reverse', '--format=%H%x09%ae%x09%s', `${base}..${branch}`).split('\n');
      const commits = lines.map((line) => line.split('\t'));
      return ok(
        commits.map(([sha, email = '', message]) => ({
          ...{ sha, commit: { message, author: { email } } },
          author: email.endsWith('@example.com') ? as.user(email.split('@')[0] ?? '') : null,
        })),
      );
    }),
  [`GET ${REPO}/pulls/{pull_number}/reviews`]: (state, { path }) =>
    ok(state.reviews.filter(({ number }) => number === Number(path[1])).map(as.review)),
  [`GET ${REPO}/pulls/{pull_number}/comments`]: (state, { path }) => ok(remarksOf(state, path, true)),
  [`GET ${REPO}/issues/{issue_number}/comments`]: (state, { path }) => ok(remarksOf(state, path, false)),
  [`POST ${REPO}/issues/{issue_number}/comments`]: (state, { path, login, body }) => {
    const remark = {
      id: state.nextId(),
      number: Number(path[1]),
      author: login,
      body: text(body.body),
      at: state.now(),
    };
    state.remarks.push(remark);
    state.ledger.push('remark');
    return created(as.remark(remark));
  },
  [`POST ${REPO}/pulls/{pull_number}/comments/{comment_id}/replies`]: (state, { path, login, body }) => {
    const first = state.remarks.find(({ id }) => id === Number(path[3]));
    if (!first?.line || first.line.thread !== undefined) return refused(404, 'Not Found');
    const line = { ...first.line, thread: first.id };
    const remark = { ...first, id: state.nextId(), author: login, body: text(body.body), at: state.now(), line };
    state.remarks.push(remark);
    state.ledger.push('remark');
    return created(as.remark(remark));
  },
  [`GET ${REPO}/collaborators/{username}/permission`]: (state, { path }) => {
    const login = path[1] ?? '';
    const permission = state.permissions.get(login) ?? 'read';
    return ok({ permission, role_name: permission, user: as.user(login) });
  },
  [`GET ${REPO}/rules/branches/{branch}`]: (state, { path }) => {
    const found = state.rules.get(decodeURIComponent(path[2] ?? ''));
    return ok(found ? as.rules(found) : []);
  },
  [`GET ${REPO}/branches/{branch}/protection`]: () => refused(404, 'Branch not protected'),
  [`GET ${REPO}/git/commits/{commit_sha}`]: (state, { path }) => {
    const tree = state.repo.tries('rev-parse', '--verify', '--quiet', `${path[2]}^{tree}`);
    return tree ? ok({ sha: path[2], tree: { sha: tree } }) : refused(404, 'Not Found');
  },
  [`GET ${REPO}/commits/{ref}/statuses`]: (state, { path }) =>
    ok(
      state.statuses
        .filter(({ commit }) => commit === path[1])
        .toReversed()
        .map(as.status),
    ),
  [`POST ${REPO}/statuses/{sha}`]: (state, { path, body }) => {
    const made = { id: state.nextId(), commit: path[1] ?? '', context: text(body.context), state: text(body.state) };
    const status = {
      ...made,
      title: text(body.description),
      url: body.target_url === undefined ? null : text(body.target_url),
    };
    state.statuses.push(status);
    state.ledger.push(`${status.context} ${status.state}`);
    return created(as.status(status));
  },
  [`GET ${REPO}/commits/{ref}/check-runs`]: (state, { path, query }) => {
    const runs = state.checks.filter(({ commit, name }) => commit === path[1] && name === query.get('check_name'));
    return ok({ total_count: runs.length, check_runs: runs.map(as.check) });
  },
  [`POST ${REPO}/check-runs`]: (state, { isApp, body }) => {
    if (!isApp) return refused(403, 'Resource not accessible by personal access token');
    return created(setCheck(state, state.nextId(), text(body.head_sha), body));
  },
  [`PATCH ${REPO}/check-runs/{check_run_id}`]: (state, { path, body }) => {
    const known = state.checks.find(({ id }) => id === Number(path[1]));
    if (!known) return refused(404, 'Not Found');
    state.checks.splice(state.checks.indexOf(known), 1);
    return ok(setCheck(state, known.id, known.commit, body));
  },
};

function withPull(
  state: GithubState,
  { path }: GithubRequest,
  use: (pull: NonNullable<ReturnType<GithubState['pull']>>) => GithubAnswer,
): GithubAnswer {
  const found = state.pull(Number(path[1]));
  return found ? use(found) : refused(404, 'Not Found');
}

function remarksOf(state: GithubState, path: readonly string[], onLines: boolean) {
  const of = state.remarks.filter(({ number, line }) => number === Number(path[1]) && (line !== undefined) === onLines);
  return of.map(as.remark);
}

function setCheck(state: GithubState, id: number, commit: string, body: GithubRequest['body']) {
  const { title } = (body.output ?? {}) as { readonly title?: string };
  const made = { id, commit, name: text(body.name), status: text(body.status), title: text(title) };
  const conclusion = body.conclusion === undefined ? null : text(body.conclusion);
  const check = {
    ...made,
    conclusion,
    external_id: text(body.external_id),
    actions: (body.actions ?? []) as unknown[],
  };
  state.checks.push(check);
  state.ledger.push(`${check.name} ${conclusion ?? check.status}`);
  return as.check(check);
}
