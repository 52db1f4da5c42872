import { assertAdf } from './jira-adf.js';

// What a Jira site holds, and how it answers. In memory; used by the fake server.

export interface JiraPerson {
  readonly id: string;
  readonly name: string;
}

export interface StoredJiraComment {
  readonly id: string;
  /** A document in Cloud, a text in Data Center. */
  readonly body: unknown;
  readonly created: string;
  readonly author: JiraPerson;
}

interface Status {
  readonly id: string;
  readonly name: string;
  readonly category: 'new' | 'indeterminate' | 'done';
}

interface Transition {
  readonly id: string;
  readonly to: string;
  /** Without a value for it Jira refuses the transition. */
  readonly requires?: string;
}

export interface StoredJiraIssue {
  readonly id: string;
  readonly key: string;
  readonly summary: string;
  readonly description: unknown;
  readonly reporter: JiraPerson;
  readonly comments: StoredJiraComment[];
  readonly changes: { readonly at: string; readonly author: JiraPerson; readonly to: string }[];
  readonly attachments: {
    readonly id: string;
    readonly filename: string;
    readonly content: Buffer;
    readonly type: string;
  }[];
  readonly created: string;
  labels: readonly string[];
  status: Status;
}

export interface NewJiraIssue {
  readonly key: string;
  readonly summary: string;
  readonly description?: unknown;
  readonly labels?: readonly string[];
  readonly reporter?: JiraPerson;
}

/** "In Review" stands before "In Progress" in no list, and no name tells what a status means. */
const STATUSES: readonly Status[] = [
  { id: '1', name: 'Offen', category: 'new' },
  { id: '2', name: 'In Arbeit', category: 'indeterminate' },
  { id: '3', name: 'In Prüfung', category: 'indeterminate' },
  { id: '4', name: "Won't Do", category: 'done' },
  { id: '5', name: 'Fertig', category: 'done' },
];

const TRANSITIONS: readonly Transition[] = [
  { id: '11', to: '1' },
  { id: '21', to: '2' },
  { id: '31', to: '3', requires: 'customfield_1' },
  { id: '41', to: '4' },
  { id: '51', to: '5' },
];

/** Jira's way to say that the caller is wrong. */
export class JiraRefusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export class JiraSite {
  readonly self: JiraPerson = { id: 'account-signalbox', name: 'Signalbox' };
  readonly issues = new Map<string, StoredJiraIssue>();
  /** Changes that a caller of the API made: what the tests count. */
  readonly ledger: { readonly effect: 'comment' | 'transition'; readonly issue: string; readonly key: string }[] = [];
  transitions = TRANSITIONS;
  readonly #cloud: boolean;
  #last = 10_000;
  #clock = Date.now();

  constructor(cloud: boolean) {
    this.#cloud = cloud;
  }

