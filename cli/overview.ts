import type { HaltStatus } from '../schemas/halt.js';
import type { IncidentStatus } from '../schemas/incident.js';
import { workflowId } from '../schemas/names.js';
import { type MissionStatus, missionStatus } from '../workflows/messages.js';
import { type ApprovalStatus, approvalStatus } from '../workflows/messages-standing.js';
import { incidentStatus, type TriageStatus, triageStatus } from '../workflows/messages-triage.js';
import { type Context, withClient } from './connect.js';
import { describeHalt, haltStatus } from './halt.js';
import { type MissionRow, missionRows } from './missions.js';
import { json, safe, safeLines } from './output.js';
import { askEach, describeQuestion } from './questions.js';
import { duration } from './text.js';
import { incidentLine } from './triage.js';

// Of everything: what runs, what is halted, what waits for a person.

/** What runs, and what waits for a person: the answer to "what must I do now?". */
export function overview(options: { readonly json: boolean }): Promise<number> {
  return withClient(async (context) => {
    const { client, config, output } = context;
    const [halt, missions, approvals, triages, incidents] = await Promise.all([
      haltStatus(client),
      missionRows(context, { limit: 200, open: true }),
      askEach(context, 'approval', approvalStatus),
      askEach(context, 'triage', triageStatus),
      askEach(context, 'incident', incidentStatus),
    ]);
    const shown = {
      ...{ halt, approvals: approvals.found },
      asking: triages.found.filter(({ stage }) => stage === 'asking'),
      incidents: incidents.found.filter(({ stage }) => stage === 'asking'),
      questions: await openQuestions(context, missions),
      silent: [approvals, triages, incidents].flatMap(({ silent }) => silent),
    };
    if (options.json) {
      const { halt: halted, ...rest } = shown;
      output.data(json({ temporal: config.temporal.address, ...(halted && { halt: halted }), missions, ...rest }));
    } else for (const line of describeOverview({ ...shown, missions: missions.length })) output.data(line);
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
  readonly incidents: readonly IncidentStatus[];
  readonly questions: readonly AskedBy[];
  /** Ids of those that do not answer now. */
  readonly silent: readonly string[];
}

function describeOverview(overview: Overview): string[] {
  const { halt, missions, approvals, asking, incidents, questions, silent } = overview;
  const waits = (since: string) => duration(Date.now() - Date.parse(since));
  return [
    ...(halt ? [`${describeHalt(halt)}; signalbox resume-all`, ''] : []),
    `${missions} ${missions === 1 ? 'mission runs' : 'missions run'}; waiting for a person: ${approvals.length + asking.length + incidents.length + questions.length}`,
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
    ...incidents.flatMap((incident) => [
      '',
      incidentLine(incident),
      `  ${safe(incident.because)}; asked ${waits(incident.since)} ago`,
      ...['show', 'open', 'close'].map(
        (verb) => `  signalbox incident ${verb} ${safe(incident.id.slice('incident/'.length))}`,
      ),
    ]),
    ...questions.flatMap(({ item, node, question, options }) => [
      '',
      `${safe(item)}  ${safe(node)} asks: ${safe(question)}`,
      ...options.map((option) => `  or ${safe(option)}`),
      `  signalbox answer ${safe(item)} <text>`,
    ]),
    ...(silent.length > 0
      ? ['', `no answer now of ${silent.map(safe).join(', ')}; \`signalbox doctor\` says why`]
      : []),
  ];
}
