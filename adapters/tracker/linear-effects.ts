import { createHash } from 'node:crypto';
import type { Comment, EffectProvider, StateChange } from '../../activities/ports-effects.js';
import { markComment } from '../../schemas/comment-marker.js';
import { isRefused, permanent } from './linear-failure.js';
import {
  type Ask,
  COMMENT_MUTATION,
  COMMENT_QUERY,
  CommentAnswer,
  CommentCreated,
  HISTORY_QUERY,
  HistoryAnswer,
  STATE_MUTATION,
  STATE_QUERY,
  StateAnswer,
  StateSet,
} from './linear-queries.js';

// What Signalbox writes in Linear: one mutation each, and how to find out whether it has been made.

/** The id comes from the effect key: an attempt finds an earlier one's comment, and Linear refuses a twin. */
export function commentsIn(ask: Ask, requestMs: number): EffectProvider<Comment> {
  async function find({ item, effectKey }: Comment, signal: AbortSignal) {
    const id = effectId(effectKey);
    const variables = { item, comment: id };
    const { issue } = await ask({ what: 'a comment', query: COMMENT_QUERY, variables, answer: CommentAnswer, signal });
    return { id, issueId: issue.id, there: issue.comments.nodes.length > 0 };
  }
  return {
    // Its issue is read, it is written and, when it is refused, looked for.
    actMs: 3 * requestMs,
    fenced: true,
    async look(comment, { signal }) {
      const { id, there } = await find(comment, signal);
      return there ? { trace: id } : { absent: true };
    },
    async act(comment, { signal }) {
      const { id, issueId, there } = await find(comment, signal);
      if (there) return { trace: id, already: true };
      const input = { id, issueId, body: markComment(comment.body, comment.effectKey) };
      try {
        await ask({
          what: 'a new comment',
          query: COMMENT_MUTATION,
          variables: { input },
          answer: CommentCreated,
          signal,
        });
        return { trace: id, already: false };
      } catch (error) {
        // An attempt that was given up has come through in between.
        if (isRefused(error) && (await find(comment, signal)).there) return { trace: id, already: true };
        throw error;
      }
    },
  };
}

/** Linear's types of workflow states: what counts as done already, and where to move else, best first. */
const STATES: Readonly<
  Record<StateChange['state'], { readonly there: readonly string[]; readonly move: readonly string[] }>
> = {
  started: { there: ['started'], move: ['started'] },
  completed: { there: ['completed'], move: ['completed'] },
  stopped: { there: ['unstarted', 'backlog', 'triage'], move: ['unstarted', 'backlog'] },
};

/** Changes of an issue that are looked through for our own; a person makes a few in the time of a retry. */
const CHANGES = 50;

/** Linear takes any state at any time: what a person did since is found in the issue's history. */
export function statesIn(ask: Ask, requestMs: number): EffectProvider<StateChange> {
  async function read({ item, state }: StateChange, signal: AbortSignal) {
    const variables = { id: item };
    const now = await ask({ what: 'its state', query: STATE_QUERY, variables, answer: StateAnswer, signal });
    const there = STATES[state].there.includes(now.issue.state.type);
    return { issue: now.issue, there, delegate: state === 'started' ? delegateFor(now) : undefined };
  }

  /** Whether we have made this change since the issue was as `mark` says. */
  async function wasMade({ item, state }: StateChange, mark: string, signal: AbortSignal): Promise<boolean> {
    const variables = { id: item, changes: CHANGES };
    const { viewer, issue } = await ask({
      what: 'its history',
      query: HISTORY_QUERY,
      variables,
      answer: HistoryAnswer,
      signal,
    });
    return issue.history.nodes.some(
      ({ createdAt, actor, toState }) =>
        Date.parse(createdAt) > Date.parse(mark) &&
        actor?.id === viewer.id &&
        toState !== null &&
        STATES[state].there.includes(toState.type),
    );
  }

  return {
    // It is read once more, and written.
    actMs: 2 * requestMs,
    fenced: false,
    async look(change, { signal, mark }) {
      const { issue, there, delegate } = await read(change, signal);
      if ((there && !delegate) || (mark !== undefined && (await wasMade(change, mark, signal))))
        return { trace: change.state };
      return { absent: true, mark: issue.updatedAt };
    },
    async act(change, { signal }) {
      const { issue, there, delegate } = await read(change, signal);
      if (there && !delegate) return { trace: change.state, already: true };
      const input = {
        ...(!there && { stateId: targetOf(change, issue.team) }),
        ...(delegate && { delegateId: delegate }),
      };
      const variables = { id: issue.id, input };
      await ask({ what: 'a new state', query: STATE_MUTATION, variables, answer: StateSet, signal });
      return { trace: change.state, already: false };
    },
  };
}

/** An app that begins to work is the delegate of the issue, unless people have given it to another one. */
function delegateFor({ viewer, issue }: StateAnswer): string | undefined {
  return viewer.app && !issue.delegate ? viewer.id : undefined;
}

/** The first state of the best type, in the team's own order. */
function targetOf({ state }: StateChange, team: StateAnswer['issue']['team']): string {
  const { move } = STATES[state];
  const candidates = team.states.nodes.toSorted((a, b) => a.position - b.position);
  const target = move.flatMap((type) => candidates.filter((candidate) => candidate.type === type))[0];
  if (target) return target.id;
  throw permanent('BadInput', `team ${team.key} in Linear has no workflow state of type ${move.join(' or ')}`);
}

/** A UUID of version 4's shape, as Linear asks for. */
export function effectId(effectKey: string): string {
  const bytes = createHash('sha256').update(effectKey).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
