import type { IncidentStatus } from '../schemas/incident.js';
import { type ChatMessage, section } from './blocks.js';
import { incidentRow } from './incident.js';
import { code } from './mrkdwn.js';

/** Below Slack's 50 blocks of a message. */
const MISSIONS = 30;
const INCIDENTS = 10;

interface WaitsForOne {
  /** Ids: `<item>/<n>`. */
  readonly questions: readonly string[];
  readonly incidents: readonly IncidentStatus[];
  /** How many did not say in time whom they wait for. */
  readonly unknown: number;
}

/** What somebody asked for, as it was shown, and what waits for them. */
export function mineMessage(
  { text, blocks }: ChatMessage,
  { questions, incidents, unknown }: WaitsForOne,
): ChatMessage {
  const list = questions.map((id) => code(`/signalbox approve ${id}`)).join('\n');
  return {
    text,
    blocks: [
      ...blocks.slice(0, MISSIONS),
      ...(questions.length > 0 ? [section(`:bell: Waits for you:\n${list}`)] : []),
      ...incidents.slice(0, INCIDENTS).map(incidentRow),
      ...(unknown > 0 ? [section(`:warning: ${unknown} more did not say in time whom they wait for.`)] : []),
    ],
  };
}
