/**
 * The part of Linear's GraphQL schema that Signalbox uses, with the names, types and nullability of the original
 * (linear/linear, packages/sdk/src/schema.graphql).
 */
export const LINEAR_SCHEMA = `
scalar DateTime

type Query {
  comment(hash: String, id: String): Comment!
  issue(id: String!): Issue!
  agentActivity(id: String!): AgentActivity!
  issues(after: String, filter: IssueFilter, first: Int, orderBy: PaginationOrderBy): IssueConnection!
  viewer: User!
}

type Mutation {
  commentCreate(input: CommentCreateInput!): CommentPayload!
  agentActivityCreate(input: AgentActivityCreateInput!): AgentActivityPayload!
  issueUpdate(id: String!, input: IssueUpdateInput!): IssuePayload!
}

type User { id: ID! name: String! displayName: String! email: String! isMe: Boolean! app: Boolean! }

type Project { id: ID! name: String! }

type IssueLabel { id: ID! name: String! color: String! }
type IssueLabelConnection { nodes: [IssueLabel!]! pageInfo: PageInfo! }

type WorkflowState { id: ID! name: String! type: String! position: Float! }
type WorkflowStateConnection { nodes: [WorkflowState!]! pageInfo: PageInfo! }

type Team {
  id: ID!
  key: String!
  name: String!
  states(after: String, first: Int, includeArchived: Boolean): WorkflowStateConnection!
}

type Comment { id: ID! body: String! createdAt: DateTime! url: String! user: User issue: Issue issueId: String }
type CommentConnection { nodes: [Comment!]! pageInfo: PageInfo! }
type CommentPayload { comment: Comment! lastSyncId: Float! success: Boolean! }

scalar JSONObject
type AgentActivity { id: ID! createdAt: DateTime! }
type AgentActivityPayload { agentActivity: AgentActivity! lastSyncId: Float! success: Boolean! }

type IssueHistory { id: ID! createdAt: DateTime! actor: User toState: WorkflowState }
type IssueHistoryConnection { nodes: [IssueHistory!]! pageInfo: PageInfo! }

type Attachment { id: ID! title: String! subtitle: String url: String! }
type AttachmentConnection { nodes: [Attachment!]! pageInfo: PageInfo! }

type Issue {
  id: ID!
  identifier: String!
  title: String!
  description: String
  url: String!
  createdAt: DateTime!
  updatedAt: DateTime!
  labels(after: String, first: Int, includeArchived: Boolean): IssueLabelConnection!
  labelIds: [String!]!
  team: Team!
  state: WorkflowState!
  project: Project
  creator: User
  delegate: User
  attachments(after: String, first: Int, includeArchived: Boolean): AttachmentConnection!
  history(after: String, first: Int, includeArchived: Boolean): IssueHistoryConnection!
  comments(after: String, filter: CommentFilter, first: Int, includeArchived: Boolean): CommentConnection!
}
type IssueConnection { nodes: [Issue!]! pageInfo: PageInfo! }
enum PaginationOrderBy { createdAt updatedAt }
type IssuePayload { issue: Issue lastSyncId: Float! success: Boolean! }

type PageInfo { endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }

input IDComparator { eq: ID in: [ID!] neq: ID nin: [ID!] }
input StringComparator { eq: String eqIgnoreCase: String in: [String!] neq: String nin: [String!] }
input IssueLabelFilter { name: StringComparator }
input IssueLabelCollectionFilter { some: IssueLabelFilter every: IssueLabelFilter name: StringComparator }
input WorkflowStateFilter { name: StringComparator type: StringComparator }
input IssueFilter { labels: IssueLabelCollectionFilter state: WorkflowStateFilter }
input CommentFilter { id: IDComparator }
enum AgentActivitySignal { auth continue select stop }
input AgentActivityCreateInput {
  agentSessionId: String!
  content: JSONObject!
  ephemeral: Boolean
  id: String
  signal: AgentActivitySignal
  signalMetadata: JSONObject
}
input CommentCreateInput { body: String id: String issueId: String parentId: String }
input IssueUpdateInput {
  addedLabelIds: [String!]
  delegateId: String
  labelIds: [String!]
  removedLabelIds: [String!]
  stateId: String
}
`;
