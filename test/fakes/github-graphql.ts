import { buildSchema, GraphQLError, graphqlSync } from 'graphql';
import type { GithubAnswer } from './github-routes.js';
import type { FakePull, GithubState } from './github-state.js';

// GitHub's other API. The types, names and what may be null are those of the schema that GitHub publishes, cut to what is
// used (docs.github.com/graphql, octokit/graphql-schema).

const SCHEMA = buildSchema(`
scalar DateTime
scalar GitObjectID

type Query { repository(followRenames: Boolean = true, name: String!, owner: String!): Repository }
type Mutation {
  convertPullRequestToDraft(input: ConvertPullRequestToDraftInput!): ConvertPullRequestToDraftPayload
  enqueuePullRequest(input: EnqueuePullRequestInput!): EnqueuePullRequestPayload
  markPullRequestReadyForReview(input: MarkPullRequestReadyForReviewInput!): MarkPullRequestReadyForReviewPayload
}

input ConvertPullRequestToDraftInput { clientMutationId: String pullRequestId: ID! }
type ConvertPullRequestToDraftPayload { clientMutationId: String pullRequest: PullRequest }
input MarkPullRequestReadyForReviewInput { clientMutationId: String pullRequestId: ID! }
type MarkPullRequestReadyForReviewPayload { clientMutationId: String pullRequest: PullRequest }
input EnqueuePullRequestInput { clientMutationId: String expectedHeadOid: GitObjectID jump: Boolean pullRequestId: ID! }
type EnqueuePullRequestPayload { clientMutationId: String mergeQueueEntry: MergeQueueEntry }

interface Node { id: ID! }
type Repository { pullRequest(number: Int!): PullRequest }
type Commit { oid: GitObjectID! }
type PullRequest implements Node {
  id: ID!
  number: Int!
  isDraft: Boolean!
  merged: Boolean!
  headRefOid: GitObjectID!
  mergeCommit: Commit
  mergeQueueEntry: MergeQueueEntry
  timelineItems(
    after: String before: String first: Int itemTypes: [PullRequestTimelineItemsItemType!] last: Int since: DateTime
    skip: Int
  ): PullRequestTimelineItemsConnection!
}
enum MergeQueueEntryState { AWAITING_CHECKS LOCKED MERGEABLE QUEUED UNMERGEABLE }
type MergeQueueEntry implements Node {
  baseCommit: Commit
  enqueuedAt: DateTime!
  headCommit: Commit
  id: ID!
  jump: Boolean!
  position: Int!
  pullRequest: PullRequest
  solo: Boolean!
  state: MergeQueueEntryState!
}
enum PullRequestTimelineItemsItemType { ADDED_TO_MERGE_QUEUE_EVENT REMOVED_FROM_MERGE_QUEUE_EVENT }
type PullRequestTimelineItemsConnection { nodes: [PullRequestTimelineItems] totalCount: Int! }
union PullRequestTimelineItems = RemovedFromMergeQueueEvent
type RemovedFromMergeQueueEvent implements Node {
  beforeCommit: Commit
  createdAt: DateTime!
  id: ID!
  pullRequest: PullRequest
  reason: String
}
`);

interface Asked {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

interface Input {
  readonly input: { readonly pullRequestId: string; readonly expectedHeadOid?: string };
}

/** `problems`: what GitHub would not have understood. */
export function answerGraphql(state: GithubState, { query, variables }: Asked, problems: string[]): GithubAnswer {
  const answer = graphqlSync({
    ...{ schema: SCHEMA, source: query, variableValues: variables },
    rootValue: rootOf(state),
  });
  const { data = null, errors = [] } = answer;
  // GitHub answers what it refuses with its own words; a query that is wrong never gets so far.
  problems.push(...errors.filter(({ path }) => path === undefined).map(({ message }) => `graphql: ${message}`));
  return { status: 200, body: { data, ...(errors.length > 0 && { errors }) } };
}

function rootOf(state: GithubState) {
  const pullOf = ({ input }: Input): FakePull => {
    const pull = state.pull(Number(input.pullRequestId.slice('PR_'.length)));
    if (!pull) throw new GraphQLError('Could not resolve to a node');
    return pull;
  };
  const drafted = (draft: boolean) => (asked: Input) => {
    const pull = pullOf(asked);
    pull.draft = draft;
    return { pullRequest: pullData(state, pull) };
  };
  return {
    repository: ({ owner, name }: { readonly owner: string; readonly name: string }) =>
      owner === 'acme' && name === 'shop'
        ? {
            pullRequest({ number }: { readonly number: number }) {
              const pull = state.pull(number);
              return pull ? pullData(state, pull) : null;
            },
          }
        : null,
    convertPullRequestToDraft: drafted(true),
    markPullRequestReadyForReview: drafted(false),
    enqueuePullRequest(asked: Input) {
      const entry = state.enqueue(pullOf(asked), asked.input.expectedHeadOid);
      if (typeof entry === 'string') throw new GraphQLError(entry);
      return { mergeQueueEntry: { ...entry, ...ENTRY } };
    },
  };
}

const ENTRY = { jump: false, solo: false, state: 'QUEUED' } as const;

function pullData(state: GithubState, pull: FakePull) {
  const at = state.queue.findIndex(({ number }) => number === pull.number);
  const entry = state.queue[at];
  const removed = state.removed.filter(({ number }) => number === pull.number);
  return {
    ...{ id: `PR_${pull.number}`, number: pull.number, isDraft: pull.draft, headRefOid: pull.head },
    merged: pull.merged !== undefined,
    mergeCommit: pull.merged && { oid: pull.merged.commit },
    mergeQueueEntry: entry && { ...entry, ...ENTRY, position: at + 1 },
    timelineItems: ({ last }: { readonly last: number }) => ({
      totalCount: removed.length,
      nodes: removed.slice(-last).map((event) => ({ __typename: 'RemovedFromMergeQueueEvent', ...event })),
    }),
  };
}
