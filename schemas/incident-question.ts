import type { ApprovalBinding } from './approval-record.js';
import type { IncidentStatus } from './incident.js';

// The one question of an incident, whether it is worked on, in the terms in which answers are signed. Pure.

/** What the person sees, and so all that the answer is about: an incident that is asked about anew is another question. */
export function incidentBinding({ id, since }: Pick<IncidentStatus, 'id' | 'since'>): ApprovalBinding {
  return { question: `${id.replace(/^incident\//, '')}/1`, action: 'open-incident', head: since, planHash: '' };
}

/** Id of the incident workflow that a question is of. */
export function incidentOfQuestion(question: string): string {
  return `incident/${question.slice(0, question.lastIndexOf('/'))}`;
}
