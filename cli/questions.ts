import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { ApprovalQuestion } from '../schemas/approval.js';
import { workflowId } from '../schemas/names.js';
import { Signal } from '../schemas/signal.js';
import {
  answerApproval,
  answerMission,
  answerTriage,
  approvalStatus,
  type TriageStatus,
  triageStatus,
} from '../workflows/messages.js';
import { type Context, runStatus, withClient } from './connect.js';
import { Refusal } from './errors.js';
import { json, safe } from './output.js';

// Commands about what waits for a person: seeing the questions, and answering them.

/** Visibility follows a workflow's start with a short delay. */
const VISIBILITY_TRIES = 5;

interface Decide {
  readonly id: string;
  readonly decision: 'approve' | 'reject';
  readonly reason: string;
  readonly yes: boolean;
  readonly json: boolean;
}

/** The answer carries the head that was shown here: if the change has moved on since, it counts for nothing. */
export function decide({ id, decision, reason, yes, ...options }: Decide): Promise<number> {
  return withClient(async (context) => {
    const { client, config, output } = context;
    const handle = client.workflow.getHandle(workflowId.approval(...(await openApproval(context, id))));
    const { question, state } = await handle.query(approvalStatus);
    if (state !== 'open') throw new Refusal(`${question.id} was answered already: ${state}`);
    output.talk(describeQuestion(question));
    if (!yes && process.stdin.isTTY && !(await confirmed(`${decision} this? [y/N] `))) {
      throw new Refusal('nothing was answered');
    }
    const by = { id: `cli:${config.user}`, name: config.user };
    const approval = await handle.executeUpdate(answerApproval, {
      args: [{ decision, head: question.head, by, reason }],
    });
    if (options.json) output.data(json(approval));
    else output.talk(`${question.id} ${approval.outcome}${approval.reason ? `: ${safe(approval.reason)}` : ''}`);
    const wanted = decision === 'approve' ? 'approved' : 'rejected';
    return approval.outcome === wanted ? 0 : 1;
  });
}

async function openApproval(context: Context, id: string): Promise<[item: string, n: number]> {
  const [, item, n] = /^(?:approval\/)?(.+)\/(\d+)$/.exec(id) ?? [];
  if (item && n) return [item, Number(n)];
  for (let attempt = 1; ; attempt++) {
    const open = (await openWith(context, 'approval')).map((run) => run.workflowId.slice('approval/'.length));
    const its = open.filter((one) => one.slice(0, one.lastIndexOf('/')) === id);
    if (its.length > 1) throw new Refusal(`${id} waits for several answers; name one: ${its.join(', ')}`);
    if (its[0]) return [id, Number(its[0].slice(id.length + 1))];
    if (attempt === VISIBILITY_TRIES) {
      throw new Refusal(`nothing of ${id} waits for an approval; open ones: ${open.join(', ') || 'none'}`);
    }
    await sleep(300);
  }
}

export async function openWith({ client }: Context, kind: 'approval' | 'triage'): Promise<WorkflowExecutionInfo[]> {
  const query = `WorkflowId STARTS_WITH '${kind}/' AND ExecutionStatus = 'Running'`;
  const runs: WorkflowExecutionInfo[] = [];
  for await (const run of client.workflow.list({ query })) runs.push(run);
  return runs;
}

export function describeQuestion(question: ApprovalQuestion): string {
  const files = question.changedFiles;
  return [
    `${safe(question.id)}  ${question.action} ${safe(question.title)}`,
    `head         ${question.head}`,
    `risk         ${question.risk}`,
    ...question.because.map((reason) => `because      ${safe(reason)}`),
    `recommended  ${safe(question.recommendation)}`,
    ...(question.requester ? [`requested by ${safe(question.requester.name ?? question.requester.id)}`] : []),
    ...files.slice(0, 20).map((file) => `changes      ${safe(file)}`),
    ...(files.length > 20 ? [`             and ${files.length - 20} more files`] : []),
  ].join('\n');
}

async function confirmed(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(question);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** `id`: the item, or the item with its source (`linear/ENG-101`). */
export function answer({
  id,
  text,
  ...options
}: {
  readonly id: string;
  readonly text: string;
  readonly json: boolean;
}): Promise<number> {
  return withClient(async ({ client, config, output }) => {
    const bare = id.replace(/^(?:triage|mission)\//, '');
    const keys = bare.includes('/') ? [bare] : Signal.shape.source.options.map((source) => `${source}/${bare}`);
    const by = { id: `cli:${config.user}`, name: config.user };
    const triage = await openTriage(client, keys);
    const item = bare.slice(bare.indexOf('/') + 1);
    const mission = client.workflow.getHandle(workflowId.mission(item));
    const missionRuns = (await runStatus(client, mission.workflowId)) === 'RUNNING';
    // Triage stays long after its question: what is asked then comes from an agent of the mission.
    if (missionRuns && triage?.stage !== 'asking') {
      await mission.executeUpdate(answerMission, { args: [{ text, by }] });
      if (options.json) output.data(json({ accepted: true, mission: item }));
      else output.talk(`the answer is with mission ${safe(item)}`);
      return 0;
    }
    const key = triage?.dedupeKey ?? keys.at(-1) ?? bare;
    const handle = client.workflow.getHandle(workflowId.triage(key));
    const accepted = await handle.executeUpdate(answerTriage, { args: [{ text, by }] });
    if (options.json) output.data(json({ ...accepted, triage: key }));
    else output.talk(`the answer is with triage ${safe(key)}`);
    return 0;
  });
}

/** The one of the item that still runs. */
async function openTriage(client: Client, keys: readonly string[]): Promise<TriageStatus | undefined> {
  for (const key of keys) {
    const id = workflowId.triage(key);
    if ((await runStatus(client, id)) === 'RUNNING') return client.workflow.getHandle(id).query(triageStatus);
  }
  return undefined;
}
