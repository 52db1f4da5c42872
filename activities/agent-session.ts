import { RefusedInput } from '../schemas/parse.js';
import { PERSON_SOURCES, type PersonSource, personOf } from '../schemas/people.js';
import type { Actor } from '../schemas/signal.js';
import type { Source } from '../schemas/source.js';
import type { People } from './ports-people.js';
import type { ItemWork, WorkSeen } from './ports-records.js';

export interface SessionItem {
  readonly source: Source;
  /** Key of the item. */
  readonly item: string;
}

export interface SessionOrder extends SessionItem {
  readonly order: 'answer' | 'cancel';
  readonly by: Actor;
  readonly text: string;
  /** Whoever gives it has opened the session: what somebody has asked for they may stop. */
  readonly own?: boolean;
}

export interface AgentSessionPorts {
  readonly work: ItemWork;
  /** Undefined: nobody has written a people.yaml, so whoever may write at the tracker may give orders. */
  readonly people?: People | undefined;
}

/** `nobody`: there is nothing under way that could take it. */
export type OrderTaken = 'taken' | 'nobody' | { readonly refused: string };

/** What a session does with the work that it was opened for. */
export function createAgentSessionActivities({ work, people }: AgentSessionPorts) {
  return {
    async orderWork({ source, item, order, by, text, own = false }: SessionOrder): Promise<OrderTaken> {
      const refused = people && !(own && order === 'cancel') && (await refusalOf(people, { source, by }));
      return refused ? { refused } : work.order({ source, item }, order, { by, text: text.slice(0, 4_000) });
    },

    lookAtWork: ({ source, item }: SessionItem): Promise<WorkSeen> => work.look({ source, item }),
  };
}

/** Undefined: they may. Read anew each time, because people come and go. */
async function refusalOf(
  people: People,
  { source, by }: Pick<SessionOrder, 'source' | 'by'>,
): Promise<string | undefined> {
  const name = by.name ?? by.id;
  const known = await people.read().catch((error: unknown) => {
    if (error instanceof RefusedInput) return error.message;
    throw error;
  });
  if (typeof known === 'string') return `who may give orders is not known: ${known}`;
  const person = isPersonSource(source) ? personOf(known, { source, id: by.id }) : undefined;
  if (!person) return `${name} is nobody in people.yaml: whoever runs Signalbox can add the ${source} id ${by.id}`;
  return person.active ? undefined : `${person.name} is not active any more`;
}

function isPersonSource(source: string): source is PersonSource {
  return (PERSON_SOURCES as readonly string[]).includes(source);
}

export type AgentSessionActivities = ReturnType<typeof createAgentSessionActivities>;
