import { randomUUID } from 'node:crypto';
import { GraphQLError } from 'graphql';

// What a Linear workspace holds, and how it answers Linear's GraphQL. In memory; used by the fake server.

export interface Person {
  readonly id: string;
  readonly name: string;
  /** A program that acts under its own name. */
  readonly app?: boolean;
}

export interface StoredComment {
  readonly id: string;
  readonly body: string;
  readonly createdAt: string;
  readonly author: Person;
}

/** One change of an issue's state. */
export interface StoredChange {
  readonly createdAt: string;
  readonly actor: Person;
  readonly toState: WorkflowState;
}

export interface StoredIssue {
  readonly id: string;
  readonly identifier: string;
  readonly title: string;
  readonly description: string;
  readonly url: string;
  readonly createdAt: string;
  readonly team: StoredTeam;
  readonly project: string | undefined;
  readonly creator: Person;
  readonly comments: StoredComment[];
  readonly history: StoredChange[];
  readonly attachments: { readonly title: string; readonly url: string }[];
  delegate?: Person;
  labels: readonly string[];
  state: WorkflowState;
}

export interface WorkflowState {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly position: number;
}

export interface StoredTeam {
  readonly id: string;
  readonly key: string;
  readonly states: readonly WorkflowState[];
}

/** One change that a caller of the API made: what the tests count. */
export interface LedgerEntry {
  readonly effect: 'commentCreate' | 'issueUpdate' | 'agentActivityCreate';
  readonly issue: string;
  /** The comment's id, or the name of the new state. */
  readonly key: string;
}

export interface NewIssue {
  readonly key: string;
  readonly title: string;
  readonly description: string;
  readonly labels?: readonly string[];
  readonly project?: string;
  readonly creator?: Person;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** What has a body only. */
const SPOKEN = ['thought', 'elicitation', 'response', 'error'];

interface NewActivity {
  readonly id?: string;
  readonly agentSessionId: string;
  readonly content: { readonly type: string; readonly body?: unknown };
}

export interface StoredActivity {
  readonly id: string;
  readonly createdAt: string;
  readonly type: string;
  readonly body: string;
}

interface IssueUpdate {
  readonly stateId?: string;
  readonly delegateId?: string;
}

interface IssuesQuery {
  readonly filter?: {
    readonly labels?: { readonly some?: { readonly name?: { readonly eqIgnoreCase?: string } } };
    readonly state?: { readonly type?: { readonly nin?: readonly string[] } };
  };
  readonly after?: string | null;
}

/** As a new team of Linear's has them. "In Review" comes after "In Progress", although both are of type started. */
const STATES = [
  ['Triage', 'triage'],
  ['Backlog', 'backlog'],
  ['Todo', 'unstarted'],
  ['In Review', 'started', 1_002],
  ['In Progress', 'started'],
  ['Done', 'completed'],
  ['Canceled', 'canceled'],
] as const;

export class LinearWorkspace {
  viewer: Person = { id: randomUUID(), name: 'signalbox' };
  readonly issues = new Map<string, StoredIssue>();
  readonly ledger: LedgerEntry[] = [];
  readonly #teams = new Map<string, StoredTeam>();
  readonly #labels = new Map<string, string>();
  #address = '';

  /** What was said in each agent session, oldest first. */
  readonly sessions = new Map<string, StoredActivity[]>();

  /** Where the pages of issues are served. */
  set address(url: string) {
    this.#address = url;
  }

  addIssue({ key, title, description, labels = [], project, creator = person('reporter') }: NewIssue): StoredIssue {
    const team = this.#team(key.slice(0, key.lastIndexOf('-')));
    const state = team.states.find(({ type }) => type === 'unstarted');
    if (!state) throw new Error(`team ${team.key} has no state to begin with`);
    const issue = {
      ...{ id: randomUUID(), identifier: key, title, description, url: `${this.#address}/issue/${key}` },
      ...{ createdAt: new Date().toISOString(), team, project, creator, comments: [], history: [], attachments: [] },
      ...{ labels, state },
    };
    this.issues.set(key, issue);
    return issue;
  }

  issue(idOrKey: string): StoredIssue {
    const issue = this.issues.get(idOrKey) ?? [...this.issues.values()].find(({ id }) => id === idOrKey);
    if (!issue) throw refusal('Entity not found: Issue', 'Could not find referenced Issue.');
    return issue;
  }

