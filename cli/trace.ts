import { describeUsd } from '../schemas/cost.js';
import type { Usage } from '../schemas/money.js';
import { withRecords } from './connect.js';
import { type MissionRecord, readRecord } from './mission-record.js';
import { json, safe } from './output.js';
import { type MissionStory, tellMission, type WorkStory } from './story.js';
import type { StoryStep } from './story-steps.js';
import { type Total, totalOf, totalsOf } from './story-totals.js';
import { cut, duration, type Paint, painter } from './text.js';

// Everything that a mission did, as a tree, with what it cost.

interface Trace {
  readonly mission: string;
  readonly turns: boolean;
  readonly json: boolean;
}

export function trace({ mission, turns, ...options }: Trace): Promise<number> {
  return withRecords(async (context) => {
    const record = await readRecord(context, mission);
    const story = tellMission(record.trees, record.forgotten);
    const { output } = context;
    if (options.json) output.data(json({ source: record.source, ...story, totals: totalsOf(story) }));
    else {
      const lines = renderTrace(story, record.source, { turns, paint: painter(output.color) });
      output.data(lines.map((line) => (output.tty ? cut(line, output.columns()) : line)).join('\n'));
    }
    return 0;
  });
}

interface Style {
  /** Every step, not only what decided. */
  readonly turns: boolean;
  readonly paint: Paint;
}

export function renderTrace(story: MissionStory, source: MissionRecord['source'], style: Style): string[] {
  const { paint } = style;
  const totals = totalsOf(story);
  const { outcome } = story;
  return [
    `${paint('bold', safe(story.item))}  ${safe(story.title)}  ${paint('gray', safe(story.repo))}${source === 'temporal' ? '' : `  (from ${source === 'archive' ? 'the archive' : 'Temporal and the archive'})`}`,
    outcome ? `${paint('bold', outcome.result)}  ${line(outcome.because)}` : 'still running, or its end is not known',
    ...facts(story).map((fact) => paint('gray', fact)),
    ...story.forgotten.map(({ workflowId, runId }) => `forgotten  ${safe(workflowId)} run ${runId}: not in this trace`),
    '',
    ...story.plans.map((plan) => `plan ${plan.version}  ${line(plan.because)}  (${plan.tasks.length} tasks)`),
    ...renderWork(story.mission, '', style),
    '',
    `total  ${describeTotal(totals.all)}`,
    ...table('stage', stageTotals(story, totals.stages)),
    ...table('role', totals.roles),
    ...table('model', totals.models),
  ];
}

function facts({ startedAt, endedAt, runs }: MissionStory): string[] {
  const took = endedAt === undefined ? '' : `, took ${duration(Date.parse(endedAt) - Date.parse(startedAt))}`;
  return [`started ${startedAt.slice(0, 19)}${took}${runs > 1 ? `, ${runs} runs` : ''}`];
}

function renderWork(work: WorkStory, indent: string, style: Style): string[] {
  const { paint } = style;
  const total = totalOf(work);
  const took = work.endedAt && duration(Date.parse(work.endedAt) - Date.parse(work.startedAt));
  const head = [took, total.calls > 0 ? describeTotal(total) : ''].filter(Boolean).join(', ');
  const inner = `${indent}  `;
  return [
    `${indent}${paint('bold', safe(work.workflowId))}  ${line(work.ended || 'running')}${head ? `  ${paint('gray', head)}` : ''}`,
    ...(style.turns ? work.steps : work.steps.filter(isDecisive)).map((step) => `${inner}${renderStep(step, paint)}`),
    ...(work.task?.turns ?? []).map(
      ({ n, rung, act, critique }) =>
        `${inner}iteration ${n} (${rung})  ${critique.decision}: ${line(critique.because || act.summary)}`,
    ),
    ...(work.task?.question === undefined ? [] : [`${inner}question  ${line(work.task.question)}`]),
    ...(work.task?.turns.at(-1)?.critique.findings ?? []).map(
      ({ severity, rule, path, message }) => `${inner}finding  ${severity} ${rule} ${safe(path)}: ${line(message)}`,
    ),
    ...(work.approval ? [`${inner}${renderApproval(work.approval)}`] : []),
    ...work.parts.flatMap((part) => renderWork(part, inner, style)),
  ];
}