  addIssue({ key, summary, description = null, labels = [], reporter = jiraPerson('reporter') }: NewJiraIssue) {
    const issue: StoredJiraIssue = {
      ...{ id: this.#id(), key, summary, description, labels, reporter, created: this.#now() },
      ...{ comments: [], changes: [], attachments: [], status: this.#status('1') },
    };
    this.issues.set(key, issue);
    return issue;
  }

  issue(idOrKey: string): StoredJiraIssue {
    const issue = this.issues.get(idOrKey) ?? [...this.issues.values()].find(({ id }) => id === idOrKey);
    if (!issue) throw new JiraRefusal(404, 'Issue does not exist or you do not have permission to see it.');
    return issue;
  }

  addComment(key: string, body: unknown, author: JiraPerson): StoredJiraComment {
    const comment = { id: this.#id(), body, created: this.#now(), author };
    this.issue(key).comments.push(comment);
    return comment;
  }

  move(key: string, status: string, author: JiraPerson): void {
    const issue = this.issue(key);
    issue.status = this.#status(status);
    issue.changes.push({ at: this.#now(), author, to: status });
  }

  /** One call of the API: the path below `/rest/api/<version>/`. */
  answer(method: string, path: string, query: URLSearchParams, body: unknown): unknown {
    const [what, key = '', part] = path.split('/').map(decodeURIComponent);
    const call = `${method} ${[what, ...(key ? ['*'] : []), ...(part ? [part] : [])].join('/')}`;
    switch (call) {
      case 'GET myself':
        return this.#person(this.self);
      case 'GET status':
        return STATUSES.map(statusNode);
      case 'GET issue/*':
        return this.#issueNode(this.issue(key), query);
      case 'GET issue/*/comment':
        return this.#comments(this.issue(key), query);
      case 'POST issue/*/comment':
        return this.#comment(key, body as { body?: unknown });
      case 'GET issue/*/transitions':
        return { transitions: this.#open(key).map((one) => this.#transitionNode(one, query)) };
      case 'POST issue/*/transitions':
        return this.#transition(key, body as { transition?: { id?: string }; fields?: Record<string, unknown> });
      case this.#cloud ? 'GET search/*' : 'GET search':
        return this.#search(query);
      default:
        throw new JiraRefusal(404, `there is no ${method} ${path}`);
    }
  }

  #comment(key: string, { body }: { body?: unknown }) {
    if (this.#cloud) {
      try {
        assertAdf(body);
      } catch (error) {
        throw new JiraRefusal(400, `INVALID_INPUT: ${error instanceof Error ? error.message : ''}`);
      }
    } else if (typeof body !== 'string') throw new JiraRefusal(400, 'Comment body must be a string');
    const comment = this.addComment(key, body, this.self);
    this.ledger.push({ effect: 'comment', issue: key, key: comment.id });
    return this.#commentNode(comment);
  }

  #transition(
    key: string,
    { transition, fields = {} }: { transition?: { id?: string }; fields?: Record<string, unknown> },
  ) {
    const chosen = this.#open(key).find(({ id }) => id === transition?.id);
    if (!chosen) throw new JiraRefusal(400, 'It is not possible to apply this transition from here.');
    if (chosen.requires && !(chosen.requires in fields)) throw new JiraRefusal(400, `${chosen.requires} is required.`);
    this.move(key, chosen.to, this.self);
    this.ledger.push({ effect: 'transition', issue: key, key: this.#status(chosen.to).name });
    return undefined;
  }

  /** All of this workflow are global: from every status, the one that it leads to included. */
  #open(key: string): readonly Transition[] {
    return this.issue(key) && this.transitions;
  }

  #transitionNode({ id, to, requires }: Transition, query: URLSearchParams) {
    const fields = { ...(requires && { [requires]: { required: true, hasDefaultValue: false } }) };
    const expanded = query.get('expand') === 'transitions.fields' ? { fields } : {};
    return { id, name: `to ${to}`, to: statusNode(this.#status(to)), ...expanded };
  }

  #issueNode(issue: StoredJiraIssue, query: URLSearchParams) {
    const { id, key, summary, description, labels, reporter, status, created, changes, attachments } = issue;
    const project = key.slice(0, key.lastIndexOf('-'));
    const all: Record<string, unknown> = {
      ...{ summary, description, labels, status: statusNode(status), updated: changes.at(-1)?.at ?? created },
      ...{ project: { key: project, name: `Project ${project}` }, reporter: this.#person(reporter) },
      attachment: attachments.map(({ content, type, ...one }) => ({
        ...{ ...one, size: content.length, mimeType: type, content: `${this.address}/attachment/${one.id}` },
      })),
    };
    const wanted = query.get('fields')?.split(',') ?? Object.keys(all);
    const histories = changes.map(({ at, author, to }) => ({
      ...{ created: at, author: this.#person(author), items: [{ field: 'status', to }] },
    }));
    return {
      ...{ id, key, fields: Object.fromEntries(wanted.map((name) => [name, all[name] ?? null])) },
      ...(query.get('expand')?.includes('changelog') && { changelog: { histories } }),
    };
  }

  address = '';

  #comments({ comments }: StoredJiraIssue, query: URLSearchParams) {
    const startAt = Number(query.get('startAt') ?? 0);
    const ordered = query.get('orderBy') === '-created' ? comments.toReversed() : comments;
    const page = ordered.slice(startAt, startAt + Number(query.get('maxResults') ?? 50));
    return { startAt, total: comments.length, comments: page.map((comment) => this.#commentNode(comment)) };
  }

  #commentNode({ id, body, created, author }: StoredJiraComment) {
    return { id, body, created, author: this.#person(author) };
  }

  #search(query: URLSearchParams) {
    const jql = query.get('jql') ?? '';
    const label = /^labels = "([^"\\]+)" AND statusCategory != Done ORDER BY created ASC$/.exec(jql)?.[1];
    if (label === undefined) throw new JiraRefusal(400, `Error in the JQL Query: ${jql}`);
    const found = [...this.issues.values()].filter(
      ({ labels, status }) => labels.includes(label) && status.category !== 'done',
    );
    // Jira gives fewer than were asked for when it likes.
    const size = Math.min(2, Number(query.get('maxResults') ?? 50));
    const start = Number(query.get(this.#cloud ? 'nextPageToken' : 'startAt') ?? 0);
    const issues = found.slice(start, start + size).map((issue) => this.#issueNode(issue, query));
    if (!this.#cloud) return { startAt: start, total: found.length, issues };
    return { issues, ...(start + size < found.length ? { nextPageToken: String(start + size) } : { isLast: true }) };
  }

  #person({ id, name }: JiraPerson) {
    return this.#cloud ? { accountId: id, displayName: name } : { key: id, name: id, displayName: name };
  }

  #status(id: string): Status {
    const status = STATUSES.find((candidate) => candidate.id === id);
    if (!status) throw new Error(`there is no status ${id}`);
    return status;
  }

  #id(): string {
    return String(++this.#last);
  }

  /** Jira's own clock, later at each event. */
  #now(): string {
    this.#clock = Math.max(this.#clock + 1, Date.now());
    return new Date(this.#clock).toISOString().replace('Z', '+0000');
  }
}

function statusNode({ id, name, category }: Status) {
  return { id, name, statusCategory: { key: category, name: category } };
}

export function jiraPerson(name: string): JiraPerson {
  return { id: `account-${name}`, name };
}
