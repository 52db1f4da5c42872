import type { BriefPart } from './agent.js';
import type { WorkItem } from './work-item.js';

// Pictures that were attached to an item: designs, screenshots. Pure: safe in the workflow sandbox.

/** What models can look at; an SVG is told as the text that it is. */
export const SEEN_PICTURES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;
export type SeenPicture = (typeof SEEN_PICTURES)[number];

export const SVG = 'image/svg+xml';

export function isSeenPicture(mediaType: string): mediaType is SeenPicture {
  return (SEEN_PICTURES as readonly string[]).includes(mediaType);
}

/** For whoever plans, writes or judges: each with its bytes by address. */
export function pictureParts({ key, source, attachments = [] }: WorkItem): BriefPart[] {
  return attachments.map(({ name, blob }) => ({
    ...{ title: 'A picture of the work item', from: `${source.kind} ${key}`, text: name, blob },
  }));
}
