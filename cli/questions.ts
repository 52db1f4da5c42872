import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { QueryDefinition } from '@temporalio/common';
import type { ApprovalQuestion } from '../schemas/approval.js';
import { workflowId } from '../schemas/names.js';
import { Signal } from '../schemas/signal.js';
import { answerMission } from '../workflows/messages.js';
import { type ApprovalStatus, approvalStatus, replyApproval } from '../workflows/messages-standing.js';
import { answerTriage, type TriageStatus, triageStatus } from '../workflows/messages-triage.js';
import { type Context, runStatus, withClient } from './connect.js';
import { Refusal } from './errors.js';
import { json, safe } from './output.js';

// Commands about what waits for a person: seeing the questions, and answering them.

/** A workflow whose worker is gone answers nobody. */
const ANSWER_MS = 5_000;

export async function openWith(
  { client }: Context,
  kind: 'approval' | 'triage' | 'incident',
): Promise<WorkflowExecutionInfo[]> {
  const query = `WorkflowId STARTS_WITH '${kind}/' AND ExecutionStatus = 'Running'`;
  const runs: WorkflowExecutionInfo[] = [];
  for await (const run of client.workflow.list({ query })) runs.push(run);
  return runs;
}

/** What each says of itself; one that does not answer now keeps nobody from seeing the others, and is named. */
export async function askEach<Status>(
  context: Context,
  kind: 'approval' | 'triage' | 'incident',
  query: QueryDefinition<Status>,
): Promise<{ readonly found: readonly Status[]; readonly silent: readonly string[] }> {
  const { client } = context;
  const ids = (await openWith(context, kind)).map(({ workflowId: id }) => id);
  const answers = await Promise.all(
    ids.map((id) =>
      client
        .withDeadline(Date.now() + ANSWER_MS, () => client.workflow.getHandle(id).query(query))
        .catch(() => undefined),
    ),
  );
  return {
    found: answers.filter((answer) => answer !== undefined),
    silent: ids.filter((_id, index) => answers[index] === undefined),
  };
}

export function describeQuestion(question: ApprovalQuestion, status?: ApprovalStatus): string {
  const files = question.changedFiles;
  const { given = [], talk = [], heldBy } = status ?? {};
  return [
    `${safe(question.id)}  ${question.action} ${safe(question.title)}`,
    `head         ${question.head}`,
    `risk         ${question.risk}`,
    ...question.because.map((reason) => `because      ${safe(reason)}`),
    ...(question.proof ?? []).map((line) => `proof        ${safe(line)}`),
    `recommended  ${safe(question.recommendation)}`,
    ...(question.onNoAnswer ? [`no answer    ${safe(question.onNoAnswer)}`] : []),
    ...(question.requester ? [`requested by ${safe(question.requester.name ?? question.requester.id)}`] : []),
    ...given.map(({ name, via }) => `approved by  ${safe(name)} (${via})`),
    ...talk.map(({ by, text, reply }) => `asked        ${safe(by)}: ${safe(text)}${reply ? ` -- ${safe(reply)}` : ''}`),
    ...(heldBy ? [`is with      ${safe(heldBy)}`] : []),
    ...files.slice(0, 20).map((file) => `changes      ${safe(file)}`),
    ...(files.length > 20 ? [`             and ${files.length - 20} more files`] : []),
  ].join('\n');
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
  return withClient(async (context) => {
    const { client, config, output } = context;
    const bare = id.replace(/^(?:triage|mission)\//, '');
    const item = bare.slice(bare.indexOf('/') + 1);
    const keys = bare.includes('/') ? [bare] : Signal.shape.source.options.map((source) => `${source}/${bare}`);
    const by = { id: `cli:${config.user}`, name: config.user };
    const asked = await askedBack(context, item);
    if (asked !== undefined) {
      const status = await client.workflow.getHandle(asked).executeUpdate(replyApproval, { args: [{ text, by }] });
      if (options.json) output.data(json(status));
      else output.talk(`the answer is with ${safe(status.question.id)}`);
      return 0;
    }
    const triage = await openTriage(client, keys);
    const mission = client.workflow.getHandle(workflowId.mission(item));
    const missionRuns = (await runStatus(client, mission.workflowId)) === 'RUNNING';
    // Triage stays long after its question: what is asked then comes from an agent of the mission.
    if (missionRuns && triage?.stage !== 'asking') {
      await mission.executeUpdate(answerMission, { args: [{ text, by }] });
      if (options.json) output.data(json({ accepted: true, mission: item }));
      else output.talk(`the answer is with mission ${safe(item)}`);
      return 0;
    }
    if (!triage) throw new Refusal(`nothing is asked about ${bare}; \`signalbox status\` shows what is`);
    const key = triage.dedupeKey;
    const handle = client.workflow.getHandle(workflowId.triage(key));
    const accepted = await handle.executeUpdate(answerTriage, { args: [{ text, by }] });
    if (options.json) output.data(json({ ...accepted, triage: key }));
    else output.talk(`the answer is with triage ${safe(key)}`);
    return 0;
  });
}

/** The question of this item about which somebody has asked something back. */
async function askedBack(context: Context, item: string): Promise<string | undefined> {
  const prefix = `${workflowId.approval(item, 0).slice(0, -1)}`;
  for (const { workflowId: id } of await openWith(context, 'approval')) {
    if (!id.startsWith(prefix)) continue;
    const { talk = [] } = await context.client.workflow.getHandle(id).query(approvalStatus);
    if (talk.some(({ reply }) => reply === undefined)) return id;
  }
  return undefined;
}

/** The one of the item that still runs. */
async function openTriage(client: Client, keys: readonly string[]): Promise<TriageStatus | undefined> {
  for (const key of keys) {
    const id = workflowId.triage(key);
    if ((await runStatus(client, id)) === 'RUNNING') return client.workflow.getHandle(id).query(triageStatus);
  }
  return undefined;
}
