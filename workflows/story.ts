import type { Estimate } from '../schemas/budget.js';
import type { Kin } from '../schemas/claim.js';
import { describeUsd } from '../schemas/cost.js';
import type { Outcome } from '../schemas/outcome.js';
import type { Plan, PlanTask, TaskState } from '../schemas/plan.js';
import type { Stall } from '../schemas/stall.js';
import type { Turn } from '../schemas/turn.js';
import type { MissingField, WorkItem } from '../schemas/work-item.js';
import type { MissionStatus, Question, TaskView } from './messages.js';
import type { MergeQueueStatus } from './messages-standing.js';

// What people read: Temporal UI's current details and the comments on a ticket. Text from outside is quoted as text.

const MARKS: Readonly<Record<TaskState, string>> = {
  waiting: '·',
  running: '▶',
  passed: '✔',
  failed: '✘',
  'cannot-do': '∅',
  cancelled: '–',
  replaced: '↻',
};

/** Terminal codes, and marks that make text read in another direction than it is written. */
const INVISIBLE = /(?!\s)[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** One line of foreign text, harmless inside Markdown. Cut before it is escaped, or a lone backslash could remain. */
export function quote(text: string, length = 200): string {
  return text
    .replace(INVISIBLE, '')
    .replace(/\s+/g, ' ')
    .slice(0, length)
    .replace(/[\ud800-\udbff]$/, '')
    .replace(/[\\`*_{}[\]<>|#]/g, '\\$&');
}

export function missionDetails(status: MissionStatus): string {
  const waiting = status.waitingOn;
  return [
    `### ${status.item}: ${quote(status.title)}`,
    '',
    `**${status.stage}** since ${status.since}${status.paused ? ' (paused)' : ''}, plan version ${status.planVersion}`,
    ...(waiting ? ['', `Waiting on **${quote(waiting.who)}**: ${quote(waiting.what)}, since ${waiting.since}`] : []),
    '',
    ...(status.tasks.length > 0
      ? ['| | task | needs | state | gates |', '|---|---|---|---|---|', ...status.tasks.map(taskRow)]
      : []),
    ...(status.outcome ? ['', `**${status.outcome.result}**: ${quote(status.outcome.because, 1000)}`] : []),
    ...(status.notes.length > 0 ? ['', ...status.notes.slice(-10).map((note) => `- ${quote(note, 400)}`)] : []),
  ].join('\n');
}

function taskRow({ task, state, detail, gates, tried }: TaskView): string {
  const verdicts = Object.entries(gates).map(([gate, outcome]) => `${gate}: ${outcome}`);
  const said = [state, tried > 0 ? `${tried} tried` : '', quote(detail, 120)].filter(Boolean).join(', ');
  return `| ${MARKS[state]} | ${task.id} | ${task.needs.join(', ')} | ${said} | ${verdicts.join(', ')} |`;
}

export function taskDetails(node: PlanTask, turns: readonly Turn[], stage?: string): string {
  return [
    `### ${node.id}: ${quote(node.title)}`,
    '',
    quote(node.goal, 1000),
    '',
    ...turns.flatMap(({ n, act, critique }) => [
      `**Iteration ${n}** ${quote(act.summary, 400)} (${act.tried} tried)`,
      ...critique.verdicts.map(
        ({ gate, outcome, reason, cached }) =>
          `- ${gate}: **${outcome}**${cached ? ' (cached)' : ''} ${quote(reason, 300)}`,
      ),
      ...critique.findings.map(({ rule, path, message }) => `- ${rule}: ${quote(path)} ${quote(message)}`),
      `- decision: **${critique.decision}** ${quote(critique.because, 400)}`,
      '',
    ]),
    ...(stage ? [`Now: ${quote(stage, 400)}`] : []),
  ].join('\n');
}

/** The agent's words are quoted: they are text like any other. */
export function agentQuestion(item: string, { node, question, options }: Question): string {
  return [
    `**\`${node}\` asks:** ${quote(question, 1000)}`,
    ...(options.length > 0 ? ['', ...options.map((option) => `- ${quote(option, 300)}`)] : []),
    '',
    `Answer with \`signalbox answer ${item} "…"\`. Without an answer it decides by what the item says, and notes it as an assumption.`,
  ].join('\n');
}

export function stallComment({ detail, remedy }: Stall): string {
  return [`**This has come to a stop:** ${quote(detail, 500)}.`, '', `For whoever runs Signalbox: ${remedy}.`].join(
    '\n',
  );
}

export function mergeQueueDetails({ repo, holder, waiting, given, lost }: MergeQueueStatus): string {
  return [
    `### Turns to merge into ${quote(repo)}`,
    '',
    holder ? `**${holder.item}** has it since ${holder.since}.` : 'Nobody has it.',
    ...(waiting.length > 0 ? ['', ...waiting.map(({ item, since }, n) => `${n + 1}. ${item}, since ${since}`)] : []),
    '',
    `${given} given so far${lost > 0 ? `, ${lost} of them never handed back` : ''}.`,
  ].join('\n');
}

/** `missing`: each as `field: question`. */
export function triageReminder(missing: readonly string[]): string {
  return [
    '**This still waits for an answer before work can start:**',
    '',
    ...missing.map((one) => `- ${quote(one, 500)}`),
  ].join('\n');
}

/** Back where it came from: whose work it is now, and how to say that it is not. */
export function foldedComment(own: string, into: Kin): string {
  return [
    `**The same as ${quote(into.item)}**, which is worked on: ${quote(into.title)}${linkTo(into)}.`,
    '',
    `Why: ${quote(into.because, 300)}. What comes of it is told here too.`,
    `If it is another fault: \`signalbox triage split ${own}\`.`,
  ].join('\n');
}

/** Two that stay apart, and are told of each other. */
export function nearComment(own: string, near: readonly Kin[]): string {
  return [
    '**This may be the same as:**',
    '',
    ...near.map((kin) => `- ${quote(kin.item)}: ${quote(kin.title)}${linkTo(kin)} (${quote(kin.because, 300)})`),
    '',
    `It is worked on by itself. If it is the same: \`signalbox triage merge ${own} ${near[0]?.key ?? '<other>'}\`.`,
  ].join('\n');
}

function linkTo({ source }: Kin): string {
  return source.url && /^https?:\/\/[^\s()<>]+$/.test(source.url) ? ` (${source.url})` : '';
}

export function triageQuestion(missing: readonly MissingField[]): string {
  return [
    '**Before work can start, something is missing here:**',
    '',
    ...missing.map(({ field, question }) => `- ${field}: ${quote(question, 600)}`),
    '',
    'Answer in a comment below; work starts by itself then. Nothing is guessed meanwhile.',
  ].join('\n');
}

export function startComment(item: WorkItem, plan: Plan, cost?: Expected): string {
  return [
    `**Started.** Repository \`${item.repo}\` (${quote(item.routedBecause)}), plan version ${plan.version}:`,
    '',
    ...plan.tasks.map(
      (task) =>
        `- \`${task.id}\` ${quote(task.title)}${task.needs.length > 0 ? ` (after ${task.needs.join(', ')})` : ''}`,
    ),
    '',
    `Why this plan: ${quote(plan.because, 400)}.`,
    ...(cost ? [expectation(cost)] : []),
  ].join('\n');
}

interface Expected {
  readonly estimate: Estimate;
  /** US dollars that it may cost. */
  readonly limit: number;
}

function expectation({ estimate, limit }: Expected): string {
  const { usd, highUsd, tokens, because } = estimate;
  const amount =
    usd === null
      ? `about ${tokens} tokens, price unknown`
      : `about ${describeUsd(usd)}, seldom over ${describeUsd(highUsd)}`;
  const over = usd !== null && usd > limit ? ' That is more than its budget: somebody will be asked on the way.' : '';
  return `Expected cost: ${amount} (${because}); it may cost ${describeUsd(limit)}.${over}`;
}

/** A cost far from what was expected is something to look into. */
function compared({ spend, estimate }: Outcome): string {
  if (!estimate || spend.usd === null || estimate.usd === null) return '';
  return ` (expected about ${describeUsd(estimate.usd)})`;
}

/** Where the work can be watched and steered from now on. */
export function pullRequestComment({ number, url }: { readonly number: number; readonly url: string }): string {
  return [
    `**Opened a pull request:** [#${number}](${url}).`,
    '',
    'It shows the plan, the proof and what is waited for; a remark there is answered there.',
  ].join('\n');
}

/** What people read when nothing else was said for long. */
export function heartbeatComment(status: MissionStatus): string {
  const { stage, since, waitingOn, tasks } = status;
  const over = tasks.filter(({ state }) => state === 'passed').length;
  const next = tasks.filter(({ state }) => state === 'running' || state === 'waiting').slice(0, 3);
  return [
    `**Still at work:** ${stage} since ${since}${status.paused ? ', paused' : ''}.`,
    ...(tasks.length > 0 ? ['', `${over} of ${tasks.length} tasks are done.`] : []),
    ...(next.length > 0
      ? ['', `Next: ${next.map(({ task }) => `\`${task.id}\` ${quote(task.title)}`).join('; ')}.`]
      : []),
    ...(waitingOn ? ['', `It waits for **${quote(waitingOn.who)}**: ${quote(waitingOn.what, 400)}`] : []),
  ].join('\n');
}

export function endComment(
  outcome: Outcome,
  evidence: readonly string[],
  pullRequest?: { readonly number: number; readonly url: string },
): string {
  const said = {
    shipped: 'Done',
    'cannot-do': 'Cannot do this',
    rejected: 'Not merged',
    failed: 'Stopped',
    cancelled: 'Cancelled',
  };
  const { usd, candidates, activeMs } = outcome.spend;
  return [
    `**${said[outcome.result]}.** ${quote(outcome.because, 1500)}`,
    ...(outcome.mergeCommit
      ? ['', `Merge commit \`${outcome.mergeCommit}\`, proof \`sha256:${outcome.proof?.sha256 ?? ''}\`.`]
      : ['', 'Nothing was merged.']),
    ...(pullRequest ? ['', `Pull request: [#${pullRequest.number}](${pullRequest.url})`] : []),
    ...(evidence.length > 0 ? ['', 'Evidence:', ...evidence.slice(0, 30).map((line) => `- ${quote(line, 500)}`)] : []),
    '',
    `Cost: ${usd === null ? 'unknown' : `$${usd.toFixed(2)}`}${compared(outcome)}, ${candidates} candidates tried, ${Math.round(activeMs / 1000)} s.`,
  ].join('\n');
}
