import { workflowId } from '../schemas/names.js';
import type { Plan } from '../schemas/plan.js';
import { inOrder } from '../schemas/plan-rules.js';
import { cancelMission, type MissionStatus, pauseMission, resumeMission, steerMission } from '../workflows/messages.js';
import { cancelTriage } from '../workflows/messages-triage.js';
import { type Context, withClient, withRecords } from './connect.js';
import { Refusal } from './errors.js';
import { lastPlans, lastStatus } from './last-status.js';
import { withItsPlace } from './merge-turn.js';
import { json, safe } from './output.js';
import { renderMission } from './render.js';
import { missionTrouble, TaskWatch } from './running.js';
import { duration } from './text.js';
import { triageBefore } from './triage-before.js';

// Commands about missions: seeing them, and giving them orders.

export interface MissionRow {
  readonly item: string;
  readonly repo: string;
  readonly stage: string;
  readonly risk: string;
  readonly run: string;
  readonly startedAt: string;
  readonly endedAt?: string;
}

export function list(options: {
  readonly limit: number;
  readonly open: boolean;
  readonly json: boolean;
}): Promise<number> {
  return withClient(async (context) => {
    const rows = await missionRows(context, options);
    const { output } = context;
    if (options.json) output.data(json(rows));
    else if (rows.length === 0) output.talk('no missions; `signalbox submit` starts one');
    else for (const line of table(rows)) output.data(line);
    return 0;
  });
}

export async function missionRows(
  { client }: Context,
  { limit, open }: { readonly limit: number; readonly open: boolean },
): Promise<MissionRow[]> {
  const prefix = workflowId.mission('');
  const query = `WorkflowId STARTS_WITH '${prefix}'${open ? " AND ExecutionStatus = 'Running'" : ''}`;
  const rows: MissionRow[] = [];
  for await (const run of client.workflow.list({ query, pageSize: Math.min(limit, 200) })) {
    if (rows.length === limit) break;
    // A continued run is the same mission; its newest run stands for it.
    if (run.status.name === 'CONTINUED_AS_NEW') continue;
    const attribute = (name: string) =>
      String(run.typedSearchAttributes.getAll().find(({ key }) => key.name === name)?.value ?? '');
    rows.push({
      item: run.workflowId.slice(prefix.length),
      repo: attribute('SignalboxRepo'),
      stage: attribute('SignalboxStage'),
      risk: attribute('SignalboxRisk'),
      run: run.status.name.toLowerCase().replaceAll('_', '-'),
      startedAt: run.startTime.toISOString(),
      ...(run.closeTime ? { endedAt: run.closeTime.toISOString() } : {}),
    });
  }
  return rows;
}

