import type { Actor } from '../schemas/signal.js';
import type { Source } from '../schemas/source.js';
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
}

/** What a session does with the work that it was opened for. */
export function createAgentSessionActivities({ work }: { readonly work: ItemWork }) {
  return {
    /** `nobody`: there is nothing under way that could take it. */
    orderWork: ({ source, item, order, by, text }: SessionOrder): Promise<'taken' | 'nobody'> =>
      work.order({ source, item }, order, { by, text: text.slice(0, 4_000) }),

    lookAtWork: ({ source, item }: SessionItem): Promise<WorkSeen> => work.look({ source, item }),
  };
}

export type AgentSessionActivities = ReturnType<typeof createAgentSessionActivities>;
