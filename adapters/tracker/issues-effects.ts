import { z } from 'zod';
import type { Comment, EffectProvider, StateChange } from '../../activities/ports-effects.js';
import { commentMarker, markComment } from '../../schemas/comment-marker.js';
import { Issue, type IssueEvent, type Issues, type Place } from './issues-wire.js';
import { markedComments } from './marked-comments.js';

// What Signalbox writes on a forge's issues. Issues are open or closed: that work goes on is a label.

/** While a mission works on the issue. */
export const WORKING = 'signalbox: working';
const COLOUR = '1f6feb';
const Made = z.object({ id: z.int() });
const Nothing = z.unknown();

export function commentsIn(issues: Issues): EffectProvider<Comment> {
  return markedComments({
    // It is looked for once more, and written.
    actMs: 4 * issues.requestMs,
    async find({ item, effectKey }, signal) {
      const place = issues.place(item);
      const { comments: count } = await issues.issue(place, signal);
      const self = await issues.self(signal);
      const ours = (await issues.comments(place, count, signal)).findLast(
        ({ body, user }) => user?.login === self && commentMarker(body ?? '') === effectKey,
      );
      return ours && String(ours.id);
    },
    async write({ item, body, effectKey }, signal) {
      const { id } = await issues.ask({
        what: 'a new comment',
        method: 'POST',
        path: `${issues.place(item).path}/comments`,
        body: { body: markComment(body, effectKey) },
        answer: Made,
        signal,
      });
      return String(id);
    },
  });
}

export function statesIn(issues: Issues): EffectProvider<StateChange> {
  return {
    // It is read, its label is seen to, and it is written.
    actMs: 4 * issues.requestMs,
    fenced: false,
    async look({ item, state }, { signal, mark }) {
      const place = issues.place(item);
      const issue = await issues.issue(place, signal);
      if (isThere(issue, state)) return { trace: state };
      if (mark !== undefined && (await wasMade(issues, { place, state, mark }, signal))) return { trace: state };
      return { absent: true, mark: issue.updated_at };
    },
    async act({ item, state }, { signal }) {
      const place = issues.place(item);
      const issue = await issues.issue(place, signal);
      if (isThere(issue, state)) return { trace: state, already: true };
      if (state === 'started') await begin(issues, place, signal);
      else if (isLabelled(issue)) await unlabel(issues, place, signal);
      if (state === 'completed') await close(issues, place, signal);
      return { trace: state, already: false };
    },
  };
}

function isLabelled({ labels }: Issue): boolean {
  return (labels ?? []).some(({ name }) => name === WORKING);
}

function isThere(issue: Issue, state: StateChange['state']): boolean {
  if (state === 'completed') return issue.state === 'closed' && !isLabelled(issue);
  return state === 'started' ? isLabelled(issue) : !isLabelled(issue);
}

async function begin(issues: Issues, place: Place, signal: AbortSignal): Promise<void> {
  // GitHub makes a label that it does not know; Gitea refuses it.
  if (issues.flavour === 'gitea') await ensureLabel(issues, place, signal);
  const body = { labels: [WORKING] };
  const path = `${place.path}/labels`;
  await issues.ask({ what: 'its label', method: 'POST', path, body, answer: Nothing, signal });
}

async function ensureLabel(issues: Issues, { project }: Place, signal: AbortSignal): Promise<void> {
  const path = `/repos/${project}/labels`;
  const labels = z.array(z.object({ name: z.string() }));
  const known = await issues.ask({ what: 'its labels', path, query: { limit: '50' }, answer: labels, signal });
  if (known.some(({ name }) => name === WORKING)) return;
  const body = { name: WORKING, color: `#${COLOUR}` };
  await issues.ask({ what: 'a new label', method: 'POST', path, body, answer: Nothing, signal });
}

async function unlabel(issues: Issues, place: Place, signal: AbortSignal): Promise<void> {
  const label = await labelRef(issues, place, signal);
  const path = `${place.path}/labels/${encodeURIComponent(label)}`;
  await issues.ask({ what: 'its label', method: 'DELETE', path, answer: Nothing, signal });
}

/** GitHub takes a label away by its name, Gitea by its id. */
async function labelRef(issues: Issues, { path }: Place, signal: AbortSignal): Promise<string> {
  if (issues.flavour === 'github') return WORKING;
  const answer = z.array(z.object({ id: z.int(), name: z.string() }));
  const labels = await issues.ask({ what: 'its labels', path: `${path}/labels`, answer, signal });
  return String(labels.find(({ name }) => name === WORKING)?.id ?? 0);
}

async function close(issues: Issues, { path }: Place, signal: AbortSignal): Promise<void> {
  const body = { state: 'closed', ...(issues.flavour === 'github' && { state_reason: 'completed' }) };
  await issues.ask({ what: 'its state', method: 'PATCH', path, body, answer: Issue, signal });
}

interface Change {
  readonly place: Place;
  readonly state: StateChange['state'];
  readonly mark: string;
}

/** Whether we have made this change since the issue was as `mark` says. */
async function wasMade(issues: Issues, { place, state, mark }: Change, signal: AbortSignal): Promise<boolean> {
  const self = await issues.self(signal);
  const events = await issues.events(place, signal);
  return events.some(
    (event) =>
      // The clocks of forges count seconds.
      Date.parse(event.created_at) >= Date.parse(mark) &&
      (event.actor ?? event.user)?.login === self &&
      changed(event) === state,
  );
}

/** Gitea says with the body of a label's event that it was added. */
function changed({ event, type, label, body }: IssueEvent): StateChange['state'] | undefined {
  if (event === 'closed' || type === 'close') return 'completed';
  if (label?.name !== WORKING) return undefined;
  if (event === 'labeled' || (type === 'label' && body === '1')) return 'started';
  return event === 'unlabeled' || type === 'label' ? 'stopped' : undefined;
}
