import { z } from 'zod';
import type { BranchProtection } from '../../schemas/pull-request.js';
import { type Asks, PULL, REPO } from './ask.js';
import { permanent, statusOf, textOf } from './failure.js';
import type { Graphql } from './github-graphql.js';
import { IssueComment, LineComment, type Pull, Status } from './github-wire.js';
import { quoting } from './marks.js';
import { type Cancel, type Project, STATUS_OF, type Wire } from './wire.js';

// What is written at GitHub, and how that differs from Gitea.

const TO_DRAFT = `mutation SignalboxDraft($id: ID!) {
  convertPullRequestToDraft(input: { pullRequestId: $id }) { pullRequest { isDraft } }
}`;
const TO_READY = `mutation SignalboxReady($id: ID!) {
  markPullRequestReadyForReview(input: { pullRequestId: $id }) { pullRequest { isDraft } }
}`;

interface Reads {
  readonly read: (project: Project, number: number, signal: Cancel) => Promise<Pull>;
  readonly protection: (project: Project, branch: string, signal: Cancel) => Promise<BranchProtection>;
  readonly graphql: Graphql;
}

type Writes = 'open' | 'edit' | 'remark' | 'merge' | 'markMerged' | 'statuses' | 'statusOf' | 'setStatus';

export function githubWrites(
  { ask, askRaw, all, failed }: Asks,
  { read, protection, graphql }: Reads,
): Pick<Wire, Writes> {
  async function setDraft(project: Project, number: number, draft: boolean, signal: Cancel): Promise<void> {
    const { node_id: id } = await read(project, number, signal);
    const what = `pull request ${number} as ${draft ? 'a draft' : 'ready'}`;
    const query = draft ? TO_DRAFT : TO_READY;
    const { refused } = await graphql({ what, project, query, variables: { id }, data: z.unknown(), signal });
    // Some plans have no drafts: what can't be one stays as it is.
    if (refused !== '' && !draft) throw permanent('BadInput', `${what}: ${refused}`);
  }

  return {
    statusOf: (state) => STATUS_OF[state],

    async open(project, { draft, ...pull }, signal) {
      const what = `a pull request of ${pull.head}`;
      const answer = z.object({ number: z.number() });
      const write = (isDraft: boolean) =>
        askRaw({
          what,
          route: `POST ${REPO}/pulls`,
          parameters: { ...project, ...pull, draft: isDraft },
          answer,
          signal,
        });
      try {
        return (await write(draft)).number;
      } catch (error) {
        if (statusOf(error) !== 422) throw failed(error, what);
        if (/already exists/i.test(textOf(error))) return 'exists';
        if (!draft || !/draft/i.test(textOf(error))) throw failed(error, what);
      }
      // Some plans have no drafts.
      return write(false).then(
        ({ number }) => number,
        (error: unknown) => Promise.reject(failed(error, what)),
      );
    },

    async edit(project, { number, draft: before }, { title, body, draft, labels, close }, signal) {
      // First, so that the mark in the text says that all of it is done.
      if (draft !== before) await setDraft(project, number, draft, signal);
      const parameters = { ...project, number, title, body, labels, ...(close && { state: 'closed' }) };
      const call = { what: `pull request ${number}`, route: `PATCH ${REPO}/issues/{number}`, parameters, signal };
      await ask({ ...call, answer: z.object({ number: z.number() }) });
    },

    async remark(project, { number, body, to }, signal) {
      const what = `a remark on pull request ${number}`;
      if (to?.path === undefined) {
        const parameters = { ...project, number, body: to ? quoting(to.body, body) : body };
        const route = `POST ${REPO}/issues/{number}/comments`;
        return `comment-${(await ask({ what, route, parameters, answer: IssueComment, signal })).id}`;
      }
      // GitHub takes answers to the first remark of a thread only.
      const id = (to.inReplyTo ?? to.id).slice('line-'.length);
      const parameters = { ...project, number, id, body };
      const route = `POST ${PULL}/comments/{id}/replies`;
      return `line-${(await ask({ what, route, parameters, answer: LineComment, signal })).id}`;
    },

    async merge(project, { number, branch, head, message }, signal) {
      const what = `merging pull request ${number}`;
      const { mergeQueue, upToDate } = await protection(project, branch, signal);
      if (mergeQueue) return { queueOnly: `GitHub's own merge queue stands before ${branch}` };
      if (!upToDate) {
        const rule = `require branches to be up to date before they are merged into ${branch}`;
        const seen = upToDate === null ? ', and let Signalbox read that (administration: read)' : '';
        return { refused: `GitHub could merge something else than what was validated: ${rule}${seen}` };
      }
      const [title = '', ...rest] = message.split('\n');
      const text = { commit_title: title, commit_message: rest.join('\n').trim() };
      const parameters = { ...project, number, sha: head, merge_method: 'merge', ...text };
      const answer = z.object({ sha: z.string(), merged: z.literal(true) });
      try {
        return { merged: (await askRaw({ what, route: `PUT ${PULL}/merge`, parameters, answer, signal })).sha };
      } catch (error) {
        if ([405, 409, 422].includes(statusOf(error) ?? 0))
          return { refused: `GitHub does not merge it: ${textOf(error)}` };
        throw failed(error, what);
      }
    },

    // GitHub sees by itself when the head of a pull request is in its base.
    markMerged: async () => undefined,

    async statuses(project, commit, name, signal) {
      const call = { what: `the statuses of ${commit}`, route: `GET ${REPO}/commits/{commit}/statuses`, signal };
      const found = await all({ ...call, parameters: { ...project, commit }, answer: z.array(Status) });
      return found
        .filter(({ context }) => context === name)
        .toSorted((one, other) => other.id - one.id)
        .map(({ id, state, description, target_url: detailsUrl }) => ({
          ...{ id, name, state, title: description ?? '', detailsUrl },
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
