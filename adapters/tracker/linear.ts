import { createHash } from 'node:crypto';
import { LinearClient } from '@linear/sdk';
import type { z } from 'zod';
import type { Comment, StateChange, Tracker } from '../../activities/ports.js';
import { commentMarker, markComment } from '../../schemas/comment-marker.js';
import { parse } from '../../schemas/parse.js';
import type { SourceItem } from '../../schemas/work-item.js';
import { isNotFound, isRefused, permanent, toFailure } from './linear-failure.js';
import {
  COMMENT_MUTATION,
  COMMENT_QUERY,
  CommentAnswer,
  CommentCreated,
  ITEM_QUERY,
  ItemAnswer,
  STATE_MUTATION,
  STATE_QUERY,
  StateAnswer,
  StateSet,
} from './linear-queries.js';

// Tickets in Linear. Every write looks for its own earlier trace first, and Temporal owns the retries.

/** The newest ones; an item travels through workflow history, whose payloads are limited to 2 MB. */
const COMMENTS = 50;
const TEXT_CHARS = 60_000;
const COMMENT_CHARS = 10_000;

export interface LinearTrackerOptions {
  readonly apiKey: string;
  readonly apiUrl: string;
  /** Per request. */
  readonly timeoutMs?: number;
}

type Ask = <Answer>(call: {
  readonly what: string;
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly answer: z.ZodType<Answer>;
}) => Promise<Answer>;

export function createLinearTracker({ apiKey, apiUrl, timeoutMs = 15_000 }: LinearTrackerOptions): Tracker {
  const ask: Ask = async ({ what, query, variables, answer }) => {
    const client = new LinearClient({ apiKey, apiUrl, signal: AbortSignal.timeout(timeoutMs) });
    const { data } = await client.client.rawRequest<unknown, Record<string, unknown>>(query, variables);
    return parse(answer, data, `Linear's answer to ${what}`);
  };
  return {
    item: (key) => translated(`reading ${key} in Linear`, () => readItem(ask, key)),
    comment: (comment) => translated(`commenting on ${comment.item} in Linear`, () => makeComment(ask, comment)),
    setState: (change) => translated(`moving ${change.item} in Linear`, () => changeState(ask, change)),
  };
}

async function translated<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toFailure(error, what);
  }
}

async function readItem(ask: Ask, key: string): Promise<SourceItem | undefined> {
  try {
    const variables = { id: key, comments: COMMENTS };
    return toItem(await ask({ what: `${key}`, query: ITEM_QUERY, variables, answer: ItemAnswer }));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
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

/** The id comes from the effect key: a second attempt finds the first one's comment, and Linear refuses a twin. */
async function makeComment(ask: Ask, { item, body, effectKey }: Comment): Promise<{ id: string; already: boolean }> {
  const id = effectId(effectKey);
  const find = () =>
    ask({ what: 'a comment', query: COMMENT_QUERY, variables: { item, comment: id }, answer: CommentAnswer });
  const { issue } = await find();
  if (issue.comments.nodes.length > 0) return { id, already: true };
  const input = { id, issueId: issue.id, body: markComment(body, effectKey) };
  try {
    await ask({ what: 'a new comment', query: COMMENT_MUTATION, variables: { input }, answer: CommentCreated });
    return { id, already: false };
  } catch (error) {
    // Perhaps an attempt that was given up came through in between.
    if (isRefused(error) && (await find()).issue.comments.nodes.length > 0) return { id, already: true };
    throw error;
  }
}

/** Linear's types of workflow states: what counts as done already, and where to move else, best first. */
const STATES = {
  started: { there: ['started'], move: ['started'] },
  completed: { there: ['completed'], move: ['completed'] },
  stopped: { there: ['unstarted', 'backlog', 'triage'], move: ['unstarted', 'backlog'] },
} as const satisfies Record<StateChange['state'], { there: readonly string[]; move: readonly string[] }>;

async function changeState(ask: Ask, { item, state }: StateChange): Promise<{ already: boolean }> {
  const { issue } = await ask({ what: 'its state', query: STATE_QUERY, variables: { id: item }, answer: StateAnswer });
  const { there, move }: { there: readonly string[]; move: readonly string[] } = STATES[state];
  if (there.includes(issue.state.type)) return { already: true };
  const candidates = issue.team.states.nodes.toSorted((a, b) => a.position - b.position);
  const target = move.flatMap((type) => candidates.filter((candidate) => candidate.type === type))[0];
  if (!target) {
    throw permanent('BadInput', `team ${issue.team.key} in Linear has no workflow state of type ${move.join(' or ')}`);
  }
  const variables = { id: issue.id, state: target.id };
  await ask({ what: 'a new state', query: STATE_MUTATION, variables, answer: StateSet });
  return { already: false };
}

/** A UUID of version 4's shape, as Linear asks for. */
export function effectId(effectKey: string): string {
  const bytes = createHash('sha256').update(effectKey).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function actor({ id, displayName }: { id: string; displayName: string }): { id: string; name: string } {
  return { id, name: displayName.slice(0, 200) };
}

function cut(text: string, chars: number): string {
  return text.length > chars ? `${text.slice(0, chars)}\n[${text.length - chars} more characters in Linear]` : text;
}
