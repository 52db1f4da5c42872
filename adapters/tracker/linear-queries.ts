import { z } from 'zod';

// What is asked of Linear, and what must come back. Kept small: Linear's quota counts every field.

/** One request to Linear, with the time that a request has at most. */
export type Ask = <Answer>(call: {
  readonly what: string;
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly answer: z.ZodType<Answer>;
  readonly signal?: AbortSignal;
}) => Promise<Answer>;

const Named = z.object({ id: z.string(), name: z.string() });
const User = z.object({ id: z.string(), displayName: z.string() });

export const ITEM_QUERY = `query SignalboxItem($id: String!, $comments: Int!) {
  viewer { id }
  issue(id: $id) {
    id identifier title description url
    labels(first: 50) { nodes { id name } }
    team { key }
    project { id name }
    creator { id displayName }
    attachments(first: 20) { nodes { title url } }
    comments(first: $comments) { nodes { id body createdAt user { id displayName } } }
  }
}`;

export const ItemAnswer = z.object({
  viewer: z.object({ id: z.string() }),
  issue: z.object({
    id: z.string(),
    identifier: z.string(),
    title: z.string(),
    description: z.string().nullable(),
    url: z.string(),
    labels: z.object({ nodes: z.array(Named) }),
    team: z.object({ key: z.string() }),
    project: Named.nullable(),
    creator: User.nullable(),
    attachments: z.object({ nodes: z.array(z.object({ title: z.string(), url: z.string() })) }),
    comments: z.object({
      nodes: z.array(z.object({ id: z.string(), body: z.string(), createdAt: z.string(), user: User.nullable() })),
    }),
  }),
});
export type ItemAnswer = z.infer<typeof ItemAnswer>;

export const LABELLED_QUERY = `query SignalboxLabelled($label: String!, $first: Int!, $after: String) {
  issues(
    first: $first, after: $after, orderBy: createdAt,
    filter: { labels: { some: { name: { eqIgnoreCase: $label } } }, state: { type: { nin: ["completed", "canceled"] } } }
  ) {
    nodes { identifier updatedAt }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const LabelledAnswer = z.object({
  issues: z.object({
    nodes: z.array(z.object({ identifier: z.string(), updatedAt: z.string() })),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }),
  }),
});

export type LabelledAnswer = z.infer<typeof LabelledAnswer>;

/** Archived ones too: a comment that somebody took away was made, and is not made again. */
export const COMMENT_QUERY = `query SignalboxComment($item: String!, $comment: ID!) {
  issue(id: $item) {
    id
    comments(first: 1, includeArchived: true, filter: { id: { eq: $comment } }) { nodes { id } }
  }
}`;

export const CommentAnswer = z.object({
  issue: z.object({ id: z.string(), comments: z.object({ nodes: z.array(z.object({ id: z.string() })) }) }),
});

export const COMMENT_MUTATION = `mutation SignalboxComment($input: CommentCreateInput!) {
  commentCreate(input: $input) { success comment { id } }
}`;

export const CommentCreated = z.object({
  commentCreate: z.object({ success: z.literal(true), comment: z.object({ id: z.string() }) }),
});

export const ACTIVITY_QUERY = `query SignalboxActivity($id: String!) { agentActivity(id: $id) { id } }`;

export const ActivityAnswer = z.object({ agentActivity: z.object({ id: z.string() }) });

export const ACTIVITY_MUTATION = `mutation SignalboxActivity($input: AgentActivityCreateInput!) {
  agentActivityCreate(input: $input) { success agentActivity { id } }
}`;

export const ActivityCreated = z.object({
  agentActivityCreate: z.object({ success: z.literal(true), agentActivity: z.object({ id: z.string() }) }),
});

export const STATE_QUERY = `query SignalboxState($id: String!) {
  viewer { id app }
  issue(id: $id) {
    id updatedAt
    delegate { id }
    state { type }
    team { key states(first: 100) { nodes { id type position } } }
  }
}`;

export const StateAnswer = z.object({
  viewer: z.object({ id: z.string(), app: z.boolean() }),
  issue: z.object({
    id: z.string(),
    updatedAt: z.string(),
    delegate: z.object({ id: z.string() }).nullable(),
    state: z.object({ type: z.string() }),
    team: z.object({
      key: z.string(),
      states: z.object({ nodes: z.array(z.object({ id: z.string(), type: z.string(), position: z.number() })) }),
    }),
  }),
});

export type StateAnswer = z.infer<typeof StateAnswer>;

export const HISTORY_QUERY = `query SignalboxHistory($id: String!, $changes: Int!) {
  viewer { id }
  issue(id: $id) { history(first: $changes) { nodes { createdAt actor { id } toState { type } } } }
}`;

export const HistoryAnswer = z.object({
  viewer: z.object({ id: z.string() }),
  issue: z.object({
    history: z.object({
      nodes: z.array(
        z.object({
          createdAt: z.string(),
          actor: z.object({ id: z.string() }).nullable(),
          toState: z.object({ type: z.string() }).nullable(),
        }),
      ),
    }),
  }),
});

export const STATE_MUTATION = `mutation SignalboxState($id: String!, $input: IssueUpdateInput!) {
  issueUpdate(id: $id, input: $input) { success }
}`;

export const StateSet = z.object({ issueUpdate: z.object({ success: z.literal(true) }) });
