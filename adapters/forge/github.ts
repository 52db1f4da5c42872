import { z } from 'zod';
import { type GithubSettings, githubOrigin } from '../../schemas/forge-settings.js';
import type { BranchProtection } from '../../schemas/pull-request.js';
import { type Asks, createAsks, PULL, REPO } from './ask.js';
import { statusOf } from './failure.js';
import type { ForgeHost } from './forges.js';
import { tokenAccess } from './git-access.js';
import { type GithubIdentity, githubIdentity } from './github-auth.js';
import { checkRunsOn } from './github-checks.js';
import {
  actor,
  Commit,
  GithubReview,
  IssueComment,
  issueComment,
  LineComment,
  lineComment,
  Protection,
  Pull,
  protection,
  pullRequest,
  Rules,
  review,
} from './github-wire.js';
import { githubWrites } from './github-writes.js';
import type { Cancel, Project, Wire } from './wire.js';

// GitHub and GitHub Enterprise Server, through octokit.

export interface GithubOptions extends Omit<GithubSettings, 'half'> {
  /** Certificates that git trusts. */
  readonly caFile?: string | undefined;
  /** Per request. */
  readonly timeoutMs?: number;
}

const REQUEST_MS = 8_000;
const PAGE = { size: 'per_page', most: 100 } as const;

const RIGHTS = 'contents, pull requests, checks and commit statuses: write; administration: read';
const REMEDIES = {
  app: {
    unauthenticated: 'check GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY',
    forbidden: `give the App the permissions ${RIGHTS}`,
    notFound: 'check `project` in the configuration, and that the App is installed for it',
  },
  token: {
    unauthenticated: 'check GITHUB_TOKEN',
    forbidden: `give GITHUB_TOKEN the permissions ${RIGHTS}`,
    notFound: 'check `project` in the configuration, and that the account of GITHUB_TOKEN may see it',
  },
};

/** Undefined without anything to sign in with. */
export function createGithub(options: GithubOptions): ForgeHost | undefined {
  const { apiUrl, caFile, timeoutMs: requestMs = REQUEST_MS } = options;
  const identity = githubIdentity(options);
  if (!identity) return undefined;
  const remedies = identity.isApp ? REMEDIES.app : REMEDIES.token;
  const asks = createAsks({ client: identity.client, remedies, timeoutMs: requestMs }, PAGE);
  const token = (url: string) => {
    const [, owner = '', repo = ''] = new URL(url).pathname.split('/');
    return identity.token(owner, repo.replace(/\.git$/, ''));
  };
  return {
    wire: createWire(asks, { identity, apiUrl }),
    access: tokenAccess({ forge: githubOrigin(apiUrl), token, caFile }),
    requestMs,
    ...(identity.isApp && { checks: checkRunsOn(asks.ask, requestMs) }),
  };
}

function createWire(
  asks: Asks,
  { identity, apiUrl }: { readonly identity: GithubIdentity; readonly apiUrl: string },
): Wire {
  const { ask, askRaw, all, failed } = asks;
  let account: Promise<string> | undefined;

  const read = (project: Project, number: number, signal: Cancel) =>
    ask({
      ...{
        what: `pull request ${number}`,
        route: `GET ${PULL}`,
        parameters: { ...project, number },
        answer: Pull,
        signal,
      },
    });

  async function ourLogin(signal: Cancel): Promise<string> {
    if (identity.isApp) {
      const answer = z.object({ slug: z.string() });
      return `${(await ask({ what: 'our App', route: 'GET /app', answer, signal })).slug}[bot]`;
    }
    const answer = z.object({ login: z.string() });
    return (await ask({ what: 'our account', route: 'GET /user', answer, signal })).login;
  }

  async function protectionOf(project: Project, branch: string, signal: Cancel): Promise<BranchProtection> {
    const parameters = { ...project, branch };
    const call = { what: `the rules of ${branch}`, parameters, signal };
    const rules = await all({ ...call, route: `GET ${REPO}/rules/branches/{branch}`, answer: Rules });
    const old = await askRaw({ ...call, route: `GET ${REPO}/branches/{branch}/protection`, answer: Protection }).catch(
      (error: unknown) => {
        if (statusOf(error) === 404 && /not protected/i.test(String(error))) return undefined;
        if ([403, 404].includes(statusOf(error) ?? 0)) return null;
        throw failed(error, call.what);
      },
    );
    return protection(rules, old);
  }

  return {
    name: 'GitHub',
    read: async (project, number, signal) => pullRequest(await read(project, number, signal)),
    protection: protectionOf,
    login(signal) {
      account ??= ourLogin(signal);
      account.catch(() => {
        account = undefined;
      });
      return account;
    },
    async find(project, branch, signal) {
      const head = `${project.owner}:${branch}`;
      const parameters = { ...project, head, state: 'all', sort: 'created', direction: 'desc', per_page: 1 };
      const call = { what: `the pull request of ${branch}`, route: `GET ${REPO}/pulls`, parameters, signal };
      const [found] = await ask({ ...call, answer: z.array(Pull) });
      return found && pullRequest(found);
    },
    async remarks(project, number, signal) {
      const call = { what: `the remarks on pull request ${number}`, parameters: { ...project, number }, signal };
      const issue = await all({
        ...call,
        route: `GET ${REPO}/issues/{number}/comments`,
        answer: z.array(IssueComment),
      });
      const lines = await all({ ...call, route: `GET ${PULL}/comments`, answer: z.array(LineComment) });
      const remarks = [...issue.map(issueComment), ...lines.map(lineComment)];
      return remarks.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
    },
    async reviews(project, number) {
      const call = { what: `the reviews of pull request ${number}`, parameters: { ...project, number } };
      const reviews = await all({ ...call, route: `GET ${PULL}/reviews`, answer: z.array(GithubReview) });
      return reviews.flatMap((given) => review(given) ?? []);
    },
    async commits(project, number) {
      const call = { what: `the commits of pull request ${number}`, parameters: { ...project, number } };
      const commits = await all({ ...call, route: `GET ${PULL}/commits`, answer: z.array(Commit) });
      return commits.map(({ sha, commit, author }) => ({
        commit: sha,
        ...(author?.login !== undefined && { author: actor(author) }),
        email: commit.author?.email ?? '',
        title: commit.message.split('\n', 1)[0] ?? '',
      }));
    },
    async treeOf(project, commit, signal) {
      const parameters = { ...project, commit };
      const call = { what: `the commit ${commit}`, route: `GET ${REPO}/git/commits/{commit}`, parameters, signal };
      return (await ask({ ...call, answer: z.object({ tree: z.object({ sha: z.string() }) }) })).tree.sha;
    },
    ...githubWrites(asks, { read, protection: protectionOf, apiUrl }),
  };
}
