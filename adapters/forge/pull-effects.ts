import type {
  Check,
  EffectProvider,
  PullRequestEdit,
  PullRequestOpening,
  Reply,
} from '../../activities/ports-effects.js';
import { commentMarker, markComment } from '../../schemas/comment-marker.js';
import { permanent, unavailable } from './failure.js';
import { cut, editOf, labelsToHave, markEdit } from './marks.js';
import type { Project, Remark, StatusNow, Wire } from './wire.js';

// What Signalbox writes on pull requests: one write each, and how to find out whether it has been made.

export interface Writing {
  readonly wire: Wire;
  readonly project: (repo: string) => Project;
  readonly requestMs: number;
}

/** A forge takes one open pull request per branch, so a late writer is refused. */
export function openingsOn({ wire, project, requestMs }: Writing): EffectProvider<PullRequestOpening> {
  const find = async ({ repo, branch }: PullRequestOpening, signal: AbortSignal) => {
    const found = await wire.find(project(repo), branch, signal);
    return found && String(found.number);
  };
  return {
    // It is written and, when it is refused, looked for.
    actMs: 3 * requestMs,
    fenced: true,
    async look(opening, { signal }) {
      // Closed ones count too: what a person closed was made, and is not made again.
      const trace = await find(opening, signal);
      return trace === undefined ? { absent: true } : { trace };
    },
    async act(opening, { signal }) {
      const { repo, branch, base, title, body, draft } = opening;
      const pull = { title, body: cut(body), head: branch, base, draft };
      const made = await wire.open(project(repo), pull, signal);
      if (made !== 'exists') return { trace: String(made), already: false };
      const trace = await find(opening, signal);
      if (trace !== undefined) return { trace, already: true };
      throw unavailable(`${wire.name} has a pull request of ${branch} in ${repo} and does not show it`);
    },
  };
}

/** Forges take any text at any time: the text says itself which edit it comes from. */
export function editsOn({ wire, project, requestMs }: Writing): EffectProvider<PullRequestEdit> {
  const traceOf = ({ number, version }: PullRequestEdit) => `${number} edit ${version}`;
  const read = async (edit: PullRequestEdit, signal: AbortSignal) => {
    const now = await wire.read(project(edit.repo), edit.number, signal);
    return { now, there: (editOf(now.body) ?? -1) >= edit.version };
  };
  return {
    // It is read once more, and written: its labels, whether it is a draft, and the rest.
    actMs: 4 * requestMs,
    fenced: false,
    async look(edit, { signal }) {
      return (await read(edit, signal)).there ? { trace: traceOf(edit) } : { absent: true };
    },
    async act(edit, { signal }) {
      const { now, there } = await read(edit, signal);
      if (there) return { trace: traceOf(edit), already: true };
      const { repo, version, title, body, draft, labels, state } = edit;
      const close = state === 'closed' && now.state === 'open';
      const look = { title, body: markEdit(body, version), draft, labels: labelsToHave(now.labels, labels), close };
      await wire.edit(project(repo), now, look, signal);
      return { trace: traceOf(edit), already: false };
    },
  };
}

/** Forges take equal remarks twice: its last line says which effect it comes from. */
export function repliesOn({ wire, project, requestMs }: Writing): EffectProvider<Reply> {
  return {
    // What it answers is looked for, and it is written.
    actMs: 4 * requestMs,
    fenced: false,
    async look({ repo, number, effectKey }, { signal }) {
      const [login, remarks] = await Promise.all([wire.login(signal), wire.remarks(project(repo), number, signal)]);
      const made = remarks.find((remark) => isOurs(remark, login) && commentMarker(remark.body) === effectKey);
      return made ? { trace: made.id } : { absent: true };
    },
    async act({ repo, number, inReplyTo, body, effectKey }, { signal }) {
      const remarks = inReplyTo === null ? [] : await wire.remarks(project(repo), number, signal);
      // One that its author has deleted is answered on the whole.
      const to = remarks.find(({ id }) => id === inReplyTo);
      const remark = { number, body: markComment(cut(body), effectKey), to };
      return { trace: await wire.remark(project(repo), remark, signal), already: false };
    },
  };
}

/** Anybody can write the marker, so the author counts too. */
export function isOurs({ author, body }: Pick<Remark, 'author' | 'body'>, login: string): boolean {
  return author.id === login && commentMarker(body) !== undefined;
}

/** What the forges show of a status. */
const TITLE_CHARS = 140;

/** Forges keep every status: one that was ours and was overtaken since has been made. */
export function statusesOn({ wire, project, requestMs }: Writing): EffectProvider<Check> {
  const wanted = ({ name, state, title, detailsUrl }: Check) => ({
    name,
    state: wire.statusOf(state),
    title: title.slice(0, TITLE_CHARS),
    detailsUrl,
  });
  return {
    actMs: 2 * requestMs,
    fenced: false,
    async look(check, { signal, mark }) {
      const now = await wire.statuses(project(check.repo), check.commit, check.name, signal);
      const equal = now.filter((status) => isEqual(status, wanted(check)));
      const made = equal.find(({ id }) => id === now[0]?.id || (mark !== undefined && id > Number(mark)));
      return made ? { trace: String(made.id) } : { absent: true, mark: String(now[0]?.id ?? 0) };
    },
    async act(check, { signal }) {
      if (!/^[0-9a-f]{40}$/.test(check.commit)) throw permanent('BadInput', `expected a commit: ${check.commit}`);
      const id = await wire.setStatus(project(check.repo), check.commit, wanted(check), signal);
      return { trace: String(id), already: false };
    },
  };
}

function isEqual(one: StatusNow, other: Omit<StatusNow, 'id'>): boolean {
  return (
    one.state === other.state && one.title === other.title && (one.detailsUrl || null) === (other.detailsUrl || null)
  );
}