function renderApproval({ outcome, by, reason }: NonNullable<WorkStory['approval']>): string {
  const who = by ? ` by ${safe(by.name ?? by.id)}` : '';
  return `${outcome}${who}${reason ? `: ${line(reason)}` : ''}`;
}

/** Without the turns: verdicts, and what went wrong or took several attempts. */
function isDecisive({ gate, failure, attempts }: StoryStep): boolean {
  return gate !== undefined || failure !== undefined || attempts > 1;
}

function renderStep(step: StoryStep, paint: Paint): string {
  const { call, tools, gate, failure, attempts, ms } = step;
  const took = ms === undefined ? 'running' : duration(ms);
  const tries = attempts > 1 ? `, ${attempts} attempts` : '';
  const after = paint('gray', `${took}${tries}`);
  if (failure !== undefined) return `${safe(step.name)}  ${line(step.summary)}  failed: ${line(failure)}  ${after}`;
  if (call) {
    const words = [call.said && `"${line(call.said)}"`, call.instead && `(${line(call.instead)})`].filter(Boolean);
    const cost = `${describeUsage(call.usage)}, ${describeUsd(call.usd)}`;
    return [`${call.role}  ${safe(call.model)}  ${cost}`, ...words, after].join('  ');
  }
  if (tools) {
    const refused = tools.refused > 0 ? `  ${tools.refused} refused` : '';
    return `tools  ${line(tools.did)}${refused}${tools.ending ? `  -> ${tools.ending.tool}` : ''}  ${after}`;
  }
  if (gate) {
    return `gate ${safe(gate.gate)}  ${gate.outcome}${gate.cached ? ' (cached)' : ''}: ${line(gate.reason)}  ${after}`;
  }
  return `${safe(step.name)}  ${line(step.summary)}  ${after}`;
}

/** Stages of which each has its time; a stage can come more than once. */
function stageTotals({ stages }: MissionStory, totals: Readonly<Record<string, Total>>): Record<string, string> {
  const rows: Record<string, string> = {};
  for (const stage of new Set(stages.map((one) => one.stage))) {
    const ms = stages.filter((one) => one.stage === stage).reduce((sum, one) => sum + one.ms, 0);
    const total = totals[stage];
    rows[stage] = [duration(ms), ...(total ? [describeTotal(total)] : [])].join(', ');
  }
  return rows;
}

function table(what: string, rows: Readonly<Record<string, Total | string>>): string[] {
  const names = Object.keys(rows);
  const width = Math.max(0, ...names.map((name) => safe(name).length));
  return names.map((name) => {
    const row = rows[name];
    const said = typeof row === 'string' ? row : row ? describeTotal(row) : '';
    return `  ${what}  ${safe(name).padEnd(width)}  ${said}`;
  });
}

/** `12 calls, 1,200 in, 340 out, 9,000 cache read, 0 cache write, $0.0120`. */
export function describeTotal({ calls, cost, knownUsd }: Total): string {
  if (calls === 0) return 'no model calls';
  const known = cost.usd === null && knownUsd > 0 ? ` (of which ${describeUsd(knownUsd)} are known)` : '';
  return `${calls} ${calls === 1 ? 'call' : 'calls'}, ${describeUsage(cost.usage)}, ${describeUsd(cost.usd)}${known}`;
}

export function describeUsage({ input, output, cacheRead, cacheWrite }: Usage): string {
  const number = (tokens: number) => tokens.toLocaleString('en-US');
  return `${number(input)} in, ${number(output)} out, ${number(cacheRead)} cache read, ${number(cacheWrite)} cache write`;
}

/** One line of foreign text. */
function line(text: string): string {
  return safe(text.replace(/\s*\n\s*/g, ' '));
}
