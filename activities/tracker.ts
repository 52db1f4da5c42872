import { isAtSource } from '../schemas/chat-key.js';
import type { ItemSource } from '../schemas/work-item.js';
import type { Effects } from './effects.js';
import type { Comment, Speech, StateChange, TrackerWrites } from './ports-effects.js';

export interface TrackerActivityPorts {
  readonly trackers: Readonly<Partial<Record<ItemSource['kind'], TrackerWrites>>>;
  readonly effects: Effects;
  /** Sources whose threads show questions as cards: the same as a comment would be twice. */
  readonly cards?: readonly ItemSource['kind'][];
}

export interface AtSource {
  readonly source: ItemSource['kind'];
}

/** Write-back to where the signal came from. Prompts have no ticket: for them there is nothing to write. */
export function createTrackerActivities({ trackers, effects, cards = [] }: TrackerActivityPorts) {
  return {
    async comment({ source, ...request }: Comment & AtSource): Promise<{ readonly already: boolean }> {
      const provider = trackers[source]?.comments;
      const isCard = cards.includes(source) && request.effectKey.startsWith('approval/');
      if (!provider || isCard || !isAtSource(source, request.item)) return { already: false };
      return already(await effects.once({ kind: 'comment', key: request.effectKey, request, provider }));
    },

    async setState({ source, ...request }: StateChange & AtSource): Promise<{ readonly already: boolean }> {
      const provider = trackers[source]?.states;
      if (!provider || !isAtSource(source, request.item)) return { already: false };
      return already(await effects.once({ kind: 'state', key: request.effectKey, request, provider }));
    },

    async speak({ source, ...request }: Speech & AtSource): Promise<{ readonly already: boolean }> {
      const provider = trackers[source]?.speeches;
      if (!provider) return { already: false };
      return already(await effects.once({ kind: 'speech', key: request.effectKey, request, provider }));
    },
  };
}

export type TrackerActivities = ReturnType<typeof createTrackerActivities>;

/** Somebody who was there first has done what was asked for. */
function already(acted: { readonly already: boolean } | { readonly moved: unknown }): { readonly already: boolean } {
  return { already: 'moved' in acted || acted.already };
}
