import type { ItemSource } from '../schemas/work-item.js';
import type { StateChange, Tracker } from './ports.js';

export interface CommentInput {
  readonly source: ItemSource['kind'];
  readonly item: string;
  readonly body: string;
  readonly effectKey: string;
}

/** Write-back to where the signal came from. Prompts have no ticket: for them there is nothing to write. */
export function createTrackerActivities({
  trackers,
}: {
  readonly trackers: Readonly<Partial<Record<ItemSource['kind'], Tracker>>>;
}) {
  return {
    async comment({ source, ...comment }: CommentInput): Promise<{ readonly already: boolean }> {
      const tracker = trackers[source];
      return tracker ? { already: (await tracker.comment(comment)).already } : { already: false };
    },

    async setState({
      source,
      ...change
    }: StateChange & { readonly source: ItemSource['kind'] }): Promise<{ readonly already: boolean }> {
      const tracker = trackers[source];
      return tracker ? tracker.setState(change) : { already: false };
    },
  };
}

export type TrackerActivities = ReturnType<typeof createTrackerActivities>;
