import { z } from 'zod';
import { type GithubSettings, githubOrigin } from '../../schemas/forge-settings.js';
import type { BranchProtection } from '../../schemas/pull-request.js';
import { type Asks, createAsks, PULL, REPO } from './ask.js';
import { statusOf } from './failure.js';
import type { ForgeHost } from './forges.js';
import { tokenAccess } from './git-access.js';
import { type GithubIdentity, githubIdentity } from './github-auth.js';
import { checkRunsOn } from './github-checks.js';
import { graphqlAt } from './github-graphql.js';
import { githubQueue } from './github-queue.js';
import { ourLogin, remediesOf } from './github-sign-in.js';
import {
  actor,
  Commit,
  GithubReview,
  IssueComment,
  issueComment,
  LineComment,
  lineComment,
  MAY_WRITE,
  Permission,
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
/** GitHub takes many requests at a time for abuse. */
const AT_ONCE = 10;
const PAGE = { size: 'per_page', most: 100 } as const;

const RIGHTS = 'contents, pull requests, checks and commit statuses: write; administration: read';
/** Undefined without anything to sign in with. */
export function createGithub(options: GithubOptions): ForgeHost | undefined {
  const { apiUrl, caFile, timeoutMs: requestMs = REQUEST_MS } = options;
  const identity = githubIdentity(options);
  if (!identity) return undefined;
  const remedies = remediesOf(identity, RIGHTS);
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
  const graphql = graphqlAt(asks, apiUrl);
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

  async function mayWrite(project: Project, username: string): Promise<boolean> {
    const call = { what: `what ${username} may do`, parameters: { ...project, username }, answer: Permission };
    const route = `GET ${REPO}/collaborators/{username}/permission`;
    try {
      return MAY_WRITE.includes((await askRaw({ ...call, route })).permission);
    } catch (error) {
      // The account is gone.
      if (statusOf(error) === 404) return false;
      throw failed(error, call.what);
    }
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
      account ??= ourLogin(ask, identity, signal);
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
    async writers(project, logins) {
      const may: string[] = [];
      for (let n = 0; n < logins.length; n += AT_ONCE) {
        const some = logins.slice(n, n + AT_ONCE);
        const rights = await Promise.all(some.map((login) => mayWrite(project, login)));
        may.push(...some.filter((_login, index) => rights[index]));
      }
      return may;
    },
    async treeOf(project, commit, signal) {
      const parameters = { ...project, commit };
      const call = { what: `the commit ${commit}`, route: `GET ${REPO}/git/commits/{commit}`, parameters, signal };
      return (await ask({ ...call, answer: z.object({ tree: z.object({ sha: z.string() }) }) })).tree.sha;
    },
    ...githubWrites(asks, { read, protection: protectionOf, graphql }),
    queue: githubQueue(graphql, async (...asked) => (await read(...asked)).node_id),
  };
}
