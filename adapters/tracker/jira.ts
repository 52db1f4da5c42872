import type { LabelledItem, Tracker } from '../../activities/ports.js';
import type { TrackerWrites } from '../../activities/ports-effects.js';
import { commentMarker } from '../../schemas/comment-marker.js';
import type { SourceItem } from '../../schemas/work-item.js';
import { type AttachedFile, createImageKeeper, type ImageSource } from './images.js';
import { commentsIn, statesIn } from './jira-effects.js';
import {
  Comments,
  Found,
  flavourOf,
  Issue,
  type Jira,
  type JiraComment,
  type JiraFlavour,
  jiraOver,
} from './jira-wire.js';
import { createRest, cut, isMissing } from './rest.js';

// Tickets in Jira, Cloud and Data Center.

/** The newest ones; an item travels through workflow history, whose payloads are limited to 2 MB. */
const COMMENTS = 50;
const TEXT_CHARS = 60_000;
const COMMENT_CHARS = 10_000;
const PAGE = 100;
/** A sweep that finds more finds the rest when these are done. */
const MOST_FOUND = 1_000;

export interface JiraTrackerOptions {
  /** `https://acme.atlassian.net`, or where a Data Center is served. */
  readonly baseUrl: string;
  /** With it the token is an API token of this account; without it a personal access token. */
  readonly email?: string | undefined;
  readonly token: string;
  /** By default by the host: Cloud's are Atlassian's own. */
  readonly flavour?: JiraFlavour | undefined;
  /** Before the keys of its items, where another tracker has keys of the same shape: `jira.`. */
  readonly prefix?: string | undefined;
  /** Keeps the bytes of attached pictures; without it none are read. */
  readonly keep?: ImageSource['keep'] | undefined;
  /** Per request. */
  readonly timeoutMs?: number | undefined;
}

export function createJiraTracker(options: JiraTrackerOptions): Tracker & TrackerWrites {
  const { baseUrl, email, token, flavour = flavourOf(baseUrl), prefix = '', timeoutMs, keep } = options;
  const authorization =
    email === undefined ? `Bearer ${token}` : `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`;
  const accessHint = 'check JIRA_API_TOKEN and JIRA_EMAIL, and what their account may do';
  const rest = createRest({ service: 'Jira', baseUrl, headers: { authorization }, accessHint, timeoutMs });
  const jira = jiraOver(rest, { flavour, baseUrl: baseUrl.replace(/\/$/, '') });
  const { origin } = new URL(baseUrl);
  const access = (url: URL) => (url.origin === origin ? { authorization } : undefined);
  const images = keep && createImageKeeper({ keep, timeoutMs: rest.requestMs });
  const own = <Request extends { readonly item: string }>(request: Request): Request => ({
    ...request,
    item: ownKey(request.item, prefix),
  });
  const keyed = <Request extends { readonly item: string }>(
    doing: string,
    provider: Parameters<typeof rest.explained<Request>>[1],
  ) =>
    rest.explained<Request>(doing, {
      ...provider,
      look: (request, watch) => provider.look(own(request), watch),
      act: (request, watch) => provider.act(own(request), watch),
    });
  return {
    item: (key) =>
      rest.translated(`reading ${key}`, async () => {
        const read = await readItem(jira, ownKey(key, prefix), prefix);
        if (!read || !images) return read?.item;
        const attachments = await images(read.files, access);
        return { ...read.item, ...(attachments.length > 0 && { attachments }) };
      }),
    labelled: (label) =>
      rest.translated(`looking for items with the label ${label}`, async () =>
        (await find(jira, label)).map((item) => ({ ...item, key: `${prefix}${item.key}` })),
      ),
    comments: keyed('commenting on', commentsIn(jira)),
    states: keyed('moving', statesIn(jira)),
  };
}

function ownKey(key: string, prefix: string): string {
  return key.startsWith(prefix) ? key.slice(prefix.length) : key;
}

interface ReadItem {
  readonly item: SourceItem;
  readonly files: readonly AttachedFile[];
}

async function readItem(jira: Jira, key: string, prefix: string): Promise<ReadItem | undefined> {
  const path = `${jira.api}/issue/${encodeURIComponent(key)}`;
  const fields = 'summary,description,labels,project,reporter,attachment';
  try {
    const issue = await jira.ask({ what: key, path, query: { fields }, answer: Issue });
    const { comments } = await jira.ask({
      what: `the comments of ${key}`,
      path: `${path}/comment`,
      query: { orderBy: '-created', maxResults: String(COMMENTS) },
      answer: Comments,
    });
    const files = (issue.fields.attachment ?? []).map(({ filename, content }) => ({
      name: filename,
      url: direct(content),
    }));
    return { item: toItem(jira, { issue, comments, self: await jira.self(), prefix }), files };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Cloud sends elsewhere by default, where our token does not belong. */
function direct(content: string): string {
  const url = new URL(content);
  url.searchParams.set('redirect', 'false');
  return url.href;
}

interface Read {
  readonly issue: Issue;
  readonly comments: readonly JiraComment[];
  readonly self: string;
  readonly prefix: string;
}

function toItem(jira: Jira, { issue, comments, self, prefix }: Read): SourceItem {
  const { summary, description, labels, project, reporter } = issue.fields;
  return {
    key: `${prefix}${issue.key}`,
    source: { kind: 'jira', id: issue.id, url: `${jira.baseUrl}/browse/${issue.key}` },
    title: summary,
    text: cut(jira.read(description), TEXT_CHARS, 'Jira'),
    labels: labels ?? [],
    team: project.key,
    project: project.name,
    ...(reporter && { reporter }),
    comments: comments
      .toSorted((a, b) => Date.parse(a.created) - Date.parse(b.created) || Number(a.id) - Number(b.id))
      .map(({ id, body, author }) => {
        const text = jira.read(body);
        return {
          id,
          text: cut(text, COMMENT_CHARS, 'Jira'),
          ...(author && { author }),
          // Anybody can write the marker, so the author counts too.
          ours: author?.id === self && commentMarker(text) !== undefined,
        };
      }),
  };
}

/** What carries the label and is not done, oldest first. */
async function find(jira: Jira, label: string): Promise<LabelledItem[]> {
  const jql = `labels = ${JSON.stringify(label)} AND statusCategory != Done ORDER BY created ASC`;
  const path = jira.flavour === 'cloud' ? `${jira.api}/search/jql` : `${jira.api}/search`;
  const items: LabelledItem[] = [];
  let next: Record<string, string> = {};
  while (items.length < MOST_FOUND) {
    const query = { jql, fields: 'updated', maxResults: String(PAGE), ...next };
    const { issues, nextPageToken, total } = await jira.ask({ what: 'a search', path, query, answer: Found });
    items.push(...issues.map(({ key, fields }) => ({ key, changedAt: fields.updated })));
    if (issues.length === 0 || (!nextPageToken && items.length >= (total ?? 0))) break;
    next = nextPageToken ? { nextPageToken } : { startAt: String(items.length) };
  }
  return items;
}
