import type { styleText } from 'node:util';
import type { TaskState } from '../schemas/plan.js';
import { inOrder } from '../schemas/plan-rules.js';
import type { MissionStatus, TaskView } from '../workflows/messages.js';
import { safe } from './output.js';
import { lastTurn, renderBudget, renderQuestion } from './render-agents.js';
import type { Running, RunningTasks } from './running.js';
import { describeSpend } from './spending.js';
import { cut, duration, type Paint, painter, since } from './text.js';

// A mission as lines of text. Pure: the same status at the same time gives the same lines.

export interface Frame {
  readonly status: MissionStatus;
  /** What running tasks say of themselves, by node. */
  readonly running: RunningTasks;
  /** Of a step of the mission itself. */
  readonly trouble?: string | undefined;
  readonly now: number;
}

export interface Space {
  readonly columns: number;
  readonly rows: number;
  readonly color: boolean;
}

const MARKS: Readonly<Record<TaskState, string>> = {
  waiting: '·',
  running: '▶',
  passed: '✔',
  failed: '✘',
  'cannot-do': '⊘',
  cancelled: '–',
  replaced: '↷',
};

const COLORS: Readonly<Record<TaskState, Parameters<typeof styleText>[0]>> = {
  waiting: 'gray',
  running: 'cyan',
  passed: 'green',
  failed: 'red',
  'cannot-do': 'yellow',
  cancelled: 'gray',
  replaced: 'gray',
};

/** The whole picture: head, DAG by levels, notes, outcome. */
export function renderMission(frame: Frame, space: Space): string[] {
  const { status, now } = frame;
  const paint = painter(space.color);
  const head = [
    `${paint('bold', safe(status.item))}  ${safe(status.title)}  ${paint('gray', safe(status.repo))}`,
    `stage    ${paint('bold', status.stage)}${status.halted ? ' (everything is halted)' : status.paused ? ' (paused)' : ''} for ${since(status.since, now)}, ` +
      `plan ${status.planVersion}, ${since(status.startedAt, status.outcome ? lastChange(status, now) : now)} in all`,
    ...(frame.trouble === undefined ? [] : [`trouble  ${safe(frame.trouble)}`]),
    ...renderBudget(status, frame.running),
    ...(status.waitingOn
      ? [
          `waiting  on ${safe(status.waitingOn.who)} for ${since(status.waitingOn.since, now)}: ${safe(status.waitingOn.what)}`,
        ]
      : []),
    ...renderQuestion(status),
  ];
  const foot = [
    ...(status.notesDropped === undefined ? [] : [`note     ${status.notesDropped} earlier ones are in the archive`]),
    ...status.notes.slice(-3).map((note) => `note     ${safe(note)}`),
    ...renderOutcome(status, paint),
  ];
  const room = Math.max(3, space.rows - head.length - foot.length - 3);
  const lines = [...head, '', ...renderTasks(frame, paint, room), ...(foot.length > 0 ? ['', ...foot] : [])];
  return lines.map((line) => cut(line, space.columns));
}

function renderTasks({ status, running, now }: Frame, paint: Paint, room: number): string[] {
  if (status.tasks.length === 0) return ['  (no plan yet)'];
  const levels = taskLevels(status.tasks);
  const width = Math.min(
    32,
    Math.max(...status.tasks.map((view) => view.task.id.length + 2 * (levels.get(view) ?? 0))),
  );
  const shown = makeRoom([...levels.keys()], room);
  const lines = shown.map((view) => {
    const indent = '  '.repeat(levels.get(view) ?? 0);
    const mark = paint(COLORS[view.state], MARKS[view.state]);
    const line = `  ${indent}${mark} ${view.task.id.padEnd(width - indent.length)}  ${safe(view.task.title)}`;
    const facts = taskFacts(view, running.get(view.task.id), now);
    return facts.length > 0 ? `${line}  ${paint('gray', facts.join(' · '))}` : line;
  });
  const hidden = status.tasks.filter((view) => !shown.includes(view));
  return hidden.length > 0 ? [...lines, `  … and ${countStates(hidden)}`] : lines;
}

function taskFacts(view: TaskView, running: Running | undefined, now: number): string[] {
  const gates = Object.entries(view.gates).map(([name, said]) => `${safe(name)}: ${safe(said)}`);
  const searching = view.state === 'running' ? running?.progress : undefined;
  const tried = searching
    ? `tried ${searching.tried} of ${searching.total}`
    : view.tried > 0
      ? `tried ${view.tried}`
      : '';
  return [
    view.startedAt ? since(view.startedAt, view.endedAt ? Date.parse(view.endedAt) : now) : '',
    tried,
    searching?.line ? `at ${safe(searching.line)}` : '',
    ...gates,
    view.state === 'running' ? lastTurn(running) : '',
    view.state === 'running' && running?.trouble !== undefined ? safe(running.trouble) : '',
    ['waiting', 'passed', view.detail].includes(view.state) ? '' : safe(view.detail),
    view.state === 'waiting' && view.task.needs.length > 0 ? `← ${view.task.needs.join(', ')}` : '',
  ].filter(Boolean);
}

