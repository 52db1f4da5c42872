import type { Approval } from '../schemas/approval.js';
import type { RiskLevel } from '../schemas/blueprint.js';
import type { Spend } from '../schemas/budget.js';
import type { Change } from '../schemas/change.js';
import type { SetLink } from '../schemas/change-set.js';
import { markComment } from '../schemas/comment-marker.js';
import { describeUsd } from '../schemas/cost.js';
import type { Finding } from '../schemas/finding.js';
import { workflowId } from '../schemas/names.js';
import type { Outcome } from '../schemas/outcome.js';
import type { Plan } from '../schemas/plan.js';
import type { Verdict } from '../schemas/verdict.js';
import type { WorkItem } from '../schemas/work-item.js';
import type { TaskRecord } from './mission-data.js';
import { quote } from './story.js';

// What the body of a pull request says. Everything that comes from outside or from a model is quoted.

/** A body has room for some 60,000 characters; a reader has less. */
const LINES = 40;

export interface ChangeStory {
  readonly item: WorkItem;
  readonly change: Change;
  readonly plan: Plan;
  readonly tasks: readonly Pick<TaskRecord, 'task' | 'state' | 'detail' | 'tried'>[];
  readonly stage: string;
  /** Who is waited for, and for what. */
  readonly waitingOn?: { readonly who: string; readonly what: string };
  readonly proof: {
    readonly failingBefore: readonly string[];
    readonly passingAfter: readonly string[];
    readonly head: readonly Verdict[];
    /** SHA-256 of the bundle, once it is written. */
    readonly sha256?: string;
  };
  readonly findings: readonly Finding[];
  readonly remarks: readonly StoryRemark[];
  readonly approvals: readonly Approval[];
  /** Pull requests in other repos that land with this one, or not at all. */
  readonly links?: readonly SetLink[];
  readonly risk: RiskLevel;
  readonly confidence: 'high' | 'low';
  readonly spend: Spend;
  /** US dollars that it may cost; undefined where there are no models. */
  readonly limit?: number;
  readonly outcome?: Pick<Outcome, 'result' | 'because' | 'mergeCommit'>;
}

export interface StoryRemark extends Finding {
  readonly by: string;
  readonly answer?: string;
}

export function pullRequestTitle({ key, title }: WorkItem): string {
  return `${oneLine(title)} (${key})`;
}

export function pullRequestBody(story: ChangeStory): string {
  const body = [
    ...standing(story),
    ...together(story),
    ...goal(story),
    ...plan(story),
    ...proof(story),
    ...reviews(story),
    ...riskAndCost(story),
    ...steering(story),
  ].join('\n');
  return markComment(body, `${workflowId.mission(story.item.key)}/pull-request`);
}

/** Ours begin with `signalbox`: the forge's adapter leaves others alone. */
export function pullRequestLabels({ risk, outcome, waitingOn }: ChangeStory): string[] {
  const stopped = outcome && outcome.result !== 'shipped' ? ['signalbox:stopped'] : [];
  return ['signalbox', `signalbox:risk-${risk}`, ...(waitingOn ? ['signalbox:waiting'] : []), ...stopped];
}

function standing({ stage, waitingOn, outcome }: ChangeStory): string[] {
  if (outcome) return [`**${outcome.result}**: ${said(outcome.because, 1000)}`];
  const waits = waitingOn ? ` Waiting on **${said(waitingOn.who)}**: ${said(waitingOn.what, 400)}.` : '';
  return [`**Now: ${stage}.**${waits}`];
}

function together({ item, links = [] }: ChangeStory): string[] {
  if (!item.inSet) return [];
  const [first = '', ...others] = item.inSet.repos.map((repo) => said(repo, 100));
  const order = [first, ...others.map((repo) => `then ${repo}`)].join(', ');
  const lines = links.map(({ repo, url }) => `[${said(repo, 100)}](${link(url)})`);
  return ['', '## Together with', '', `Merged in this order, or not at all: ${order}.`, ...listed(lines)];
}

function goal({ item, plan: { criteria = [] } }: ChangeStory): string[] {
  const source = item.source.url === undefined ? said(item.key) : `[${said(item.key)}](${link(item.source.url)})`;
  return [
    '',
    '## Goal',
    '',
    `Of ${source}, in the words of whoever asked:`,
    '',
    `> **${said(item.title, 300)}**`,
    '>',
    `> ${said(item.problem, 1500)}`,
    '>',
    `> Expected: ${said(item.expected, 1500)}`,
    ...(criteria.length > 0 ? ['', 'It is done when:', ...listed(criteria.map(({ text }) => said(text, 300)))] : []),
  ];
}

