import { LinearClient } from '@linear/sdk';
import type { LabelledItem, Tracker } from '../../activities/ports.js';
import type { EffectProvider, TrackerWrites } from '../../activities/ports-effects.js';
import { commentMarker } from '../../schemas/comment-marker.js';
import { parse } from '../../schemas/parse.js';
import { timeLimit, untilAborted } from '../../schemas/time-limit.js';
import type { Attachment, SourceItem } from '../../schemas/work-item.js';
import { type AttachedFile, createImageKeeper, type ImageAccess, type ImageSource, picturesIn } from './images.js';
import { linearAuthorization } from './linear-authorization.js';
import { commentsIn, statesIn } from './linear-effects.js';
import { isNotFound, toFailure } from './linear-failure.js';
import { type Ask, ITEM_QUERY, ItemAnswer, LABELLED_QUERY, LabelledAnswer } from './linear-queries.js';
import { speechesIn } from './linear-sessions.js';

// Tickets in Linear. Nothing is tried again in here: Temporal owns the retries.

/** The newest ones; an item travels through workflow history, whose payloads are limited to 2 MB. */
const COMMENTS = 50;
const TEXT_CHARS = 60_000;
const COMMENT_CHARS = 10_000;
const PAGE = 100;
/** Where Linear keeps what people upload. */
const UPLOADS = 'https://uploads.linear.app';
/** A sweep that finds more finds the rest when these are done. */
const MOST_FOUND = 1_000;
/** Linear answers within a second; an effect that has to wait longer is looked for and tried again. */
const REQUEST_MS = 8_000;

export interface LinearTrackerOptions {
  readonly apiKey: string;
  readonly apiUrl: string;
  /** Keeps the bytes of pictures; without it none are read. */
  readonly keep?: ImageSource['keep'] | undefined;
  /** Per request. */
  readonly timeoutMs?: number;
}

export function createLinearTracker({
  apiKey,
  apiUrl,
  keep,
  timeoutMs = REQUEST_MS,
}: LinearTrackerOptions): Tracker & TrackerWrites {
  const authorization = linearAuthorization(apiKey);
  const hosts = [UPLOADS, new URL(apiUrl).origin];
  const access: ImageAccess = ({ origin }) => (hosts.includes(origin) ? { authorization } : undefined);
  const keeper = keep && createImageKeeper({ keep, timeoutMs });
  const images: Images = async (files) => (await keeper?.(files, access)) ?? [];
  const ask: Ask = async ({ what, query, variables, answer, signal: given }) => {
    const signal = timeLimit(timeoutMs, given);
    const client = new LinearClient({ apiKey: authorization, apiUrl, signal });
    const request = client.client.rawRequest<unknown, Record<string, unknown>>(query, variables);
    const { data } = await untilAborted(signal, request);
    return parse(answer, data, `Linear's answer to ${what}`);
  };
  return {
    item: (key) => translated(`reading ${key} in Linear`, () => readItem(ask, key, images)),
    labelled: (label) => translated(`looking for ${label} in Linear`, () => labelled(ask, label)),
    comments: explained('commenting on', commentsIn(ask, timeoutMs)),
    states: explained('moving', statesIn(ask, timeoutMs)),
    speeches: explained('speaking in session', speechesIn(ask, timeoutMs)),
  };
}

/** The same provider, whose failures are Temporal's. */
function explained<Request extends { readonly item?: string; readonly session?: string }>(
  doing: string,
  { look, act, ...limits }: EffectProvider<Request>,
): EffectProvider<Request> {
  const what = ({ item, session }: Request) => `${doing} ${item ?? session} in Linear`;
  return {
    ...limits,
    look: (request, watch) => translated(what(request), () => look(request, watch)),
    act: (request, watch) => translated(what(request), () => act(request, watch)),
  };
}

async function translated<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toFailure(error, what);
  }
}

type Images = (files: readonly AttachedFile[]) => Promise<Attachment[]>;

async function readItem(ask: Ask, key: string, images: Images): Promise<SourceItem | undefined> {
  try {
    const variables = { id: key, comments: COMMENTS };
    const answer = await ask({ what: `${key}`, query: ITEM_QUERY, variables, answer: ItemAnswer });
    const { description, attachments: attached } = answer.issue;
    const files = attached.nodes.map(({ title, url }) => ({ name: title, url }));
    const attachments = await images([...picturesIn(description ?? ''), ...files]);
    return { ...toItem(answer), ...(attachments.length > 0 && { attachments }) };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function labelled(ask: Ask, label: string): Promise<LabelledItem[]> {
  const items: LabelledItem[] = [];
  for (let after: string | null | undefined = null; items.length < MOST_FOUND; ) {
    const variables: Record<string, unknown> = { label, first: PAGE, after };
    const query = LABELLED_QUERY;
    const answer = LabelledAnswer;
    const { issues }: LabelledAnswer = await ask({ what: 'a search', query, variables, answer });
    items.push(...issues.nodes.map(({ identifier, updatedAt }) => ({ key: identifier, changedAt: updatedAt })));
    after = issues.pageInfo.endCursor;
    if (!issues.pageInfo.hasNextPage || !after) break;
  }
  return items;
}

function toItem({ issue, viewer }: ItemAnswer): SourceItem {
  const comments = issue.comments.nodes.toSorted((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
  return {
    key: issue.identifier,
    source: { kind: 'linear', id: issue.id, url: issue.url },
    title: issue.title,
    text: cut(issue.description ?? '', TEXT_CHARS),
    labels: issue.labels.nodes.map(({ name }) => name),
    team: issue.team.key,
    ...(issue.project && { project: issue.project.name }),
    ...(issue.creator && { reporter: actor(issue.creator) }),
    comments: comments.map(({ id, body, user }) => ({
      id,
      text: cut(body, COMMENT_CHARS),
      ...(user && { author: actor(user) }),
      // Anybody can write the marker, so the author counts too.
      ours: user?.id === viewer.id && commentMarker(body) !== undefined,
    })),
  };
}

function actor({ id, displayName }: { id: string; displayName: string }): { id: string; name: string } {
  return { id, name: displayName.slice(0, 200) };
}

function cut(text: string, chars: number): string {
  return text.length > chars ? `${text.slice(0, chars)}\n[${text.length - chars} more characters in Linear]` : text;
}
