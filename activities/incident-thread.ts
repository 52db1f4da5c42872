import { type IncidentCard, incidentEndMessage, incidentMessage, incidentNotice } from '../chat/incident.js';
import type { IncidentStatus } from '../schemas/incident.js';
import { RefusedInput } from '../schemas/parse.js';
import type { Group } from '../schemas/people.js';
import { groupInWords } from './approval-rules.js';
import type { OnCall, People } from './ports-people.js';
import type { Catalogue } from './ports-triage.js';
import { contentOf, type ThreadView } from './threads.js';

// What is told of an incident in a chat: how it is now, and who is on call for it at this moment.

/** Counts grow without a word. */
const LOOK_MS = 60_000;

/** Incidents as they say themselves how they are. */
export interface IncidentViews {
  /** Undefined when Temporal has forgotten it. `running`: false when it is over, or somebody has ended it. */
  status(id: string): Promise<{ readonly status: IncidentStatus; readonly running: boolean } | undefined>;
}

export interface IncidentThreadPorts {
  readonly incidents: IncidentViews;
  readonly catalogue: Catalogue;
  readonly people: People;
  readonly onCall: OnCall;
  /** `onCall`: the rotation of what no service has one for. */
  readonly policy: { readonly decide: Group; readonly onCall?: string | undefined };
}

/** Null when nobody knows it any more. */
export function createIncidentThread(ports: IncidentThreadPorts) {
  return async (id: string): Promise<ThreadView | null> => {
    const found = await ports.incidents.status(id);
    if (!found) return null;
    const { status, running } = found;
    const card = await cardOf(ports, status);
    const root = contentOf(incidentMessage(card));
    if (status.record || !running) return { root, end: contentOf(incidentEndMessage(card)) };
    if (status.stage !== 'asking') return { root, lookMs: LOOK_MS };
    return { root, lookMs: LOOK_MS, notice: { ...contentOf(incidentNotice(card)), key: `asked ${status.since}` } };
  };
}

async function cardOf(ports: IncidentThreadPorts, status: IncidentStatus): Promise<IncidentCard> {
  const who = groupInWords(ports.policy.decide);
  try {
    return { status, who, onCall: await onCallFor(ports, status) };
  } catch (error) {
    // It is told nevertheless: somebody must see that nobody is found.
    return { status, who, onCall: [], nobody: error instanceof Error ? error.message : 'for an unknown reason' };
  }
}

async function onCallFor({ catalogue, people, onCall, policy }: IncidentThreadPorts, { service }: IncidentStatus) {
  const { services } = await catalogue.read();
  const rotation = (service === undefined ? undefined : services[service]?.onCall) ?? policy.onCall;
  if (rotation === undefined) return [];
  const known = await people.read();
  const keys = await onCall.who(rotation, new Date(), known);
  if (keys.length === 0) throw new RefusedInput(`rotation ${rotation}`, ['nobody is on call now']);
  return known.people.filter(({ key, active }) => active && keys.includes(key));
}
