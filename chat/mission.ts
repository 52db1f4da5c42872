import { describeUsd } from '../schemas/cost.js';
import type { TaskState } from '../schemas/plan.js';
import { inOrder } from '../schemas/plan-rules.js';
import type { MissionStatus, TaskView } from '../workflows/messages.js';
import { actions, type Block, button, type ChatMessage, context, header, message, section } from './blocks.js';
import { code, escaped, link } from './mrkdwn.js';

// A mission as one message, which is edited while it goes on: the same status gives the same message, whatever the time.

const MARKS: Readonly<Record<TaskState, string>> = {
  waiting: ':white_small_square:',
  running: ':arrow_forward:',
  passed: ':white_check_mark:',
  failed: ':x:',
  'cannot-do': ':no_entry_sign:',
  cancelled: ':heavy_minus_sign:',
  replaced: ':arrows_counterclockwise:',
};

export const RESULTS = {
  shipped: ':white_check_mark: *Shipped.*',
  'cannot-do': ':no_entry_sign: *Cannot do this.*',
  rejected: ':x: *Not merged.*',
  failed: ':x: *Stopped.*',
  cancelled: ':heavy_minus_sign: *Cancelled.*',
} as const;

/** Of a plan; the others are counted. */
const TASKS = 30;
/** Below the 3,000 characters of a section. */
const LINES = 2_600;
const BAR = 10;

export interface MissionCard {
  readonly status: MissionStatus;
  /** Where the item is at its source. */
  readonly url?: string | undefined;
  /** Whoever asked for it, as Slack mentions them. */
  readonly requester?: string | undefined;
  /** What was asked for. */
  readonly request?: string | undefined;
}

export function missionMessage({ status, url, requester, request }: MissionCard): ChatMessage {
  const { item, title, outcome } = status;
  const name = url === undefined ? code(item) : link(url, item);
  const by = requester === undefined ? '' : ` · asked for by <@${requester}>`;
  return message(fallback(status), [
    header(title),
    context(`${name} · repo ${code(status.repo)}${pull(status)}${by} · since ${moment(status.startedAt)}`),
    ...(request ? [section(`>>> ${escaped(request, 600)}`)] : []),
    ...(outcome ? ended(status) : [section(standing(status))]),
    ...tasks(status.tasks),
    ...(outcome ? [] : asked(status)),
    ...(outcome ? [] : [context(money(status)), orders(status)]),
  ]);
}

function pull({ pullRequest }: MissionStatus): string {
  return pullRequest ? ` · ${link(pullRequest.url, `pull request #${pullRequest.number}`)}` : '';
}

/** Of its root message, when nobody can say more. */
function fallback({ item, title, stage, outcome }: MissionStatus): string {
  return `${escaped(item)}: ${escaped(title, 200)}: ${escaped(outcome?.result ?? stage)}`;
}

/** In the time zone of whoever reads it. */
export function moment(iso: string): string {
  const seconds = Math.floor(Date.parse(iso) / 1_000);
  if (!Number.isFinite(seconds)) return escaped(iso);
  return `<!date^${seconds}^{date_short_pretty} {time}|${escaped(iso.slice(0, 16).replace('T', ' '))}Z>`;
}

function standing(status: MissionStatus): string {
  const { stage, since, planVersion, waitingOn, tasks: all } = status;
  const over = all.filter(({ state }) => state === 'passed').length;
  const counted = all.filter(({ state }) => state !== 'replaced').length;
  const state = status.halted ? ' (everything is halted)' : status.paused ? ' (paused)' : '';
  return [
    `*${escaped(stage)}*${state} since ${moment(since)}${planVersion > 0 ? `, plan ${planVersion}` : ''}`,
    ...(counted > 0 ? [`${bar(over / counted)} ${over} of ${counted} tasks`] : []),
    ...(waitingOn
      ? [
          `:hourglass: waiting on *${escaped(waitingOn.who)}* since ${moment(waitingOn.since)}: ${escaped(waitingOn.what)}`,
        ]
      : []),
  ].join('\n');
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR);
  return `${'▰'.repeat(full)}${'▱'.repeat(BAR - full)}`;
}