function table(rows: readonly MissionRow[]): string[] {
  const cells = rows.map((row) => {
    const took = Date.parse(row.endedAt ?? new Date().toISOString()) - Date.parse(row.startedAt);
    return [row.item, row.repo, row.stage || row.run, row.risk, duration(took), row.startedAt.slice(0, 19)].map(safe);
  });
  const all = [['MISSION', 'REPO', 'STAGE', 'RISK', 'TIME', 'STARTED'], ...cells];
  const widths = all[0]?.map((_cell, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? [];
  return all.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** What the mission says of itself, or said as its last when Temporal has forgotten it. */
export function status({ mission, ...options }: { readonly mission: string; readonly json: boolean }): Promise<number> {
  return withRecords(async (context) => {
    const { output } = context;
    const { archived, ...last } = await lastStatus(context, mission);
    const now = context.client && !archived ? await withItsPlace(context.client, last) : last;
    if (options.json) output.data(json({ ...now, ...(archived && { source: 'archive' }) }));
    else {
      const space = { columns: output.tty ? output.columns() : 400, rows: 1000, color: output.color };
      const live = archived || now.outcome ? undefined : context.client;
      const running = live ? await new TaskWatch(live).look(now) : new Map();
      const trouble = live && (await missionTrouble(live, mission));
      const lines = renderMission({ status: now, running, trouble, now: Date.now() }, space);
      output.data([...lines, ...(archived ? ['', '(from the archive)'] : [])].join('\n'));
    }
    return 0;
  });
}

/** Watches until the mission ends: 0 when it shipped, 130 when the watcher was interrupted. */
export async function follow({ client, output }: Context, item: string, asJson: boolean): Promise<number> {
  const { watchMission, terminalSink, jsonSink } = await import('./watch.js');
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  const sink = asJson ? jsonSink(output) : terminalSink(output);
  const { outcome } = await watchMission({ client, item, sink, signal: interrupted.signal });
  if (outcome) return outcome.result === 'shipped' ? 0 : 1;
  output.talk(`${item} goes on; \`signalbox watch ${item}\` looks again`);
  return 130;
}

interface ShowPlan {
  readonly mission: string;
  readonly version: number | undefined;
  readonly json: boolean;
}

export function plan({ mission, version, ...options }: ShowPlan): Promise<number> {
  return withRecords(async (context) => {
    const { output } = context;
    const plans = await lastPlans(context, mission);
    const shown = version === undefined ? plans : plans.filter((one) => one.version === version);
    if (version !== undefined && shown.length === 0) {
      const known = plans.map((one) => one.version).join(', ') || 'none yet';
      throw new Refusal(`${mission} has no plan ${version}; its plans: ${known}`);
    }
    if (options.json) output.data(json(version === undefined ? shown : shown[0]));
    else if (shown.length === 0) output.talk(`${mission} has no plan yet`);
    else output.data(shown.map(describePlan).join('\n\n'));
    return 0;
  });
}

function describePlan(one: Plan): string {
  const lines = [`plan ${one.version}  ${safe(one.goal)}`, `  because  ${safe(one.because)}`];
  lines.push(...one.assumptions.map((text) => `  assumes  ${safe(text)}`));
  lines.push(...one.risks.map((text) => `  risk     ${safe(text)}`));
  for (const task of inOrder(one.tasks) ?? one.tasks) {
    const needs = task.needs.length > 0 ? `  ← ${task.needs.join(', ')}` : '';
    lines.push(`  ${task.id} (${task.kind})  ${safe(task.title)}${needs}`);
    lines.push(...task.acceptance.map((text) => `    accepted when  ${safe(text)}`));
    lines.push(...task.targets.map((test) => `    must pass      ${safe(test)}`));
    if (task.touches.length > 0) lines.push(`    touches        ${task.touches.map(safe).join(', ')}`);
    if (task.gates.length > 0) lines.push(`    gates          ${task.gates.map(safe).join(', ')}`);
  }
  return lines.join('\n');
}

const ORDERS = { steer: steerMission, pause: pauseMission, resume: resumeMission, cancel: cancelMission } as const;
export type OrderName = keyof typeof ORDERS;

const DONE: Readonly<Record<OrderName, (status: MissionStatus) => string>> = {
  steer: () => 'heard; the next plan or iteration takes it in',
  pause: () => 'paused; what runs now is finished, nothing new begins',
  resume: () => 'goes on',
  cancel: ({ stage, outcome }) =>
    outcome
      ? `has ended: ${outcome.result}`
      : `is cancelled: nothing of it goes on${stage === 'cancelling' ? ' but what is being ended now' : ''}`,
};

interface GiveOrder {
  readonly order: OrderName;
  readonly mission: string;
  readonly text: string;
  readonly json: boolean;
}

export function order({ order: name, mission, text, ...options }: GiveOrder): Promise<number> {
  return withClient(async ({ client, config, output }) => {
    const by = { id: `cli:${config.user}`, name: config.user };
    const handle = client.workflow.getHandle(workflowId.mission(mission));
    const triage = name === 'cancel' ? await triageBefore(client, mission) : undefined;
    if (triage) {
      const accepted = await triage.executeUpdate(cancelTriage, { args: [{ by, text }] });
      if (options.json) output.data(json({ ...accepted, triage: triage.workflowId }));
      else output.talk(`${mission} is cancelled; no mission was started`);
      return 0;
    }
    const after = await handle.executeUpdate(ORDERS[name], { args: [{ by, text }] });
    if (options.json) output.data(json(after));
    else output.talk(`${mission} ${DONE[name](after)}`);
    return 0;
  });
}
