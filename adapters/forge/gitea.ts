import { z } from 'zod';
import type { BranchProtection } from '../../schemas/pull-request.js';
import { createAsks, ForgeClient, PULL, REPO } from './ask.js';
import { statusOf } from './failure.js';
import type { ForgeHost } from './forges.js';
import { tokenAccess } from './git-access.js';
import { type Entry, TreePage, treeId } from './gitea-tree.js';
import {
  Accounts,
  actor,
  Branch,
  Commit,
  GiteaReview,
  IssueComment,
  issueComment,
  LineComment,
  lineComments,
  MAY_WRITE,
  Permission,
  Pull,
  pullRequest,
  review,
} from './gitea-wire.js';
import { giteaWrites } from './gitea-writes.js';
import type { Cancel, Project, Remark, Wire } from './wire.js';

// Gitea and Forgejo, by their API of version 1.

export interface GiteaOptions {
  /** Where people see it, for example `https://git.example.com`. */
  readonly url: string;
  readonly token: string;
  /** Certificates that git trusts. */
  readonly caFile?: string | undefined;
  /** Per request. */
  readonly timeoutMs?: number;
}

const REMEDIES = {
  unauthenticated: 'check GITEA_TOKEN',
  forbidden:
    'give the account of GITEA_TOKEN write access to the repository, and the token the scopes write:repository and write:issue',
  notFound: 'check `project` in the configuration, and that the account of GITEA_TOKEN may see it',
};

/** More is refused by Gitea, quietly. */
const PAGE = { size: 'limit', most: 50 } as const;

/** Of a request; an effect that has to wait longer is looked for and tried again. */
const REQUEST_MS = 8_000;

export function createGitea({ url, token, caFile, timeoutMs = REQUEST_MS }: GiteaOptions): ForgeHost {
  const wire = createWire({ url, token, timeoutMs });
  return { wire, access: tokenAccess({ forge: url, token: async () => token, caFile }), requestMs: timeoutMs };
}

