import { z } from 'zod';
import type { BranchProtection } from '../../schemas/pull-request.js';
import { type Asks, PULL, REPO } from './ask.js';
import { statusOf, textOf, unavailable } from './failure.js';
import { draftTitle, IssueComment, Labels, LineComment, type Pull, Status } from './gitea-wire.js';
import { quoting } from './marks.js';
import { type ApiMerge, type Cancel, type Project, STATUS_OF, type Wire } from './wire.js';

// What is written in Gitea, and how that differs from GitHub.

interface Reads {
  readonly read: (project: Project, number: number, signal: Cancel) => Promise<Pull>;
  readonly protection: (project: Project, branch: string, signal: Cancel) => Promise<BranchProtection>;
}

type Writes = 'open' | 'edit' | 'remark' | 'merge' | 'markMerged' | 'statuses' | 'statusOf' | 'setStatus';

export function giteaWrites({ ask, askRaw, all, failed }: Asks, { read, protection }: Reads): Pick<Wire, Writes> {
  /** Labels go by number, and only those that the repository has. */
  async function labelIds(project: Project, names: readonly string[], signal: Cancel): Promise<number[]> {
    const call = { what: 'the labels', answer: Labels, signal };
    const own = await all({ ...call, route: `GET ${REPO}/labels`, parameters: { ...project } });
    const ids = [];
    for (const name of names) {
      const known = own.find((label) => label.name === name);
      ids.push(known?.id ?? (await addLabel(project, name, signal)));
    }
    return ids;
  }

  async function addLabel(project: Project, name: string, signal: Cancel): Promise<number> {
    const parameters = { ...project, name, color: '#5319e7' };
    const answer = z.object({ id: z.number() });
    return (await ask({ what: `a label ${name}`, route: `POST ${REPO}/labels`, parameters, answer, signal })).id;
  }

  /** How the repository lets Gitea merge so that nothing but the head lands. */
  async function exactWay(project: Project, { branch, head, message }: ApiMerge, signal: Cancel) {
    const { allow_fast_forward_only_merge: forward, allow_merge_commits: mergeCommits } = await ask({
      ...{ what: 'the repository', route: `GET ${REPO}`, parameters: { ...project }, signal },
      answer: z.object({ allow_fast_forward_only_merge: z.boolean().optional(), allow_merge_commits: z.boolean() }),
    });
    if (forward) return { do: 'fast-forward-only', head_commit_id: head };
    if (!mergeCommits || !(await protection(project, branch, signal)).upToDate) return undefined;
    const [title = '', ...rest] = message.split('\n');
    const text = { merge_title_field: title, merge_message_field: rest.join('\n').trim() };
    return { do: 'merge', head_commit_id: head, ...text };
  }

  return {
    statusOf: (state) => STATUS_OF[state],

    async open(project, { title, body, head, base, draft }, signal) {
      const what = `a pull request of ${head}`;
      const parameters = { ...project, title: draftTitle(title, draft), body, head, base };
      const answer = z.object({ number: z.number() });
      try {
        return (await askRaw({ what, route: `POST ${REPO}/pulls`, parameters, answer, signal })).number;
      } catch (error) {
        if (statusOf(error) === 409) return 'exists';
        throw failed(error, what);
      }
    },

    async edit(project, { number, labels: before }, { title, body, draft, labels, close }, signal) {
      const { content_version: version } = await read(project, number, signal);
      const same = labels.length === before.length && labels.every((label) => before.includes(label));
      const parameters = {
        ...{ ...project, number, body, title: draftTitle(title, draft) },
        ...(!same && { labels: await labelIds(project, labels, signal) }),
        ...(close && { state: 'closed' }),
        // A text that somebody has changed meanwhile is not overwritten.
        ...(version !== undefined && { content_version: version }),
      };
      const what = `pull request ${number}`;
      await ask({ what, route: `PATCH ${PULL}`, parameters, answer: z.object({ number: z.number() }), signal });
    },

    async remark(project, { number, body, to }, signal) {
      const what = `a remark on pull request ${number}`;
      if (to?.path === undefined || to.line === undefined) {
        const parameters = { ...project, number, body: to ? quoting(to.body, body) : body };
        const route = `POST ${REPO}/issues/{number}/comments`;
        return `comment-${(await ask({ what, route, parameters, answer: IssueComment, signal })).id}`;
      }
      // What is said about the same line is one thread.
      const comments = [{ path: to.path, body, new_position: to.line }];
      const review = { event: 'COMMENT', body: '', comments, ...(to.commit !== undefined && { commit_id: to.commit }) };
      const { id } = await ask({
        ...{ what, route: `POST ${PULL}/reviews`, parameters: { ...project, number, ...review }, signal },
        answer: z.object({ id: z.number() }),
      });
      const made = await ask({
        ...{ what, route: `GET ${PULL}/reviews/{id}/comments`, parameters: { ...project, number, id }, signal },
        answer: z.array(LineComment),
      });
      return `line-${made[0]?.id ?? id}`;
    },

    async merge(project, merge, signal) {
      const { number } = merge;
      const what = `merging pull request ${number}`;
      const way = await exactWay(project, merge, signal);
      if (!way) {
        const allow = 'allow fast-forward-only merges in the settings of the repository';
        const block = 'or block merges of outdated branches (and let our account see that as an administrator of it)';
        return { refused: `Gitea could merge something else than what was validated: ${allow}, ${block}` };
      }
      const parameters = { ...project, number, ...way };
      try {
        await askRaw({ what, route: `POST ${PULL}/merge`, parameters, answer: z.unknown(), signal });
      } catch (error) {
        // Gitea has not looked at the newest commits yet.
        if (/try again later/i.test(textOf(error))) throw unavailable(`${what}: ${textOf(error)}`);
        if ([405, 409].includes(statusOf(error) ?? 0)) return { refused: `Gitea does not merge it: ${textOf(error)}` };
        throw failed(error, what);
      }
      const { merge_commit_sha: merged } = await read(project, number, signal);
      if (merged) return { merged };
      throw unavailable(`${what}: Gitea does not say yet by which commit`);
    },

    async markMerged(project, number, commit, signal) {
      const parameters = { ...project, number, do: 'manually-merged', merge_commit_id: commit };
      const what = `marking pull request ${number} as merged`;
      // The change is in. A repository that finds that out by itself, or does not allow this, answers with an error.
      await askRaw({ what, route: `POST ${PULL}/merge`, parameters, answer: z.unknown(), signal }).catch(
        () => undefined,
      );
    },

    async statuses(project, commit, name, signal) {
      const call = { what: `the statuses of ${commit}`, route: `GET ${REPO}/commits/{commit}/statuses`, signal };
      const found = await all({ ...call, parameters: { ...project, commit }, answer: z.array(Status) });
      return found
        .filter(({ context }) => context === name)
        .toSorted((one, other) => other.id - one.id)
        .map(({ id, status, description, target_url: url }) => ({
          ...{ id, name, state: status, title: description, detailsUrl: url === '' ? null : url },
        }));
    },

    async setStatus(project, commit, { name, state, title, detailsUrl }, signal) {
      const status = { state, context: name, description: title, ...(detailsUrl && { target_url: detailsUrl }) };
      const parameters = { ...project, commit, ...status };
      const call = { what: `a status of ${commit}`, route: `POST ${REPO}/statuses/{commit}`, parameters, signal };
      return (await ask({ ...call, answer: z.object({ id: z.number() }) })).id;
    },
  };
}