/** In the order of the DAG, each as far to the right as the longest path to it. */
function tasks(views: readonly TaskView[]): readonly Block[] {
  if (views.length === 0) return [];
  const byId = new Map(views.map((view) => [view.task.id, view]));
  const ids = (inOrder(views.map(({ task }) => task)) ?? views.map(({ task }) => task)).map(({ id }) => id);
  const depths = new Map<string, number>();
  const lines = ids.slice(0, TASKS).flatMap((id) => {
    const view = byId.get(id);
    if (!view) return [];
    const depth = Math.max(0, ...view.task.needs.map((need) => (depths.get(need) ?? -1) + 1));
    depths.set(id, depth);
    return [taskLine(view, depth)];
  });
  const hidden = ids.length - lines.length;
  return [...together(lines).map(section), ...(hidden > 0 ? [context(`… and ${hidden} more tasks`)] : [])];
}

function taskLine({ task, state, detail, gates, tried }: TaskView, depth: number): string {
  const verdicts = Object.entries(gates).map(([gate, verdict]) => `${escaped(gate, 40)}: ${escaped(verdict, 40)}`);
  const facts = [
    ...(tried > 0 ? [`${tried} tried`] : []),
    ...verdicts.slice(0, 6),
    ...(state === 'waiting' || state === 'passed' || detail === state ? [] : [escaped(detail, 120)]),
  ];
  const said = facts.length > 0 ? ` _${facts.join(' · ')}_` : '';
  return `${'    '.repeat(Math.min(depth, 6))}${MARKS[state]} ${code(task.id)} ${escaped(task.title, 100)}${said}`;
}

function together(lines: readonly string[]): readonly string[] {
  const parts: string[] = [];
  for (const line of lines) {
    const last = parts.at(-1);
    if (last !== undefined && last.length + line.length < LINES) parts[parts.length - 1] = `${last}\n${line}`;
    else parts.push(line);
  }
  return parts;
}

function asked({ asked: question, item }: MissionStatus): readonly Block[] {
  if (!question) return [];
  const options = question.options.slice(0, 10).map((option) => `• ${escaped(option)}`);
  return [
    section([`:question: ${code(question.node)} asks: ${escaped(question.question, 1_000)}`, ...options].join('\n')),
    actions(button('Answer', 'mission_answer', { value: item, style: 'primary' })),
  ];
}

function money({ budget }: MissionStatus): string {
  if (!budget) return 'No models: it costs nothing but time.';
  const { spent, limit, estimate, share } = budget;
  const expected = estimate ? `, expected about ${describeUsd(estimate.usd)}` : '';
  return `${bar(share)} ${describeUsd(spent.usd)} spent of ${describeUsd(limit.usd)}${expected}`;
}

function orders({ item, paused }: MissionStatus): Block {
  return actions(
    button('Steer', 'mission_steer', { value: item }),
    paused ? button('Resume', 'mission_resume', { value: item }) : button('Pause', 'mission_pause', { value: item }),
    button('Cancel', 'mission_cancel', { value: item, style: 'danger' }),
  );
}

function ended({ outcome, item }: MissionStatus): readonly Block[] {
  if (!outcome) return [];
  const { result, because, mergeCommit, proof, spend, estimate } = outcome;
  const expected = estimate && estimate.usd !== null ? ` (expected about ${describeUsd(estimate.usd)})` : '';
  const seconds = Math.round(spend.activeMs / 1_000);
  return [
    section(`${RESULTS[result]} ${escaped(because, 1_500)}`),
    ...(mergeCommit === undefined ? [] : [section(`Merged as ${code(mergeCommit.slice(0, 12))}`)]),
    context(
      `Cost ${describeUsd(spend.usd)}${expected}, ${spend.candidates} candidates tried, ${seconds} s`,
      ...(proof ? [`Proof ${code(`sha256:${proof.sha256.slice(0, 16)}`)}: ${code(`signalbox proof ${item}`)}`] : []),
    ),
  ];
}
