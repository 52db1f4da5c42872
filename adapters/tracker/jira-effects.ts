import type { Comment, EffectProvider, StateChange } from '../../activities/ports-effects.js';
import { commentMarker, markComment } from '../../schemas/comment-marker.js';
import { Changes, Comments, IssueState, type Jira, Made, Nothing, Statuses, Transitions } from './jira-wire.js';
import { markedComments } from './marked-comments.js';

// What Signalbox writes in Jira: one request each, and how to find out whether it has been made.

const PAGE = 100;
/** Pages of comments that are looked through, newest first. */
const PAGES = 10;

export function commentsIn(jira: Jira): EffectProvider<Comment> {
  return markedComments({
    // It is looked for once more, and written.
    actMs: 3 * jira.requestMs,
    async find({ item, effectKey }, signal) {
      const self = await jira.self(signal);
      for (let page = 0; page < PAGES; page++) {
        const { total, comments } = await jira.ask({
          what: 'its comments',
          path: `${jira.api}/issue/${encodeURIComponent(item)}/comment`,
          query: { orderBy: '-created', startAt: String(page * PAGE), maxResults: String(PAGE) },
          answer: Comments,
          signal,
        });
        const ours = comments.find(
          ({ body, author }) => author?.id === self && commentMarker(jira.read(body)) === effectKey,
        );
        if (ours) return ours.id;
        if ((page + 1) * PAGE >= total) break;
      }
      return undefined;
    },
    async write({ item, body, effectKey }, signal) {
      const { id } = await jira.ask({
        what: 'a new comment',
        method: 'POST',
        path: `${jira.api}/issue/${encodeURIComponent(item)}/comment`,
        body: { body: jira.write(markComment(body, effectKey)) },
        answer: Made,
        signal,
      });
      return id;
    },
  });
}

/** Jira's categories of statuses: names are each team's own. */
const CATEGORIES: Readonly<Record<StateChange['state'], string>> = {
  started: 'indeterminate',
  completed: 'done',
  stopped: 'new',
};

/** Statuses of the category `done` that say that nothing was done. */
const GIVEN_UP = /won.?t|cancel|duplicate|reject|declin|invalid|obsolete|abandon/i;

/** Jira takes any transition at any time: what a person did since is found in the issue's changelog. */
export function statesIn(jira: Jira): EffectProvider<StateChange> {
  const issue = (item: string) => `${jira.api}/issue/${encodeURIComponent(item)}`;

  async function read({ item, state }: StateChange, signal: AbortSignal) {
    const { fields } = await jira.ask({
      ...{ what: 'its status', path: issue(item), query: { fields: 'status,updated' }, answer: IssueState, signal },
    });
    return { ...fields, there: fields.status.statusCategory.key === CATEGORIES[state] };
  }

  /** Whether we have made this change since the issue was as `mark` says. */
  async function wasMade({ item, state }: StateChange, mark: string, signal: AbortSignal): Promise<boolean> {
    const query = { expand: 'changelog', fields: 'status' };
    const { changelog } = await jira.ask({ what: 'its changes', path: issue(item), query, answer: Changes, signal });
    const self = await jira.self(signal);
    const ours = changelog.histories
      .filter(({ created, author }) => author?.id === self && Date.parse(created) > Date.parse(mark))
      .flatMap(({ items }) => items.filter(({ field }) => field === 'status').map(({ to }) => to));
    if (ours.length === 0) return false;
    const statuses = await jira.ask({ what: 'statuses', path: `${jira.api}/status`, answer: Statuses, signal });
    return statuses.some(({ id, statusCategory }) => ours.includes(id) && statusCategory.key === CATEGORIES[state]);
  }

  /** The way to a status of that category that asks for nothing else; undefined when its workflow has none from here. */
  async function wayTo({ item, state }: StateChange, signal: AbortSignal): Promise<string | undefined> {
    const { transitions } = await jira.ask({
      what: 'its transitions',
      path: `${issue(item)}/transitions`,
      query: { expand: 'transitions.fields' },
      answer: Transitions,
      signal,
    });
    const open = transitions.filter(
      ({ to, fields }) =>
        to.statusCategory.key === CATEGORIES[state] &&
        !Object.values(fields ?? {}).some(({ required, hasDefaultValue }) => required && !hasDefaultValue),
    );
    return (open.find(({ to }) => !GIVEN_UP.test(to.name)) ?? (state === 'completed' ? undefined : open[0]))?.id;
  }

  return {
    // It is read once more with its transitions, and written.
    actMs: 3 * jira.requestMs,
    fenced: false,
    async look(change, { signal, mark }) {
      const { updated, there } = await read(change, signal);
      if (there || (mark !== undefined && (await wasMade(change, mark, signal)))) return { trace: change.state };
      return { absent: true, mark: updated };
    },
    async act(change, { signal }) {
      const { status, there } = await read(change, signal);
      if (there) return { trace: change.state, already: true };
      const transition = await wayTo(change, signal);
      if (transition === undefined) return { moved: `"${status.name}", from where its workflow has no such way` };
      await jira.ask({
        what: 'a transition',
        method: 'POST',
        path: `${issue(change.item)}/transitions`,
        body: { transition: { id: transition } },
        answer: Nothing,
        signal,
      });
      return { trace: change.state, already: false };
    },
  };
}
