import type { ApprovalRecord } from '../schemas/approval-record.js';
import type { IncidentStatus } from '../schemas/incident.js';
import { incidentBinding } from '../schemas/incident-question.js';
import type { IncidentState } from './incident-state.js';
import type { LegacyIncidentAnswer } from './messages-triage.js';
import { refusal } from './refusal.js';
import { answerSteps } from './steps.js';

// What people say to the question of an incident: it counts when the gateway has signed it and an activity says so.

/** Without an `await` for what was accepted before answers were signed: replayed, it keeps its order. */
export function decided(
  state: IncidentState,
  answer: ApprovalRecord | LegacyIncidentAnswer,
): IncidentStatus | Promise<IncidentStatus> {
  if (isRecord(answer)) return count(state, answer);
  state.data.decision = answer;
  return state.status();
}

/** Whether this person may answer what is asked now. */
export async function waitsFor(state: IncidentState, person: string): Promise<boolean> {
  if (state.data.stage !== 'asking' || state.data.decision) return false;
  return answerSteps.mayDecideIncident.executeWithOptions({ summary: `Does it wait for ${person}?` }, [
    { incident: askedNow(state), person },
  ]);
}

/** What can be seen without asking anybody. */
export function refuseAnswer(state: IncidentState, answer: ApprovalRecord | LegacyIncidentAnswer): void {
  if (!isRecord(answer) || typeof answer.signature !== 'string' || typeof answer.nonce !== 'string') {
    throw refusal('an answer counts when the gateway has signed it; `signalbox incident open` and `close` go there');
  }
  refuseOver(state);
  if (answer.decision !== 'approve' && answer.decision !== 'reject')
    throw refusal('decision: expected approve or reject');
  if (answer.head !== incidentBinding(askedNow(state)).head)
    throw refusal('head: it has asked anew since this was shown');
  if (typeof answer.actor?.id !== 'string') throw refusal('actor: expected who answers');
  if (answer.decision === 'approve' && !state.data.terms?.repo)
    throw refusal('no repository is known for it: mend services.yaml');
}

async function count(state: IncidentState, answer: ApprovalRecord): Promise<IncidentStatus> {
  const { decision, actor, reason: text } = answer;
  const incident = askedNow(state);
  const summary = `${decision} by ${actor.source} ${actor.id}`;
  const verdict = await answerSteps.verifyIncidentAnswer.executeWithOptions({ summary }, [
    { incident, record: answer },
  ]);
  if ('refused' in verdict) throw refusal(verdict.refused);
  refuseOver(state);
  const { key: id, name } = verdict.person;
  state.data.decision = { by: { id, name }, text, open: decision === 'approve' };
  return state.status();
}

function refuseOver({ data: { stage, because, decision } }: IncidentState): void {
  if (stage !== 'asking') throw refusal(`nothing is asked: it is ${stage}, ${because}`);
  if (decision) throw refusal(`${decision.by.name ?? decision.by.id} has answered already`);
}

function askedNow(state: IncidentState): Pick<IncidentStatus, 'id' | 'since'> {
  const { id, since } = state.status();
  return { id, since };
}

function isRecord(answer: ApprovalRecord | LegacyIncidentAnswer): answer is ApprovalRecord {
  return 'signature' in answer;
}