  labelId(name: string): string {
    const id = this.#labels.get(name) ?? randomUUID();
    this.#labels.set(name, id);
    return id;
  }

  addComment(
    issue: StoredIssue,
    { body, author, id = randomUUID() }: Omit<StoredComment, 'createdAt' | 'id'> & { id?: string },
  ) {
    const comment = { id, body, author, createdAt: new Date(Date.now() + issue.comments.length).toISOString() };
    issue.comments.push(comment);
    return comment;
  }

  /** The issue is in this state from now on; each change is later than the one before by Linear's clock. */
  move(issue: StoredIssue, name: string, actor: Person): void {
    const toState = issue.team.states.find((candidate) => candidate.name === name);
    if (!toState) throw new Error(`team ${issue.team.key} has no state "${name}"`);
    issue.state = toState;
    const createdAt = new Date(Math.max(Date.now(), Date.parse(updatedAt(issue)) + 1)).toISOString();
    issue.history.push({ createdAt, actor, toState });
  }

  /** Root of graphql-js: fields and mutations by name. */
  readonly root = {
    viewer: () => user(this.viewer),
    issue: ({ id }: { id: string }) => this.#issueNode(this.issue(id)),
    issues: (query: IssuesQuery) => this.#issues(query),
    comment: ({ id }: { id: string }) => {
      for (const issue of this.issues.values()) {
        const comment = issue.comments.find((candidate) => candidate.id === id);
        if (comment) return this.#commentNode(issue, comment);
      }
      throw refusal('Entity not found: Comment', 'Could not find referenced Comment.');
    },
    commentCreate: ({ input }: { input: { id?: string; issueId?: string; body?: string } }) => this.#create(input),
    agentActivity: ({ id }: { id: string }) => {
      const activity = [...this.sessions.values()].flat().find((one) => one.id === id);
      if (!activity) throw refusal('Entity not found: AgentActivity', 'Could not find referenced AgentActivity.');
      return activity;
    },
    agentActivityCreate: ({ input }: { input: NewActivity }) => this.#speak(input),
    issueUpdate: ({ id, input }: { id: string; input: IssueUpdate }) => this.#update(id, input),
  };

  /** Two a page, so that whoever reads has to turn it. */
  #issues({ filter, after }: IssuesQuery) {
    const label = filter?.labels?.some?.name?.eqIgnoreCase?.toLowerCase();
    const types = filter?.state?.type?.nin ?? [];
    const found = [...this.issues.values()].filter(
      ({ labels, state }) =>
        (label === undefined || labels.some((name) => name.toLowerCase() === label)) && !types.includes(state.type),
    );
    const end = Number(after ?? 0) + 2;
    const nodes = found.slice(end - 2, end).map((issue) => this.#issueNode(issue));
    const hasNextPage = end < found.length;
    return { ...page(nodes), pageInfo: { hasNextPage, hasPreviousPage: end > 2, endCursor: String(end) } };
  }

  #speak({ id = randomUUID(), agentSessionId, content }: NewActivity) {
    const said = this.sessions.get(agentSessionId);
    if (!said) throw refusal('Entity not found: AgentSession', 'Could not find referenced AgentSession.');
    if (!UUID.test(id)) throw refusal('Argument Validation Error', 'id must be a UUID');
    if (!SPOKEN.includes(content.type) || typeof content.body !== 'string' || content.body === '') {
      throw refusal('Argument Validation Error', 'content must be a valid activity content');
    }
    if ([...this.sessions.values()].flat().some((one) => one.id === id)) {
      throw refusal('Conflict on insert of AgentActivity', `An activity with the id ${id} exists already.`);
    }
    const activity = { id, createdAt: new Date().toISOString(), type: content.type, body: content.body };
    said.push(activity);
    this.ledger.push({ effect: 'agentActivityCreate', issue: agentSessionId, key: id });
    return { success: true, lastSyncId: this.ledger.length, agentActivity: activity };
  }