function renderOutcome({ item, outcome }: MissionStatus, paint: Paint): string[] {
  if (!outcome) return [];
  const { result, because, mergeCommit, spend, proofMarkdown } = outcome;
  const spent = [
    `${spend.candidates} candidates`,
    `${spend.iterations} iterations`,
    `${duration(spend.activeMs)} of work`,
  ];
  return [
    `${paint(['bold', result === 'shipped' ? 'green' : 'yellow'], result)}  ${safe(because.replace(/\s*\n\s*/g, ' '))}`,
    ...(mergeCommit ? [`merged   ${mergeCommit}`] : []),
    `spent    ${[...spent, ...describeSpend(spend)].join(', ')}`,
    ...(proofMarkdown ? [`proof    signalbox proof ${safe(item)}`] : []),
  ];
}

/** Tasks in the order of the DAG, each with the length of the longest path to it. */
function taskLevels(tasks: readonly TaskView[]): ReadonlyMap<TaskView, number> {
  const views = new Map(tasks.map((view) => [view.task.id, view]));
  const ordered = (inOrder(tasks.map((view) => view.task)) ?? tasks.map((view) => view.task)).flatMap(
    (task) => views.get(task.id) ?? [],
  );
  const levels = new Map<TaskView, number>();
  for (const view of ordered) {
    const above = view.task.needs.map((need) => levels.get(views.get(need) as TaskView) ?? 0);
    levels.set(view, above.length > 0 ? Math.max(...above) + 1 : 0);
  }
  return levels;
}

/** What a person must see first stays when there is not room for all. */
function makeRoom(views: readonly TaskView[], room: number): readonly TaskView[] {
  if (views.length <= room) return views;
  const urgency: readonly TaskState[] = [
    'running',
    'failed',
    'cannot-do',
    'waiting',
    'cancelled',
    'passed',
    'replaced',
  ];
  const kept = [...views]
    .sort((one, other) => urgency.indexOf(one.state) - urgency.indexOf(other.state))
    .slice(0, room - 1);
  return views.filter((view) => kept.includes(view));
}

function countStates(views: readonly TaskView[]): string {
  const counts = new Map<string, number>();
  for (const { state } of views) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
}

/** What is new since the frame before, one line each: for logs and pipes. */
export function renderChanges(before: Frame | undefined, frame: Frame): string[] {
  const { status } = frame;
  const lines: string[] = [];
  const old = before?.status;
  if (!old) lines.push(`${safe(status.item)}: ${safe(status.title)} (${safe(status.repo)})`);
  if (old?.stage !== status.stage) lines.push(`stage ${status.stage}`);
  if (status.planVersion > 0 && old?.planVersion !== status.planVersion) {
    lines.push(`plan ${status.planVersion}: ${status.tasks.map((view) => describeTask(view)).join(', ')}`);
  }
  if ((old?.paused ?? false) !== status.paused) lines.push(status.paused ? 'paused' : 'resumed');
  if (status.waitingOn && old?.waitingOn?.what !== status.waitingOn.what) {
    lines.push(`waiting on ${safe(status.waitingOn.who)}: ${safe(status.waitingOn.what)}`);
  }
  lines.push(...newTroubles(before, frame));
  const known = new Map(old?.tasks.map((view) => [view.task.id, view]));
  for (const view of status.tasks) {
    const then = known.get(view.task.id);
    if ((then?.state ?? 'waiting') === view.state && sameGates(then, view)) continue;
    const facts = taskFacts(view, frame.running.get(view.task.id), frame.now).join(' · ');
    lines.push(`${MARKS[view.state]} ${view.task.id} ${view.state}${facts ? `  ${facts}` : ''}`);
  }
  const notes = status.notes.filter((note) => !old?.notes.includes(note));
  lines.push(...notes.map((note) => `note ${safe(note)}`));
  if (!old?.outcome) lines.push(...renderOutcome(status, (_style, text) => text));
  return lines;
}

/** Of the mission and its tasks. The time of the next try alone is no news. */
function newTroubles(before: Frame | undefined, frame: Frame): string[] {
  const troubles = (from: Frame | undefined) =>
    [...(from?.running ?? [])].flatMap(([node, { trouble }]) => (trouble === undefined ? [] : [`${node}: ${trouble}`]));
  const all = (from: Frame | undefined) => [...(from?.trouble === undefined ? [] : [from.trouble]), ...troubles(from)];
  const known = new Set(all(before).map(withoutTime));
  return all(frame)
    .filter((trouble) => !known.has(withoutTime(trouble)))
    .map((trouble) => `trouble ${safe(trouble)}`);
}

function withoutTime(trouble: string): string {
  return trouble.replace(/, next try in \S+$/, '');
}

function sameGates(then: TaskView | undefined, view: TaskView): boolean {
  return JSON.stringify(then?.gates ?? {}) === JSON.stringify(view.gates);
}

function describeTask({ task }: TaskView): string {
  return task.needs.length > 0 ? `${task.id} (← ${task.needs.join(', ')})` : task.id;
}

function lastChange(status: MissionStatus, now: number): number {
  const stages = status.outcome?.stages ?? [];
  return (
    Math.max(Date.parse(status.startedAt), ...stages.map(({ startedAt, ms }) => Date.parse(startedAt) + ms)) || now
  );
}
