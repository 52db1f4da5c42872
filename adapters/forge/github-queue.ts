import { z } from 'zod';
import type { QueuePlace } from '../../schemas/pull-request.js';
import { permanent } from './failure.js';
import type { Graphql } from './github-graphql.js';
import type { Cancel, ForgeQueue, Project } from './wire.js';

// GitHub's own merge queue. Only its GraphQL API can put a pull request there.

const PLACE = `query SignalboxQueue($owner: String!, $repo: String!, $number: Int!) {
  repository(owner: $owner, name: $repo) {
    pullRequest(number: $number) {
      merged
      headRefOid
      mergeQueueEntry { id position state }
      timelineItems(last: 1, itemTypes: [REMOVED_FROM_MERGE_QUEUE_EVENT]) {
        nodes { ... on RemovedFromMergeQueueEvent { id reason } }
      }
    }
  }
}`;
const ENQUEUE = `mutation SignalboxEnqueue($id: ID!, $head: GitObjectID!) {
  enqueuePullRequest(input: { pullRequestId: $id, expectedHeadOid: $head }) { mergeQueueEntry { id } }
}`;

const Removed = z.object({ id: z.string(), reason: z.string().nullable() });
const Place = z.object({
  repository: z
    .object({
      pullRequest: z
        .object({
          merged: z.boolean(),
          headRefOid: z.string(),
          mergeQueueEntry: z.object({ id: z.string(), position: z.number(), state: z.string() }).nullable(),
          timelineItems: z.object({ nodes: z.array(Removed.nullable()).nullable() }),
        })
        .nullable(),
    })
    .nullable(),
});
const Enqueued = z.object({
  enqueuePullRequest: z.object({ mergeQueueEntry: z.object({ id: z.string() }).nullable() }).nullable(),
});

/** `idOf`: how the other API calls a pull request. */
export function githubQueue(
  graphql: Graphql,
  idOf: (project: Project, number: number, signal: Cancel) => Promise<string>,
): ForgeQueue {
  async function read(project: Project, number: number, signal: Cancel): Promise<QueuePlace> {
    const what = `the merge queue and pull request ${number}`;
    const variables = { ...project, number };
    const { data, refused } = await graphql({ what, project, query: PLACE, variables, data: Place, signal });
    const pull = data?.repository?.pullRequest;
    if (!pull) throw permanent('ItemNotFound', `${what}: ${refused || 'GitHub has no such pull request'}`);
    const { merged, headRefOid: head, mergeQueueEntry: entry } = pull;
    const last = pull.timelineItems.nodes?.at(-1);
    return {
      head,
      state: merged ? 'merged' : entry ? 'queued' : 'out',
      ...(entry && { entry: entry.id, position: entry.position }),
      ...(last && { removed: { id: last.id, reason: last.reason ?? 'no reason is given' } }),
    };
  }

  return {
    read,
    async join(project, { number, head }, signal) {
      const what = `pull request ${number} into the merge queue`;
      const variables = { id: await idOf(project, number, signal), head };
      const { data, refused } = await graphql({ what, project, query: ENQUEUE, variables, data: Enqueued, signal });
      const entry = data?.enqueuePullRequest?.mergeQueueEntry;
      return entry ? { entry: entry.id } : { refused: refused || 'GitHub does not say why' };
    },
  };
}
