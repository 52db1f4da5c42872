import type { MissionStatus, TaskView, WaitingOn } from './messages.js';
import type { AskedQuestion, TaskRecord } from './mission-data.js';
import type { MissionState } from './mission-state.js';

// How a mission shows itself: to queries, and as the answer to an order.

/** Of the tasks that are over and of the notes: an answer is kept in the history, with every order. */
const ANSWERED = 20;

/** What everybody may read of a mission. */
export function statusOf(state: MissionState): MissionStatus {
  const { stage, since, startedAt, paused, notes, notesDropped, outcome, records, budget, pullRequest } = state.data;
  // Whoever is asked need not answer any more.
  const [asked] = stage === 'cancelling' ? [] : state.questions();
  const [parked] = Object.values(state.data.parked ?? {});
  const waitingOn = asked ? waitingForAnswer(asked) : (state.data.waitingOn ?? parked);
  return {
    item: state.item.key,
    title: state.item.title,
    repo: state.item.repo,
    source: state.item.source,
    ...(state.item.reporter && { requester: state.item.reporter }),
    ...(pullRequest && { pullRequest: { number: pullRequest.number, url: pullRequest.url } }),
    stage,
    since,
    startedAt,
    paused,
    ...(waitingOn && { waitingOn }),
    planVersion: state.plan()?.version ?? 0,
    tasks: Object.values(records).map(view),
    notes,
    ...(notesDropped !== undefined && { notesDropped }),
    ...(budget && {
      budget: {
        limit: budget.limit,
        share: state.budget()?.share() ?? 0,
        spent: state.spend(state.budget()?.shown()),
        ...(state.data.estimate && { estimate: state.data.estimate }),
      },
    }),
    ...(budget && { holders: budget.holders }),
    ...(asked && { asked: { node: asked.node, question: asked.question, options: asked.options } }),
    ...(state.item.interactive && { run: state.isAttended() ? 'attached' : 'handed-over' }),
    ...(outcome && { outcome }),
  };
}

/** What an order is answered with: the present state, with the last of what is over. */
export function answerOf(state: MissionState): MissionStatus {
  const { holders: _all, ...status } = statusOf(state);
  const over = status.tasks.filter(({ endedAt }) => endedAt !== undefined).slice(0, -ANSWERED);
  if (over.length === 0) return { ...status, notes: status.notes.slice(-ANSWERED) };
  const earlier = new Set(over.map(({ task }) => task.id));
  const tasks = status.tasks.filter(({ task }) => !earlier.has(task.id));
  return { ...status, tasks, notes: status.notes.slice(-ANSWERED) };
}

function waitingForAnswer({ node, question, since }: AskedQuestion): WaitingOn {
  return { who: 'an answer', what: `${node} asks: ${question}`, since };
}

function view({ task, state, detail, startedAt, endedAt, tried, verdicts }: TaskRecord): TaskView {
  return {
    task,
    state,
    detail,
    ...(startedAt !== undefined && { startedAt }),
    ...(endedAt !== undefined && { endedAt }),
    tried,
    gates: Object.fromEntries(
      verdicts.map(({ gate, outcome, cached }) => [gate, cached ? `${outcome} (cached)` : outcome]),
    ),
  };
}