function createWire({ url, token, timeoutMs }: GiteaOptions & { readonly timeoutMs: number }): Wire {
  const client = new ForgeClient({ baseUrl: `${url.replace(/\/+$/, '')}/api/v1`, auth: token });
  const asks = createAsks({ client: async () => client, remedies: REMEDIES, timeoutMs }, PAGE);
  const { ask, askRaw, all, failed } = asks;
  let account: Promise<string> | undefined;

  const read = async (project: Project, number: number, signal: Cancel) => {
    const what = `pull request ${number}`;
    return ask({ what, route: `GET ${PULL}`, parameters: { ...project, number }, answer: Pull, signal });
  };

  /** Gitea finds one by both of its branches, and that is the oldest. */
  async function find(project: Project, branch: string, signal: Cancel) {
    const { default_branch: base } = await ask({
      ...{ what: 'the repository', route: `GET ${REPO}`, parameters: { ...project }, signal },
      answer: z.object({ default_branch: z.string() }),
    });
    const parameters = { ...project, base, head: branch };
    const what = `the pull request of ${branch}`;
    const route = `GET ${REPO}/pulls/{base}/{+head}`;
    const oldest = await askRaw({ what, route, parameters, answer: Pull, signal }).catch((error: unknown) => {
      if (statusOf(error) === 404) return undefined;
      throw failed(error, what);
    });
    if (!oldest || oldest.merged || oldest.state === 'open') return oldest && pullRequest(oldest);
    const newer = { ...project, state: 'all', sort: 'recentupdate', base_branch: base };
    const pulls = await all({ what, route: `GET ${REPO}/pulls`, parameters: newer, answer: z.array(Pull), signal });
    const ofBranch = pulls.filter(({ head }) => head.ref === branch);
    return pullRequest(ofBranch.toSorted((one, other) => other.number - one.number)[0] ?? oldest);
  }

  async function remarks(project: Project, number: number, signal: Cancel) {
    const parameters = { ...project, number };
    const what = `the remarks on pull request ${number}`;
    const onWhole = await ask({
      ...{ what, route: `GET ${REPO}/issues/{number}/comments`, parameters, signal },
      answer: z.array(IssueComment),
    });
    const reviews = await reviewsOf(project, number, signal);
    const onLines = [];
    for (const { id } of reviews.filter(({ comments_count: count }) => count > 0)) {
      const route = `GET ${PULL}/reviews/{id}/comments`;
      const answer = z.array(LineComment);
      onLines.push(...(await ask({ what, route, parameters: { ...parameters, id }, answer, signal })));
    }
    const lines = lineComments(onLines.toSorted((one, other) => one.id - other.id));
    // Gitea numbers them together, and its clock only has seconds.
    const n = ({ id }: Remark) => Number(id.slice(id.indexOf('-') + 1));
    return [...onWhole.map(issueComment), ...lines].toSorted((one, other) => n(one) - n(other));
  }

  function reviewsOf(project: Project, number: number, signal?: Cancel) {
    const call = { what: `the reviews of pull request ${number}`, route: `GET ${PULL}/reviews`, signal };
    return all({ ...call, parameters: { ...project, number }, answer: z.array(GiteaReview) });
  }

  async function protection(project: Project, branch: string, signal: Cancel): Promise<BranchProtection> {
    const parameters = { ...project, branch };
    const what = `the branch ${branch}`;
    const now = await ask({ what, route: `GET ${REPO}/branches/{+branch}`, parameters, answer: Branch, signal });
    const rule = now.effective_branch_protection_name;
    return {
      requiredChecks: now.enable_status_check ? (now.status_check_contexts ?? []) : [],
      requiredApprovals: now.required_approvals,
      // Gitea asks code owners for a review, and waits for none.
      codeOwnerReview: false,
      upToDate: rule ? await blocksOutdated(project, rule, signal) : false,
      pushAllowed: now.user_can_push,
      mergeQueue: false,
    };
  }

  /** One list says it of all who have been given the right; those who have it otherwise are asked for one by one. */
  async function writers(project: Project, logins: readonly string[]): Promise<readonly string[]> {
    const call = {
      what: 'who may write',
      route: `GET ${REPO}/assignees`,
      parameters: { ...project },
      answer: Accounts,
    };
    const given = new Set((await ask(call)).map(({ login }) => login));
    const may = logins.map(async (login) => (given.has(login) || (await permits(project, login)) ? [login] : []));
    return (await Promise.all(may)).flat();
  }

  /** Administrators may ask this of everybody, others of themselves. */
  async function permits(project: Project, login: string): Promise<boolean> {
    const what = `what ${login} may do`;
    const route = `GET ${REPO}/collaborators/{login}/permission`;
    try {
      const { permission } = await askRaw({ what, route, parameters: { ...project, login }, answer: Permission });
      return MAY_WRITE.includes(permission);
    } catch (error) {
      if ([403, 404].includes(statusOf(error) ?? 0)) return false;
      throw failed(error, what);
    }
  }

  /** Administrators of the repository may see its rules. */
  async function blocksOutdated(project: Project, rule: string, signal: Cancel): Promise<boolean | null> {
    const what = `the rule ${rule}`;
    const route = `GET ${REPO}/branch_protections/{rule}`;
    const answer = z.object({ block_on_outdated_branch: z.boolean() });
    try {
      return (await askRaw({ what, route, parameters: { ...project, rule }, answer, signal })).block_on_outdated_branch;
    } catch (error) {
      if ([403, 404].includes(statusOf(error) ?? 0)) return null;
      throw failed(error, what);
    }
  }

  return {
    name: 'Gitea',
    find,
    remarks,
    read: async (project, number, signal) => pullRequest(await read(project, number, signal)),
    login(signal) {
      const answer = z.object({ login: z.string() });
      account ??= ask({ what: 'our account', route: 'GET /user', answer, signal }).then(({ login }) => login);
      account.catch(() => {
        account = undefined;
      });
      return account;
    },
    async treeOf(project, commit, signal) {
      const call = { what: `the tree of ${commit}`, route: `GET ${REPO}/git/trees/{commit}`, answer: TreePage, signal };
      const entries: Entry[] = [];
      for (let page = 1; ; page++) {
        const { tree, total_count: total } = await ask({ ...call, parameters: { ...project, commit, page } });
        entries.push(...(tree ?? []));
        if (!tree?.length || entries.length >= total) return treeId(entries);
      }
    },
    async reviews(project, number) {
      return (await reviewsOf(project, number)).flatMap((given) => review(given) ?? []);
    },
    async commits(project, number) {
      const call = { what: `the commits of pull request ${number}`, route: `GET ${PULL}/commits` };
      const commits = await all({ ...call, parameters: { ...project, number }, answer: z.array(Commit) });
      // Newest first, as git lists them.
      return commits.toReversed().map(({ sha, commit, author }) => ({
        commit: sha,
        ...(author && { author: actor(author) }),
        email: commit.author?.email ?? '',
        title: commit.message.split('\n', 1)[0] ?? '',
      }));
    },
    writers,
    protection,
    ...giteaWrites(asks, { read, protection }),
  };
}
