import { Context } from '@temporalio/activity';
import type { ApprovalRecord } from '../schemas/approval-record.js';
import { incidentBinding } from '../schemas/incident-question.js';
import { RefusedInput } from '../schemas/parse.js';
import type { Group, Person } from '../schemas/people.js';
import { type Facts, judge, misfit, whoCould } from './approval-rules.js';
import { thisStep } from './effects.js';
import type { AnswerKeys, OnCall, People, UsedAnswers } from './ports-people.js';

// Whether somebody's word on an incident counts: signed by the gateway, about what is asked now, by who may decide.

export interface IncidentAnswerPorts {
  readonly people: People;
  readonly onCall: OnCall;
  readonly keys: AnswerKeys;
  readonly used: UsedAnswers;
  /** Who may decide. */
  readonly decide: Group;
}

/** What is asked. */
export interface AskedIncident {
  /** Id of the workflow. */
  readonly id: string;
  /** Since when it asks, ISO 8601: what an answer is bound to. */
  readonly since: string;
}

export type IncidentVerdict =
  /** In words for whoever answered. */
  { readonly refused: string } | { readonly person: Pick<Person, 'key' | 'name'> };

export function createIncidentAnswerActivities({ people, onCall, keys, used, decide }: IncidentAnswerPorts) {
  async function factsOf(incident: AskedIncident, now: Date): Promise<Facts> {
    const known = await people.read();
    const rotations = new Map<string, readonly string[]>();
    for (const rotation of decide.onCall ?? []) rotations.set(rotation, await onCall.who(rotation, now, known));
    const { question: id, action } = incidentBinding(incident);
    return {
      ...{ people: known, question: { id, action, risk: 'high' }, requesterSource: undefined, onCall: rotations },
      ...{ terms: { rules: [{ from: decide, count: 1 }], escalation: [] }, escalated: 0, change: undefined },
    };
  }

  async function verify(incident: AskedIncident, record: ApprovalRecord): Promise<IncidentVerdict> {
    if (!(await keys.isSigned(record))) return { refused: 'the signature is not that of the gateway' };
    const scheduled = new Date(Context.current().info.scheduledTimestampMs);
    const { question: id, ...binding } = incidentBinding(incident);
    const refused = misfit(record, { id, ...binding }, incident.id, scheduled);
    if (refused !== undefined) return { refused };
    const judged = judge(record, await factsOf(incident, scheduled));
    if ('refused' in judged) return judged;
    if (!(await used.use(record, thisStep()))) return { refused: 'this answer was used before' };
    const { key, name } = judged.person;
    return { person: { key, name } };
  }

  return {
    /** Whether an answer counts. A people.yaml that can't be read makes nobody's count. */
    async verifyIncidentAnswer({
      incident,
      record,
    }: {
      readonly incident: AskedIncident;
      readonly record: ApprovalRecord;
    }): Promise<IncidentVerdict> {
      return verify(incident, record).catch((error: unknown) => {
        if (error instanceof RefusedInput) return { refused: error.message };
        throw error;
      });
    },

    /** Whether this person may decide, looked up at this moment; false too when nobody can tell. */
    async mayDecideIncident({
      incident,
      person,
    }: {
      readonly incident: AskedIncident;
      readonly person: string;
    }): Promise<boolean> {
      try {
        return whoCould(await factsOf(incident, new Date())).some(({ key }) => key === person);
      } catch (error) {
        if (error instanceof RefusedInput) return false;
        throw error;
      }
    },
  };
}

export type IncidentAnswerActivities = ReturnType<typeof createIncidentAnswerActivities>;
