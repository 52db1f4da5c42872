import { z } from 'zod';
import { commentMarker } from '../../schemas/comment-marker.js';
import { issueOf } from '../../schemas/issue-key.js';
import { permanent, type Rest } from './rest.js';

// Issues of a forge: GitHub's API, and Gitea's, which speaks the same words with a few of its own.

export type IssuesFlavour = 'github' | 'gitea';

/** Where one issue is. */
export interface Place {
  readonly project: string;
  readonly number: number;
  /** `/repos/<owner>/<repo>/issues/<number>`. */
  readonly path: string;
}

/** `id`: of the account, which keeps it when its name changes. */
const User = z.object({ login: z.string(), id: z.int().optional() });
const Label = z.object({ name: z.string() });

export const Issue = z.object({
  id: z.int(),
  number: z.int(),
  title: z.string(),
  body: z.string().nullish(),
  /** GitHub's: in it private pictures have addresses that may be read from for some minutes. */
  body_html: z.string().nullish(),
  /** Gitea's. */
  assets: z.array(z.object({ name: z.string(), uuid: z.string() })).nullish(),
  html_url: z.string(),
  state: z.enum(['open', 'closed']),
  updated_at: z.string(),
  comments: z.int(),
  labels: z.array(Label).nullish(),
  user: User.nullish(),
  pull_request: z.unknown().optional(),
});
export type Issue = z.infer<typeof Issue>;

const Comment = z.object({
  id: z.int(),
  body: z.string().nullish(),
  created_at: z.string(),
  user: User.nullish(),
});
export type IssueComment = z.infer<typeof Comment>;

/** GitHub's events, and the same in Gitea's timeline. */
const Event = z.object({
  event: z.string().nullish(),
  type: z.string().nullish(),
  created_at: z.string(),
  actor: User.nullish(),
  user: User.nullish(),
  label: Label.nullish(),
  body: z.string().nullish(),
});
export type IssueEvent = z.infer<typeof Event>;

export interface Issues extends Rest {
  readonly flavour: IssuesFlavour;
  /** Login of the account that writes. */
  readonly self: (signal?: AbortSignal) => Promise<string>;
  /** Throws `ItemNotFound` for a key of no configured project. */
  readonly place: (key: string) => Place;
  readonly issue: (place: Place, signal?: AbortSignal) => Promise<Issue>;
  /** Of the newest ones, oldest first. */
  readonly comments: (place: Place, count: number, signal?: AbortSignal) => Promise<readonly IssueComment[]>;
  readonly events: (place: Place, signal: AbortSignal) => Promise<readonly IssueEvent[]>;
  readonly withLabel: (project: string, label: string) => Promise<readonly Issue[]>;
  readonly isOurs: (comment: IssueComment, self: string) => boolean;
}

/** More than people write under one issue in a year; what lies before is not looked through. */
const PAGES = 10;

/** With the text as HTML too. */
const FULL = 'application/vnd.github.full+json';

export interface IssuesOver {
  readonly flavour: IssuesFlavour;
  readonly projects: readonly string[];
  /** Tells the account that writes; by default the token is asked, which that of an App can't be. */
  readonly login?: (() => Promise<string>) | undefined;
}

export function issuesOver(rest: Rest, { flavour, projects, login }: IssuesOver): Issues {
  const size = flavour === 'github' ? { name: 'per_page', most: 100 } : { name: 'limit', most: 50 };
  let known: string | undefined;
  const pageOf = (page: number) => ({ [size.name]: String(size.most), page: String(page) });

  /** From `first` until a page is not full. */
  async function pages<One>(path: string, answer: z.ZodType<One[]>, more: PagesOf): Promise<One[]> {
    const all: One[] = [];
    for (let page = more.first; page < more.first + PAGES; page++) {
      const query = { ...more.query, ...pageOf(page) };
      const next = await rest.ask({ what: more.what, path, query, answer, signal: more.signal });
      all.push(...next);
      if (next.length < size.most) break;
    }
    return all;
  }

  return {
    ...rest,
    flavour,
    async self(signal) {
      known ??= login
        ? await login()
        : (await rest.ask({ what: 'who we are', path: '/user', answer: User, signal })).login;
      return known;
    },
    place(key) {
      const found = issueOf(key, projects);
      if (!found) throw permanent('ItemNotFound', `${key} is of no project that is configured`);
      return { ...found, path: `/repos/${found.project}/issues/${found.number}` };
    },
    issue: ({ path, number }, signal) =>
      rest.ask({ what: `issue ${number}`, path, answer: Issue, signal, ...(flavour === 'github' && { accept: FULL }) }),
    async comments({ path }, count, signal) {
      // Gitea gives them all at once; GitHub page by page, oldest first.
      const last = Math.max(1, Math.ceil(count / size.most));
      const first = flavour === 'github' ? Math.max(1, last - PAGES + 1) : 1;
      const more = { first, what: 'its comments', signal };
      if (flavour === 'github') return pages(`${path}/comments`, z.array(Comment), more);
      return rest.ask({ what: more.what, path: `${path}/comments`, answer: z.array(Comment), signal });
    },
    events: ({ path }, signal) => {
      const what = 'its events';
      return pages(`${path}/${flavour === 'github' ? 'events' : 'timeline'}`, z.array(Event), {
        first: 1,
        what,
        signal,
      });
    },
    withLabel: (project, label) => {
      const query = { labels: label, state: 'open', ...(flavour === 'gitea' && { type: 'issues' }) };
      return pages(`/repos/${project}/issues`, z.array(Issue), { first: 1, what: 'a search', query });
    },
    isOurs: ({ body, user }, self) => user?.login === self && commentMarker(body ?? '') !== undefined,
  };
}

interface PagesOf {
  readonly first: number;
  readonly what: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}
