import { type Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { IncidentStatus } from '../schemas/incident.js';
import { workflowId } from '../schemas/names.js';
import { SOURCES } from '../schemas/source.js';
import {
  answerMission,
  cancelMission,
  type MissionStatus,
  missionStatus,
  type Order,
  pauseMission,
  resumeMission,
  steerMission,
} from '../workflows/messages.js';
import { approvalWaitsFor } from '../workflows/messages-standing.js';
import {
  answerTriage,
  correctTriage,
  incidentStatus,
  incidentWaitsFor,
  type TriageCorrection,
  type TriageStatus,
  triageStatus,
} from '../workflows/messages-triage.js';

// What people at a door may see of missions, and the orders that they give. Everything within a time that a door's
// caller waits; what was not accepted by then counts for nothing, and that is said.

const ORDERS = {
  steer: steerMission,
  pause: pauseMission,
  resume: resumeMission,
  cancel: cancelMission,
  answer: answerMission,
} as const;
export type OrderKind = keyof typeof ORDERS;

/** Missions and triages that are looked at for one answer. */
const LISTED = 25;
/** Chat gives up after 3 s. */
const WITHIN_MS = 2_200;

/** What was not accepted, in words for whoever gave it. */
export class RefusedOrder extends Error {}

export interface Waiting {
  /** Ids: `<item>/<n>`. */
  readonly questions: readonly string[];
  readonly incidents: readonly IncidentStatus[];
  /** Questions and incidents that did not say in time whom they wait for. */
  readonly unknown: number;
}

export interface Desk {
  /** Undefined when there is none, or Temporal has forgotten it. */
  mission(item: string): Promise<MissionStatus | undefined>;
  /** Those that run, newest first. */
  missions(): Promise<readonly MissionStatus[]>;
  triage(item: string): Promise<TriageStatus | undefined>;
  triages(): Promise<readonly TriageStatus[]>;
  /** Ids of the questions that are open: `<item>/<n>`. */
  questions(): Promise<readonly string[]>;
  /** Those that are open. */
  incidents(): Promise<readonly IncidentStatus[]>;
  /** With or without `incident/`. Undefined when there is none, or Temporal has forgotten it. */
  incident(id: string): Promise<IncidentStatus | undefined>;
  /** What this person of people.yaml, by their key, could decide now, as the workers say. */
  waitsFor(person: string): Promise<Waiting>;
  /**
   * Equal ids are one order. Throws `RefusedOrder` with the reason when it counts for nothing, and what the client throws
   * when Temporal is away.
   */
  order(order: Order & { readonly kind: OrderKind; readonly item: string; readonly id: string }): Promise<void>;
  /** The answer to what triage asked; `dedupeKey` names it. */
  answerTriage(answer: Order & { readonly dedupeKey: string; readonly id: string }): Promise<void>;
  /** Where triage has put an item, put right. */
  correct(
    correction: Order & { readonly to: TriageCorrection; readonly dedupeKey: string; readonly id: string },
  ): Promise<void>;
}

export function createDesk(client: Client): Desk {
  const within = <T>(work: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + WITHIN_MS, work);
  const status = (id: string) => found(() => client.workflow.getHandle(id).query(missionStatus));
  const triageOf = (id: string) => found(() => client.workflow.getHandle(id).query(triageStatus));

  async function running(kind: 'mission' | 'triage' | 'approval' | 'incident'): Promise<readonly string[]> {
    const query = `WorkflowId STARTS_WITH '${kind}/' AND ExecutionStatus = 'Running'`;
    const ids: string[] = [];
    for await (const run of client.workflow.list({ query, pageSize: LISTED })) {
      ids.push(run.workflowId);
      if (ids.length === LISTED) break;
    }
    return ids;
  }

  async function incidents(): Promise<readonly IncidentStatus[]> {
    const query = (id: string) => client.workflow.getHandle(id).query(incidentStatus);
    const answers = await Promise.all((await running('incident')).map((id) => query(id).catch(() => undefined)));
    return answers.filter((answer) => answer !== undefined);
  }

  /** Undefined: it did not say. */
  async function asks(update: typeof approvalWaitsFor, id: string, person: string): Promise<boolean | undefined> {
    try {
      return await client.workflow.getHandle(id).executeUpdate(update, { args: [{ person }] });
    } catch (error) {
      // What has ended meanwhile waits for nobody.
      return error instanceof WorkflowNotFoundError ? false : undefined;
    }
  }

  return {
    mission: (item) => within(() => status(workflowId.mission(item))),
    missions: () =>
      within(async () => {
        // Of one that does not answer now nothing is known.
        const answers = await Promise.all((await running('mission')).map((id) => status(id).catch(() => undefined)));
        return answers.filter((answer) => answer !== undefined);
      }),
    triage: (item) =>
      within(async () => {
        const keys = item.includes('/') ? [item] : SOURCES.map((source) => `${source}/${item}`);
        const answers = await Promise.all(keys.map((key) => triageOf(workflowId.triage(key))));
        return answers.find((answer) => answer !== undefined);
      }),
    triages: () =>
      within(async () => {
        const answers = await Promise.all((await running('triage')).map((id) => triageOf(id).catch(() => undefined)));
        return answers.filter((answer) => answer !== undefined);
      }),
    questions: () => within(async () => (await running('approval')).map((id) => id.slice('approval/'.length))),
    incidents: () => within(incidents),
    incident: (id) => {
      const name = id.startsWith('incident/') ? id : workflowId.incident(id);
      return within(() => found(() => client.workflow.getHandle(name).query(incidentStatus)));
    },
    waitsFor: (person) =>
      within(async () => {
        const [open, alarms] = await Promise.all([running('approval'), incidents()]);
        const asking = alarms.filter(({ stage }) => stage === 'asking');
        const [questions, decisions] = await Promise.all([
          Promise.all(open.map((id) => asks(approvalWaitsFor, id, person))),
          Promise.all(asking.map(({ id }) => asks(incidentWaitsFor, id, person))),
        ]);
        return {
          questions: open.filter((_id, n) => questions[n] === true).map((id) => id.slice('approval/'.length)),
          incidents: asking.filter((_one, n) => decisions[n] === true),
          unknown: [...questions, ...decisions].filter((answer) => answer === undefined).length,
        };
      }),
    order: ({ kind, item, id, by, text }) =>
      within(() =>
        accepted(`mission ${item}`, () =>
          client.workflow
            .getHandle(workflowId.mission(item))
            .startUpdate(ORDERS[kind], { args: [{ by, text }], updateId: id, waitForStage: 'ACCEPTED' }),
        ),
      ),
    correct: ({ dedupeKey, id, by, text, to }) =>
      within(() =>
        accepted(`triage of ${dedupeKey}`, () =>
          client.workflow
            .getHandle(workflowId.triage(dedupeKey))
            .startUpdate(correctTriage, { args: [{ by, text, to }], updateId: id, waitForStage: 'ACCEPTED' }),
        ),
      ),
    answerTriage: ({ dedupeKey, id, by, text }) =>
      within(() =>
        accepted(`triage of ${dedupeKey}`, () =>
          client.workflow
            .getHandle(workflowId.triage(dedupeKey))
            .startUpdate(answerTriage, { args: [{ by, text }], updateId: id, waitForStage: 'ACCEPTED' }),
        ),
      ),
  };
}

async function found<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

async function accepted(what: string, start: () => Promise<{ result(): Promise<unknown> }>): Promise<void> {
  try {
    const update = await start();
    // A refusal by the workflow's validator is the update's own result; what takes longer was accepted.
    await update.result().catch((error: unknown) => {
      if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw error;
    });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new RefusedOrder(`There is no ${what} that runs.`);
    if (error instanceof WorkflowUpdateFailedError) throw new RefusedOrder(reasonOf(error));
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
      throw new RefusedOrder(`The ${what} did not answer in time: it is not certain that it heard this.`);
    }
    throw error;
  }
}

function reasonOf(error: WorkflowUpdateFailedError): string {
  return error.cause?.message ?? error.message;
}