  #create({ id = randomUUID(), issueId = '', body = '' }: { id?: string; issueId?: string; body?: string }) {
    if (!UUID.test(id)) {
      throw refusal('Argument Validation Error', 'id must be a UUID');
    }
    const issue = this.issue(issueId);
    if ([...this.issues.values()].some(({ comments }) => comments.some((comment) => comment.id === id))) {
      throw refusal('Conflict on insert of Comment', `A comment with the id ${id} exists already.`);
    }
    const comment = this.addComment(issue, { id, body, author: this.viewer });
    this.ledger.push({ effect: 'commentCreate', issue: issue.identifier, key: id });
    return { success: true, lastSyncId: this.ledger.length, comment: this.#commentNode(issue, comment) };
  }

  #update(id: string, { stateId, delegateId }: IssueUpdate) {
    const issue = this.issue(id);
    if (delegateId !== undefined) this.#delegate(issue, delegateId);
    if (stateId !== undefined) this.#move(issue, stateId);
    return { success: true, lastSyncId: this.ledger.length, issue: this.#issueNode(issue) };
  }

  #move(issue: StoredIssue, stateId: string): void {
    const state = issue.team.states.find((candidate) => candidate.id === stateId);
    if (!state) throw refusal('Entity not found: WorkflowState', 'Could not find referenced WorkflowState.');
    this.move(issue, state.name, this.viewer);
    this.ledger.push({ effect: 'issueUpdate', issue: issue.identifier, key: state.name });
  }

  /** Only to an app: issues are assigned to people. */
  #delegate(issue: StoredIssue, delegateId: string): void {
    if (!this.viewer.app || delegateId !== this.viewer.id) {
      throw refusal('Entity not found: User', 'Could not find referenced User.');
    }
    issue.delegate = this.viewer;
    this.ledger.push({ effect: 'issueUpdate', issue: issue.identifier, key: 'delegate' });
  }

  #issueNode(issue: StoredIssue) {
    const { id, identifier, title, description, url, createdAt, team, state, creator, project, labels } = issue;
    const labelNodes = labels.map((name) => ({ id: this.labelId(name), name, color: '#888888' }));
    return {
      ...{ id, identifier, title, description, url, createdAt, updatedAt: updatedAt(issue), state },
      labels: () => page(labelNodes),
      labelIds: labelNodes.map((label) => label.id),
      team: { id: team.id, key: team.key, name: team.key, states: () => page(team.states) },
      project: project ? { id: `project-${project}`, name: project } : null,
      creator: user(creator),
      delegate: issue.delegate ? user(issue.delegate) : null,
      attachments: () => page(issue.attachments.map((one, index) => ({ ...one, id: `attachment-${index}` }))),
      history: ({ first = 50 }: { first?: number }) => {
        const changes = issue.history.toReversed().slice(0, first);
        return page(changes.map(({ actor, ...change }, index) => ({ ...change, id: index, actor: user(actor) })));
      },
      comments: ({ first = 50, filter }: { first?: number; filter?: { id?: { eq?: string } } }) => {
        const wanted = filter?.id?.eq;
        // Newest first, as Linear pages.
        const found = issue.comments.toReversed().filter((comment) => wanted === undefined || comment.id === wanted);
        return page(found.slice(0, first).map((comment) => this.#commentNode(issue, comment)));
      },
    };
  }

  #commentNode({ id: issueId, url }: StoredIssue, { id, body, createdAt, author }: StoredComment) {
    return { id, body, createdAt, user: user(author), issueId, url: `${url}#comment-${id}` };
  }

  #team(key: string): StoredTeam {
    const states = STATES.map(([name, type, position], index) => ({
      ...{ id: randomUUID(), name, type, position: position ?? 1_000 + index / 100 },
    }));
    const team = this.#teams.get(key) ?? { id: randomUUID(), key, states };
    this.#teams.set(key, team);
    return team;
  }
}

function updatedAt({ createdAt, history }: StoredIssue): string {
  return history.at(-1)?.createdAt ?? createdAt;
}

export function person(name: string): Person {
  return { id: `user-${name}`, name };
}

function user({ id, name, app = false }: Person) {
  return { id, name, displayName: name, email: `${name}@example.com`, isMe: name === 'signalbox', app };
}

function page<Node>(nodes: readonly Node[]) {
  return { nodes, pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null } };
}

/** Linear's way to say that the caller is wrong. */
function refusal(message: string, userPresentableMessage: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: {
      type: 'invalid input',
      code: 'INPUT_ERROR',
      statusCode: 400,
      userError: true,
      userPresentableMessage,
    },
  });
}