function plan({ plan: { version, because, assumptions, risks }, tasks }: ChangeStory): string[] {
  const row = ({ task, state, detail, tried }: ChangeStory['tasks'][number]) =>
    `| \`${task.id}\` | ${said(task.title, 120)} | ${task.needs.map((need) => `\`${need}\``).join(', ')} | ${state}${tried > 0 ? `, ${tried} tried` : ''} | ${said(detail, 200)} |`;
  return [
    '',
    `## Plan, version ${version}`,
    '',
    `${said(because, 400)}.`,
    '',
    '| task | what | needs | state | result |',
    '|---|---|---|---|---|',
    ...tasks.slice(0, LINES).map(row),
    ...more(tasks.length),
    ...(assumptions.length > 0 ? ['', 'Assumed:', ...listed(assumptions.map((one) => said(one, 300)))] : []),
    ...(risks.length > 0 ? ['', 'Risks of the plan:', ...listed(risks.map((one) => said(one, 300)))] : []),
  ];
}

function proof({ change, proof: { failingBefore, passingAfter, head, sha256 } }: ChangeStory): string[] {
  const passing = new Set(passingAfter);
  const tests = failingBefore.map(
    (test) => `| \`${code(test)}\` | fails | ${passing.has(test) ? 'passes' : 'not shown yet'} |`,
  );
  const gates = head
    .filter(({ tree }) => tree === change.tree)
    .map(({ gate, outcome, reason }) => `| ${said(gate)} | **${outcome}** | ${said(reason, 300)} |`);
  return [
    '',
    '## Proof',
    '',
    `Of head \`${change.head}\` on \`${change.baseCommit}\` (${said(change.baseBranch)}).`,
    ...(tests.length > 0
      ? ['', '| test | before | after |', '|---|---|---|', ...tests.slice(0, LINES), ...more(tests.length)]
      : []),
    ...(gates.length > 0
      ? ['', '| gate | outcome | why |', '|---|---|---|', ...gates]
      : ['', 'No gate has judged this head yet.']),
    ...(sha256 === undefined ? [] : ['', `Bundle: \`sha256:${sha256}\`.`]),
  ];
}

function reviews({ findings, remarks, approvals }: ChangeStory): string[] {
  const found = findings.map(
    ({ severity, rule, path, line, message }) => `${severity}, ${rule}: ${place(path, line)} ${said(message, 300)}`,
  );
  const people = remarks.map(
    ({ by, path, line, message, answer }) =>
      `${said(by)} ${path === '' ? '' : `${place(path, line)} `}"${said(message, 200)}": ${answer === undefined ? '**not answered yet**' : said(answer, 300)}`,
  );
  const answers = approvals.map(
    ({ question, outcome, by, reason }) =>
      `${question.id}, head \`${question.head.slice(0, 12)}\`: **${outcome}**${by ? ` by ${said(by.name ?? by.id)}` : ''}${reason ? `: ${said(reason, 300)}` : ''}`,
  );
  return [
    '',
    '## Reviews',
    '',
    ...(found.length > 0 ? ['Findings:', ...listed(found)] : ['No findings.']),
    ...(people.length > 0 ? ['', 'Remarks of people:', ...listed(people)] : []),
    ...(answers.length > 0 ? ['', 'Approvals:', ...listed(answers)] : []),
  ];
}

function riskAndCost({ risk, confidence, spend, limit }: ChangeStory): string[] {
  const usd = spend.usd === null ? 'unknown' : describeUsd(spend.usd);
  return [
    '',
    '## Risk and cost',
    '',
    `Risk **${risk}**, confidence ${confidence}.`,
    `Cost so far: ${usd}${limit === undefined ? '' : ` of at most ${describeUsd(limit)}`}, ${spend.candidates} candidates tried, ${spend.iterations} iterations.`,
  ];
}

function steering({ item, change }: ChangeStory): string[] {
  return [
    '',
    '## How to steer',
    '',
    `- A remark on this pull request is answered in place. Changes that are requested hold the merge up until whoever asked has looked again.`,
    `- Commits that are pushed to \`${code(change.branch)}\` are taken in and validated; they are never overwritten.`,
    `- Closing this pull request cancels the mission; the work is kept. Merging it ends the mission.`,
    `- \`signalbox steer ${item.key} "…"\`, \`signalbox pause ${item.key}\`, \`signalbox cancel ${item.key}\`, \`signalbox status ${item.key}\``,
  ];
}

function place(path: string, line: number | undefined): string {
  return `\`${code(path)}${line === undefined ? '' : `:${line}`}\``;
}

function listed(lines: readonly string[]): string[] {
  return [...lines.slice(0, LINES).map((line) => `- ${line}`), ...more(lines.length)];
}

function more(count: number): string[] {
  return count > LINES ? ['', `… and ${count - LINES} more.`] : [];
}

/** Inside of a code span only a backtick has a meaning, and a pipe inside of a table. */
function code(text: string): string {
  return oneLine(text).replaceAll('`', "'").replaceAll('|', '\\|').slice(0, 300);
}

/** Only what is a web address, and nothing that ends the link. */
function link(url: string): string {
  return /^https?:\/\/[^\s()<>]+$/.test(url) ? url : '#';
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 200);
}

/** Foreign text; forges also call people by `@name`, and close issues that are named by `#1`. */
function said(text: string, length?: number): string {
  return quote(text, length).replace(/[@#]/g, '$&\u200b');
}
