import type { HaltStatus } from '../schemas/halt.js';
import { workflowId } from '../schemas/names.js';
import {
  type ApprovalStatus,
  approvalStatus,
  type MissionStatus,
  missionStatus,
  type TriageStatus,
  triageStatus,
} from '../workflows/messages.js';
import { type Context, withClient } from './connect.js';
import { describeHalt, haltStatus } from './halt.js';
import { type MissionRow, missionRows } from './missions.js';
import { json, safe, safeLines } from './output.js';
import { describeQuestion, openWith } from './questions.js';
import { duration } from './text.js';

// Of everything: what runs, what is halted, what waits for a person.

/** What runs, and what waits for a person: the answer to "what must I do now?". */
export function overview(options: { readonly json: boolean }): Promise<number> {
  return withClient(async (context) => {
    const { client, config, output } = context;
    const [halt, missions, approvals, triages] = await Promise.all([
      haltStatus(client),
      missionRows(context, { limit: 200, open: true }),
      openWith(context, 'approval').then((runs) =>
        Promise.all(runs.map((run) => client.workflow.getHandle(run.workflowId).query(approvalStatus))),
      ),
      openWith(context, 'triage').then((runs) =>
        Promise.all(runs.map((run) => client.workflow.getHandle(run.workflowId).query(triageStatus))),
      ),
    ]);
    const asking = triages.filter(({ stage }) => stage === 'asking');
    const questions = await openQuestions(context, missions);
    if (options.json) {
      const halted = halt && { halt };
      output.data(json({ temporal: config.temporal.address, ...halted, missions, approvals, asking, questions }));
    } else
      for (const line of describeOverview({ halt, missions: missions.length, approvals, asking, questions }))
        output.data(line);
    return 0;
  });
}

type AskedBy = NonNullable<MissionStatus['asked']> & { readonly item: string };

/** What agents ask; of a mission that does not answer now nothing is known. */
async function openQuestions({ client }: Context, missions: readonly MissionRow[]): Promise<AskedBy[]> {
  const found = await Promise.all(
    missions.map(async ({ item }) => {
      const handle = client.workflow.getHandle(workflowId.mission(item));
      const status = await handle.query(missionStatus).catch(() => undefined);
      return status?.asked ? [{ ...status.asked, item }] : [];
    }),
  );
  return found.flat();
}

interface Overview {
  readonly halt: HaltStatus | undefined;
  readonly missions: number;
  readonly approvals: readonly ApprovalStatus[];
  readonly asking: readonly TriageStatus[];
  readonly questions: readonly AskedBy[];
}

function describeOverview({ halt, missions, approvals, asking, questions }: Overview): string[] {
  const waits = (since: string) => duration(Date.now() - Date.parse(since));
  return [
    ...(halt ? [`${describeHalt(halt)}; signalbox resume-all`, ''] : []),
    `${missions} ${missions === 1 ? 'mission runs' : 'missions run'}; waiting for a person: ${approvals.length + asking.length + questions.length}`,
    ...approvals.flatMap((status) => [
      '',
      `${describeQuestion(status.question, status)}\nwaits        ${waits(status.askedAt)}; signalbox approve ${safe(status.question.id)}`,
    ]),
    ...asking.flatMap(({ dedupeKey, missing, waitingOn }) => [
      '',
      `${safe(dedupeKey)}  is not clear enough${waitingOn ? `; asked ${waits(waitingOn.since)} ago` : ''}`,
      ...missing.map((question) => `  ${safeLines(question)}`),
      `  signalbox answer ${safe(dedupeKey)} <text>`,
    ]),
    ...questions.flatMap(({ item, node, question, options }) => [
      '',
      `${safe(item)}  ${safe(node)} asks: ${safe(question)}`,
      ...options.map((option) => `  or ${safe(option)}`),
      `  signalbox answer ${safe(item)} <text>`,
    ]),
  ];
}
